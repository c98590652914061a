"""What levels and parents have to be to make a taxonomy."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.errors import TaxonomyError
from taskgraft.legible import legible
from taskgraft.taxonomy._level import Level

MOST_LEVELS = 16
_AT_LEAST = {1: "one class", 2: "two classes"}


def check_levels(levels: tuple[Level, ...], fewest_classes: int = 2) -> None:
    """Refuses levels that are too many, too small, or named so that nobody can tell them apart.

    Args:
        levels: Coarsest first.
        fewest_classes: Of each.

    Raises:
        TaxonomyError: If they are.
    """
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise TaxonomyError.expected(
            "a taxonomy", f"of 1 to {MOST_LEVELS} levels", len(levels), "Name as many levels."
        )
    _check_names("level", [level.name for level in levels])
    for level in levels:
        _check_names(f"class of level {level.name!r}", level.classes)
        if level.num_classes < fewest_classes:
            raise TaxonomyError.expected(
                f"level {level.name!r}",
                f"{_AT_LEAST[fewest_classes]} or more",
                list(level.classes),
                "Leave the level out, or add classes.",
            )


def _check_names(kind: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise TaxonomyError.expected(f"every {kind}", "a name", name, "Name it.")
        if name != name.strip():
            raise TaxonomyError.expected(
                f"every {kind}", "named without white space at its ends", name, "Strip the name."
            )
        if legible(name) != name:
            raise TaxonomyError.expected(f"every {kind}", "named in UTF-8", name, "Rename it.")
        if name in seen:
            raise TaxonomyError.expected(f"every {kind}", "named once", name, "Rename one of the two.")
        seen.add(name)


def check_parents(levels: tuple[Level, ...], parents: tuple[tuple[int, ...], ...]) -> None:
    """Refuses parents that make no tree of the levels.

    Raises:
        TaxonomyError: If they make none.
    """
    for coarser, finer in zip(levels, levels[1:], strict=False):
        if finer.num_classes < coarser.num_classes:
            raise TaxonomyError.expected(
                f"level {finer.name!r}",
                f"as fine as {coarser.name!r} ({coarser.num_classes} classes) or finer",
                f"{finer.num_classes} classes",
                "List the levels coarsest first.",
            )
    if [len(row) for row in parents] != [level.num_classes for level in levels[1:]]:
        raise TaxonomyError.expected(
            "parents",
            "one for each class of each level but the first",
            [len(row) for row in parents],
            "Give every class its parent.",
        )
    for coarser, finer, row in zip(levels, levels[1:], parents, strict=False):
        for name, parent in zip(finer.classes, row, strict=True):
            if not 0 <= parent < coarser.num_classes:
                raise TaxonomyError.expected(
                    f"the parent of class {name!r}",
                    f"a class of level {coarser.name!r}",
                    parent,
                    f"Use 0 to {coarser.num_classes - 1}.",
                )
        with_child = set(row)
        for k, name in enumerate(coarser.classes):
            if k not in with_child:
                raise TaxonomyError.expected(
                    f"class {name!r} of level {coarser.name!r}",
                    f"the parent of a class of {finer.name!r}",
                    "no child",
                    "Remove the class, or give it one.",
                )
