"""A user's own architectures, read from a TOML or a Python file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taskgraft.architecture._catalogue import check_own_name
from taskgraft.architecture._lanes import stage_lanes
from taskgraft.architecture._placed import at
from taskgraft.architecture._python_file import architectures_of_python
from taskgraft.architecture._spec import Architecture
from taskgraft.architecture._toml_file import architectures_of_toml
from taskgraft.errors import ArchitectureError
from taskgraft.kinds import NAMES, NONE, PATH, WHOLE_NUMBER, of_kinds
from taskgraft.parameter import Parameter

_READERS = {".toml": architectures_of_toml, ".py": architectures_of_python}


@of_kinds(path=PATH, levels=NAMES, num_stages=WHOLE_NUMBER | NONE)
def read_architectures(
    path: str | Path, levels: Sequence[str], num_stages: int | None = None
) -> tuple[Architecture, ...]:
    r"""Reads the architectures a file defines: see `docs/architectures.md` for how it is written.

    Args:
        path: A `.toml` file of `[[architecture]]` tables, or a `.py` file with a function
            `architectures(levels)` that returns them. A Python file is run.
        levels: Names of the data's levels, coarsest first.
        num_stages: Stages of the recipe's trunk. Where it is given, a fork or a mixer beyond them is an
            error that names its place; otherwise building the network raises it.

    Raises:
        RequestError: If the file cannot be read; names the file, and the line where there is one.
        ArchitectureError: If it defines what cannot be built; names the file and the key path
            (`architecture[0].fork`), or the line in a Python file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mine.toml"
        >>> _ = path.write_text('[[architecture]]\nname = "late"\nfork = {coarse = 1, fine = 3}')
        >>> [(each.name, each.trunk, each.forks) for each in read_architectures(path, ("coarse", "fine"))]
        [('late', 'forked', (1, 3))]
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ArchitectureError.expected(
            Parameter("architecture_file"), "a file whose name ends in .toml or .py", str(path), "Rename it."
        )
    architectures: dict[str, Architecture] = {}
    for placed in reader(path, tuple(levels)):
        with at(placed.name_place):
            check_own_name(placed.architecture.name, architectures)
        if num_stages is not None:
            with at(placed.fork_place):
                placed.architecture.stages_shared(num_stages)
            with at(placed.mixer_place):
                stage_lanes(placed.architecture, num_stages)
        architectures[placed.architecture.name.lower()] = placed.architecture
    if not architectures:
        raise ArchitectureError.expected(
            f"{path.name}", "a file that defines one architecture or more", "none", "Add one to it."
        )
    return tuple(architectures.values())
