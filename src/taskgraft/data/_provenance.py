"""Where a dataset came from, for records and for loading it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from taskgraft.data.labels import listing
from taskgraft.kinds import MAPPING, NAME, check_kinds
from taskgraft.legible import legible
from taskgraft.pictures import RESAMPLING, Fit

SPLIT_AS_GIVEN = "split as given"
"""The name of the split that data come with, whether it is the published one or another."""


@dataclass(frozen=True)
class Provenance:
    """Where the data came from, as the study records it.

    Attributes:
        source: Name of the source, as given to `load`.
        split: How train, val and test images were split, in a few words.
        is_official: Whether the bytes are the publisher's own.
        options: What the source was given beyond its name.
        notes: What was decided on the way, a sentence each: levels left out, how a split was made.
        skipped: Name and reason of each file that was left out.
    """

    source: str
    split: str
    is_official: bool
    options: dict[str, str | int | float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"source": NAME, "split": NAME, "options": MAPPING})
        # Records are UTF-8; names of files need not be.
        options = {
            key: legible(value) if isinstance(value, str) else value for key, value in self.options.items()
        }
        skipped = tuple((legible(name), legible(reason)) for name, reason in self.skipped)
        object.__setattr__(self, "source", legible(self.source))
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "notes", tuple(map(legible, self.notes)))
        object.__setattr__(self, "skipped", skipped)

    @property
    def fit(self) -> Fit | None:
        """How pictures were brought to one size; None where the source gives pixels, not pictures."""
        return next((fit for fit in get_args(Fit) if fit == self.options.get("fit")), None)

    @property
    def resampling(self) -> Literal["bicubic"] | None:
        """The filter that pictures were resized with; None where the source gives pixels."""
        return RESAMPLING if self.fit else None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to know about how the data was read before training on it, a sentence each.

        Example:
            >>> Provenance("a", "b", False, skipped=(("x.png", "an empty file"),)).remarks
            ('1 file could not be read and was left out: x.png.',)
        """
        if not self.skipped:
            return self.notes
        count = len(self.skipped)
        files = (
            "1 file could not be read and was"
            if count == 1
            else f"{count:,} files could not be read and were"
        )
        return (*self.notes, f"{files} left out: {listing([name for name, _ in self.skipped])}.")


@dataclass(frozen=True)
class Origin:
    """The call of `load` that gives a dataset again.

    Attributes:
        source: What it took.
        options: Its keywords.
    """

    source: str
    options: tuple[tuple[str, Any], ...] = ()
