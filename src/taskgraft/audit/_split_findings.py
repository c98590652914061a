"""Classes that are probably one: by nearly the same name, in splits that have nothing of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from taskgraft.audit._class_names import alike_names
from taskgraft.audit._records import ClassCount, Finding, LevelCount
from taskgraft.data import SPLITS

# One slip in some eight letters.
_NEARLY_THE_SAME = 0.88


def split_findings(levels: Sequence[LevelCount]) -> Iterator[Finding]:
    """Pairs of classes with nearly the same name, of which train has one and val or test the other.

    A slip in the name of a folder of one split makes two classes of one. They are looked for among the
    children of one parent, and among namesakes under different ones.

    Args:
        levels: Their counts.

    Example:
        >>> gala = ClassCount("Apple/Gala", "Apple", {"train": 40, "val": 5, "test": 0})
        >>> other = ClassCount("Apples/Gala", "Apples", {"train": 0, "val": 0, "test": 9})
        >>> [found] = split_findings([LevelCount("variety", (gala, other), 1.0, 1.0, {})])
        >>> found.about, found.names
        ('one-class-by-two-names', ('Apple/Gala', 'Apples/Gala'))
    """
    for level in levels:
        for one, other in _pairs([each for each in level.classes if any(each.num_images.values())]):
            named = " and ".join(f"'{each.name}' ({', '.join(_splits(each))})" for each in (one, other))
            yield Finding(
                "mend",
                "one-class-by-two-names",
                f"{named} of level '{level.name}' have nearly the same name, and share no split.",
                "If they are one class, give them one name, and one parent.",
                (one.name, other.name),
            )


def _pairs(classes: Sequence[ClassCount]) -> Iterator[tuple[ClassCount, ClassCount]]:
    """One that train has and one that it lacks, with no split in common."""
    trained = [each for each in classes if each.num_images["train"]]
    families: dict[str | None, list[ClassCount]] = {}
    for each in trained:
        families.setdefault(each.parent, []).append(each)
    groups = alike_names([_last(each) for each in classes])
    namesakes = {name: group for group in groups for name in group}
    for other in classes:
        if other.num_images["train"]:
            continue
        group = namesakes.get(_last(other), ())
        candidates = [
            *families.get(other.parent, ()),
            *(each for each in trained if group and _last(each) in group and each.parent != other.parent),
        ]
        for one in candidates:
            if not set(_splits(one)) & set(_splits(other)) and _is_nearly(_last(one), _last(other)):
                yield one, other


def _splits(counted: ClassCount) -> list[str]:
    return [split for split in SPLITS if counted.num_images[split]]


def _last(counted: ClassCount) -> str:
    """The name without the parents that tell it from its namesakes."""
    return counted.name.rpartition("/")[2] or counted.name


def _is_nearly(one: str, other: str) -> bool:
    if len(alike_names([one, other])) == 1:
        return True
    digits = ["".join(sign for sign in name if sign.isdigit()) for name in (one, other)]
    matcher = SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False)
    return digits[0] == digits[1] and matcher.quick_ratio() >= _NEARLY_THE_SAME <= matcher.ratio()
