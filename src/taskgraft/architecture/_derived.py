"""Levels without a branch: which there may be, and over which taxonomies."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.errors import ArchitectureError, Phrase, unknown_name


def check_derived(name: str, levels: Sequence[str], derived: Sequence[str]) -> None:
    """Refuses levels that an architecture cannot derive.

    Args:
        name: Of the architecture.
        levels: Of its levels, coarsest first.
        derived: Those that have no branch.

    Raises:
        ArchitectureError: If one is unknown, stands twice or is the finest, from which all are summed.
    """
    for position, level in enumerate(derived):
        if level not in levels:
            raise ArchitectureError(str(unknown_name(f"a derived level of {name!r}", str(level), levels)))
        if level in derived[:position]:
            raise ArchitectureError.expected(
                f"the derived levels of {name!r}", "different", f"{level} twice", "Name it once."
            )
    if levels[-1] in derived:
        raise ArchitectureError.expected(
            f"the derived levels of {name!r}",
            f"coarser than {levels[-1]}, whose probabilities they sum",
            ", ".join(derived),
            "Give the finest level a branch.",
        )


def check_tree(name: str, derived: Sequence[str], *, is_tree: bool) -> None:
    """Refuses derived levels where a class of the finest level lies in no one class of theirs.

    Args:
        name: Of the architecture.
        derived: Its levels that have no branch.
        is_tree: Whether the levels form a tree.

    Raises:
        ArchitectureError: If there are some, and no tree.

    Example:
        >>> check_tree("flat", ["hue"], is_tree=False)
        Traceback (most recent call last):
        ...
        taskgraft.errors.ArchitectureError: Expected the levels for 'flat', which sums hue from the finest \
one, to be levels of a tree, but got levels that do not nest. Leave flat out, or give every level a branch.
    """
    if derived and not is_tree:
        raise ArchitectureError.expected(
            f"the levels for {name!r}, which sums {' and '.join(derived)} from the finest one,",
            "levels of a tree",
            Phrase("levels that do not nest"),
            f"Leave {name} out, or give every level a branch.",
        )
