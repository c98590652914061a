"""What is odd about the numbers of images: classes too small for the split, imbalance, missing labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from taskgraft.audit._records import ClassCount, Finding, LevelCount, Severity
from taskgraft.audit._wording import counted, quoted, share
from taskgraft.data import SPLITS

FEWEST_TRAIN, FEWEST_HELD_OUT = 10, 5
_UNEVEN = 10.0
_MANY_UNKNOWN = 0.5

_Rule = tuple[Severity, str, str, str, Callable[[ClassCount], bool]]
# A class is reported for the first rule that it breaks.
_RULES: tuple[_Rule, ...] = (
    (
        "look",
        "class-without-images",
        "no images at all",
        "Leave the class out, or add images.",
        lambda c: not any(c.num_images.values()),
    ),
    (
        "mend",
        "class-without-train",
        "no train images, but some that are to be predicted",
        "Move images to train, or leave the class out.",
        lambda c: c.num_images["train"] == 0,
    ),
    (
        "look",
        "class-in-one-split",
        "images in train alone",
        "Nobody will know how well they are recognised: draw the split again.",
        lambda c: c.num_images["val"] == c.num_images["test"] == 0,
    ),
    (
        "look",
        "class-without-test",
        "no test images",
        "Add some, or draw the split again.",
        lambda c: c.num_images["test"] == 0,
    ),
    (
        "look",
        "class-without-val",
        "no val images",
        "Add some, or hold out more with --val-fraction.",
        lambda c: c.num_images["val"] == 0,
    ),
    (
        "look",
        "few-train",
        f"fewer than {FEWEST_TRAIN} train images",
        "Add images, or merge the class with another one.",
        lambda c: c.num_images["train"] < FEWEST_TRAIN,
    ),
    (
        "note",
        "few-held-out",
        f"fewer than {FEWEST_HELD_OUT} images in val or test",
        "Do not rely on the score of such a class.",
        lambda c: min(c.num_images["val"], c.num_images["test"]) < FEWEST_HELD_OUT,
    ),
)


def size_findings(levels: Sequence[LevelCount], is_tree: bool) -> Iterator[Finding]:
    """Classes too small, levels uneven, labels missing.

    Args:
        levels: Their counts.
        is_tree: In a tree only leaves are looked at for their size: their parents have no fewer images.

    Example:
        >>> from taskgraft.audit._counting import count_levels
        >>> from taskgraft.data.sources import load
        >>> levels = count_levels(load("shapes", num_train=160, num_test=16, val_fraction=0.2))
        >>> [finding.sentence for finding in size_findings(levels, is_tree=True)]
        ["16 of 16 classes of level 'shape' with fewer than 10 train images: 'circle', 'triangle', 'cross', \
'chevron', 'ellipse' and 11 more."]
    """
    for level in levels[-1:] if is_tree else levels:
        yield from _small_classes(level)
    yield from _uneven(levels)
    yield from _unknown(levels)


def _small_classes(level: LevelCount) -> Iterator[Finding]:
    left = list(level.classes)
    for severity, about, what, remedy, breaks in _RULES:
        names = tuple(one.name for one in left if breaks(one))
        left = [one for one in left if not breaks(one)]
        if names:
            which = f"{len(names):,} of {len(level.classes):,} classes of level '{level.name}'"
            yield Finding(severity, about, f"{which} with {what}: {quoted(names)}.", remedy, names)


def _uneven(levels: Sequence[LevelCount]) -> Iterator[Finding]:
    for level in levels:
        if level.imbalance_ratio >= _UNEVEN:
            present = [one for one in level.classes if one.num_images["train"]]
            largest = max(present, key=lambda one: one.num_images["train"])
            smallest = min(present, key=lambda one: one.num_images["train"])
            yield Finding(
                "look",
                "imbalance",
                f"Level '{level.name}' is uneven: '{largest.name}' has {largest.num_images['train']:,} train "
                f"images, '{smallest.name}' {smallest.num_images['train']:,} "
                f"({level.imbalance_ratio:.0f} times fewer); "
                f"{level.num_effective_classes:.1f} of {len(level.classes)} classes in effect.",
                "Read balanced accuracy, and try --balance=loss or --balance=sampler.",
                (largest.name, smallest.name),
            )


def _unknown(levels: Sequence[LevelCount]) -> Iterator[Finding]:
    for level in levels:
        missing = sum(level.num_unknown.values())
        total = missing + sum(sum(one.num_images.values()) for one in level.classes)
        if missing:
            by_split = ", ".join(f"{level.num_unknown[split]:,} {split}" for split in SPLITS)
            yield Finding(
                "look" if missing > _MANY_UNKNOWN * total else "note",
                "missing-labels",
                f"{counted(missing, 'image')} without a label at level '{level.name}' "
                f"({share(missing, total)}: {by_split}).",
                "Losses and scores leave them out at that level; label them if you can.",
            )
