"""What is no longer the same about a study's data, in words: a digest says that, but not what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from taskgraft.data import SPLITS
from taskgraft.study._records import Request

_MOST_NAMED = 3


def data_changes(there: Request, asked: Request) -> list[str]:
    """How the data of two requests differs, a line for each way; empty where it is the same.

    A digest stands for images, labels, classes and splits together: only where nothing else that is on
    record differs is it left open which of them it is.

    Args:
        there: The request on record.
        asked: The new one.
    """
    old, new = there.data, asked.data
    if old.source != new.source:
        return [changed("data", old.source, new.source)]
    told = [
        *_unlike("how train and test were told apart", old.split, new.split),
        *_unlike("images", _counts(old.num_images), _counts(new.num_images)),
        *_unlike("channels, height and width", _sides(old.image_shape), _sides(new.image_shape)),
        *(
            line
            for name in dict.fromkeys((*old.options, *new.options))
            for line in _unlike(f"data option {name}", old.options.get(name), new.options.get(name))
        ),
        *_classes(there.taxonomy, asked.taxonomy),
    ]
    if not told and old.digest != new.digest:
        told = [changed("pictures, labels or splits (as many, of the same classes)", "some", "others")]
    if old.skipped != new.skipped:
        told.append(changed("files left out", _files(old.skipped), _files(new.skipped)))
    elif old.notes != new.notes:
        told.append(
            changed("notes of the reading", " ".join(old.notes) or "none", " ".join(new.notes) or "none")
        )
    return told + _unlike("the publisher's own files", old.is_official, new.is_official)


def changed(what: str, there: object, asked: object) -> str:
    """One line: what differs, how it is on record, and how it is asked for."""
    return f"{what}: {there} there, {asked} asked"


def _unlike(what: str, there: object, asked: object) -> list[str]:
    return [] if there == asked else [changed(what, there, asked)]


def _counts(num_images: Mapping[str, int]) -> str:
    return " + ".join(f"{num_images.get(split, 0):,} {split}" for split in SPLITS)


def _sides(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _files(skipped: Sequence[tuple[str, str]]) -> str:
    return f"{len(skipped):,} ({_named([name for name, _ in skipped])})" if skipped else "none"


def _classes(there: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """How two taxonomies differ: in their levels, else in the classes of a level, else in their parents."""
    old, new = ({level["name"]: level["classes"] for level in one["levels"]} for one in (there, asked))
    if list(old) != list(new):
        yield changed("levels", ", ".join(old), ", ".join(new))
        return
    for level in old:
        gone = [name for name in old[level] if name not in new[level]]
        come = [name for name in new[level] if name not in old[level]]
        if gone or come:
            counts = (_number(len(own[level]), alone) for own, alone in ((old, gone), (new, come)))
            yield changed(f"classes of level {level!r}", *counts)
        elif old[level] != new[level]:
            yield changed(f"order of the classes of level {level!r}", _named(old[level]), _named(new[level]))
    if old == new and there["parents"] != asked["parents"]:
        yield changed("which class lies under which", "one tree", "another")


def _number(num_classes: int, alone: Sequence[str]) -> str:
    """How many classes, and those that the other side does not have."""
    return f"{num_classes:,} with {_named(alone)}" if alone else f"{num_classes:,}"


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_MOST_NAMED]))
    return shown + (f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else "")
