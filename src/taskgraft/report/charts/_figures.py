"""Charts as separate files: safe and unique names from whatever levels and scores are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from taskgraft.file_writing import write_text
from taskgraft.report.charts._svg import standalone

FIGURES = "figures"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Figure:
    """A chart with what it is called.

    Attributes:
        name: What its file's name is made of.
        caption: What stands above it.
        svg: The chart.
    """

    name: str
    caption: str
    svg: str

    @property
    def markup(self) -> Markup:
        """The chart as it stands in a page: drawn by this package, every name in it escaped."""
        return Markup(self.svg)


def write_figures(directory: Path, figures: Iterable[Figure]) -> list[Path]:
    """Writes each chart as an SVG file.

    Args:
        directory: Of the study; files go into its `figures`.
        figures: In an order that does not change, since names that clash are numbered in it.

    Returns:
        The files.

    Raises:
        StudyError: If a file cannot be written.
    """
    taken: set[str] = set()
    paths = []
    for figure in figures:
        name = unique_name(figure.name, taken)
        taken.add(name)
        paths.append(directory / FIGURES / f"{name}.svg")
        write_text(paths[-1], standalone(figure.svg))
    return paths


def unique_name(name: str, taken: set[str]) -> str:
    """A name of `a-z`, `0-9` and hyphens alone that is not taken.

    Example:
        >>> unique_name("accuracy.Süß/../x", set()), unique_name("a", {"a", "a-2"})
        ('accuracy-s-x', 'a-3')
    """
    base = re.sub("[^a-z0-9]+", "-", name.lower())[:_LONGEST_NAME].strip("-") or "figure"
    unique, number = base, 1
    while unique in taken:
        number += 1
        unique = f"{base}-{number}"
    return unique
