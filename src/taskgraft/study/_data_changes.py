"""What is no longer the same about a study's data, in words: a digest says that, but not what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from taskgraft.data import SPLITS
from taskgraft.study._change import Change, unlike
from taskgraft.study._records import DataRecord, Request

_MOST_NAMED = 3


def data_changes(old: Request, new: Request) -> Iterator[Change]:
    """How the data of two requests differs, a change for each way; none where it is the same.

    A digest stands for images, labels, classes and splits together: only where nothing else on record
    differs is it left open which of them it is.

    Args:
        old: The request on record.
        new: The new one.
    """
    if old.data.source != new.data.source:
        yield Change("data", old.data.source, new.data.source)
        return
    changes = [*_of_contents(old.data, new.data), *_of_classes(old.taxonomy, new.taxonomy)]
    yield from changes
    if not changes and old.data.digest != new.data.digest:
        yield Change("pictures, labels or splits (as many, of the same classes)", "some", "others")
    yield from _of_reading(old.data, new.data)
    yield from unlike("the publisher's own files", old.data.is_official, new.data.is_official)


def _of_contents(old: DataRecord, new: DataRecord) -> Iterator[Change]:
    yield from unlike("how train and test were split", old.split, new.split)
    yield from unlike("images", _counts(old.num_images), _counts(new.num_images))
    yield from unlike("channels, height and width", _sides(old.image_shape), _sides(new.image_shape))
    for name in dict.fromkeys((*old.options, *new.options)):
        yield from unlike(f"data option {name}", old.options.get(name), new.options.get(name))


def _of_reading(old: DataRecord, new: DataRecord) -> Iterator[Change]:
    if old.skipped != new.skipped:
        yield Change("files left out", _files(old.skipped), _files(new.skipped))
    elif old.notes != new.notes:
        notes = (" ".join(each.notes) or "none" for each in (old, new))
        yield Change("notes of the reading", *notes)


def _of_classes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """How two taxonomies differ: in their levels, else in the classes of a level, else in their parents."""
    before, after = ({level["name"]: level["classes"] for level in one["levels"]} for one in (old, new))
    if list(before) != list(after):
        yield Change("levels", ", ".join(before), ", ".join(after))
        return
    for level in before:
        lost = [name for name in before[level] if name not in after[level]]
        gained = [name for name in after[level] if name not in before[level]]
        if lost or gained:
            counts = (_number(len(side[level]), alone) for side, alone in ((before, lost), (after, gained)))
            yield Change(f"classes of level {level!r}", *counts)
        elif before[level] != after[level]:
            yield Change(
                f"order of the classes of level {level!r}", _named(before[level]), _named(after[level])
            )
    if before == after and old["parents"] != new["parents"]:
        yield Change("which class lies under which", "one tree", "another")


def _counts(num_images: Mapping[str, int]) -> str:
    return " + ".join(f"{num_images.get(split, 0):,} {split}" for split in SPLITS)


def _sides(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _files(skipped: Sequence[tuple[str, str]]) -> str:
    return f"{len(skipped):,} ({_named([name for name, _ in skipped])})" if skipped else "none"


def _number(num_classes: int, alone: Sequence[str]) -> str:
    """How many classes, and those that the other side does not have."""
    return f"{num_classes:,} with {_named(alone)}" if alone else f"{num_classes:,}"


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_MOST_NAMED]))
    return shown + (f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else "")
