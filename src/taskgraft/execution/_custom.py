"""Architectures that the user defines: handed over as objects, or read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taskgraft.architecture import Architecture, read_architectures


def split_custom(
    architectures: str | Sequence[str | Architecture],
    file: Path | str | None,
    levels: Sequence[str],
    num_stages: int | None = None,
) -> tuple[list[str], tuple[Architecture, ...]]:
    """Separates names from architectures, and reads the file that holds more of them.

    Args:
        architectures: `"all"`, names joined by commas, or a sequence of names and architectures.
        file: TOML or Python; None for none.
        levels: Names of the data's levels, coarsest first.
        num_stages: Stages of the recipe's trunk, which forks must not exceed.

    Returns:
        The names of all that is wanted, and every architecture that the catalogue does not have.

    Example:
        >>> mine = Architecture("mine", ("a", "b"), "forked", forks=(1, 2))
        >>> names, custom = split_custom(["independent", mine], None, ["a", "b"])
        >>> names, [architecture.name for architecture in custom]
        (['independent', 'mine'], ['mine'])
    """
    listed = architectures.split(",") if isinstance(architectures, str) else architectures
    names = [one.name if isinstance(one, Architecture) else one.strip() for one in listed]
    custom = tuple(one for one in listed if isinstance(one, Architecture))
    if file is not None:
        custom = (*custom, *read_architectures(file, levels, num_stages))
    return names, custom
