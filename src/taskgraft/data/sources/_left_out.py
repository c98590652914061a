"""Pictures that a source has and the user does not want: whole splits, and those of certain names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import translate

from taskgraft.data.labels import Split, cells_of, split_of
from taskgraft.data.sources._computed import Computed
from taskgraft.data.sources._samples import Samples
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import Picture
from taskgraft.several import Names, listed


def without_splits(
    samples: Samples, splits: Sequence[Split | None], left_out: Names
) -> tuple[Samples, list[Split | None]]:
    """The samples without the pictures of some splits, and the splits of what stays.

    Args:
        samples: From a source.
        splits: Of each picture.
        left_out: `val`, `test` or both: one by one or joined by commas.

    Raises:
        RequestError: If a split to leave out does not exist, or holds no picture.
    """
    named = _named_splits(left_out)
    for split in named:
        if split not in splits:
            raise RequestError.expected(
                f"the {split} split of {samples.source}",
                "one with pictures",
                "none",
                f"Drop {Parameter('leave_out')}.",
            )
    kept = [place for place, split in enumerate(splits) if split not in named]
    counts = ", ".join(f"{splits.count(split):,} of {split}" for split in named)
    chosen = replace(
        _only(samples, kept),
        splits=None,
        notes=(*samples.notes, f"Pictures were left out on request: {counts}."),
        options={**samples.options, "leave_out": ",".join(named)},
    )
    return chosen, [splits[i] for i in kept]


def without_pictures(samples: Samples, exclude: Names) -> Samples:
    """The samples without the pictures whose name fits a pattern.

    Args:
        samples: From a source.
        exclude: Patterns as of a shell, one by one or joined by commas: `*` for any text, `?` for one sign,
            `[ab]` for one of some. One without a slash is compared with the last part of a name, any other
            with all of it.

    Raises:
        RequestError: If a pattern fits no picture, or no picture stays.
    """
    if not exclude and not isinstance(exclude, str):
        return samples
    fitting: set[int] = set()
    notes = []
    for pattern in listed(exclude):
        fits = re.compile(translate(pattern)).match
        names = samples.names if "/" in pattern else [name.rpartition("/")[2] for name in samples.names]
        some = {place for place, name in enumerate(names) if fits(name)}
        if not some:
            raise RequestError.expected(
                Parameter("exclude"),
                "patterns that fit pictures",
                pattern,
                f"A name looks like this: {samples.names[0]}." if len(samples.names) else "No picture came.",
            )
        notes.append(f"{len(some):,} that fit {pattern}")
        fitting |= some
    kept = [place for place in range(len(samples.names)) if place not in fitting]
    if not kept:
        raise RequestError.expected(
            Parameter("exclude"), "patterns that leave some picture", exclude, "Exclude less."
        )
    return replace(
        _only(samples, kept),
        notes=(*samples.notes, f"Pictures were left out on request: {', '.join(notes)}."),
        options={**samples.options, "exclude": ",".join(listed(exclude))},
    )


def _named_splits(names: Names) -> tuple[Split, ...]:
    splits = [split for name in listed(names) if (split := split_of(name)) in ("val", "test")]
    if len(splits) < len(listed(names)):
        raise RequestError.expected(
            Parameter("leave_out"), "val or test", names, "A study needs its train split."
        )
    return tuple(splits)


def _only(samples: Samples, kept: Sequence[int]) -> Samples:
    """The samples at some places."""
    columns = {name: cells_of(name, column) for name, column in samples.columns.items()}
    splits = None if samples.splits is None else cells_of("the splits", samples.splits)
    return replace(
        samples,
        pictures=_chosen(samples.pictures, kept),
        names=[samples.names[i] for i in kept],
        columns={name: [cells[i] for i in kept] for name, cells in columns.items()},
        splits=None if splits is None else [splits[i] for i in kept],
    )


def _chosen(pictures: Sequence[Picture], places: Sequence[int]) -> Sequence[Picture]:
    return [pictures[i] for i in places] if isinstance(pictures, list) else _Chosen(pictures, places)


class _Chosen(Computed[Picture]):
    """Some pictures of a sequence that may fetch each from its file."""

    def __init__(self, pictures: Sequence[Picture], places: Sequence[int]) -> None:
        super().__init__([len(places)])
        self._pictures, self._places = pictures, places

    def _item(self, part: int, index: int) -> Picture:
        return self._pictures[self._places[index]]
