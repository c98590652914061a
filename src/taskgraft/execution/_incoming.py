"""A list of runs that grows while an engine does them."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.execution._run_spec import RunSpec


class Incoming:
    """Gives the runs of a list, and later those that were added to it.

    Args:
        specs: Added to by whoever takes the events of an engine.

    Example:
        >>> specs = ["a", "b"]
        >>> incoming = Incoming(specs)
        >>> incoming.new()
        ['a', 'b']
        >>> specs.append("c")
        >>> incoming.new(), incoming.new()
        (['c'], [])
    """

    def __init__(self, specs: Sequence[RunSpec]) -> None:
        self._specs = specs
        self._num_given = 0

    def new(self) -> list[RunSpec]:
        """Those that were not given before."""
        new = list(self._specs[self._num_given :])
        self._num_given += len(new)
        return new
