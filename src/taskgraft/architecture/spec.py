"""An architecture as plain data: who shares the trunk, and whose logits flow into whose branch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from taskgraft.errors import ArchitectureError, unknown_name

Sharing = Literal["separate", "shared"]
Carried = Literal["logits", "probs"]


@dataclass(frozen=True)
class Flow:
    """What one level's branch hands to another's, between its `fc_1` and its `fc_2`.

    Attributes:
        source: Level whose output flows.
        target: Level whose branch it is concatenated into.
        carries: `logits` (before the softmax) or `probs` (after it).
        passes_gradient: Whether the target's loss also trains the source's branch.
    """

    source: str
    target: str
    carries: Carried = "logits"
    passes_gradient: bool = True


@dataclass(frozen=True)
class Architecture:
    """One point of the design space.

    Attributes:
        name: What tables and directories call it.
        levels: Names of the levels it predicts, coarsest first.
        trunk: `separate` (a trunk for each level) or `shared` (one for all).
        flows: Edges between branches; together they form no cycle.
        width_ratio: Widths of all its layers, as a multiple of the recipe's; see `model/twin.py`.

    Raises:
        ArchitectureError: If the ratio is not positive, or a flow names an unknown level, runs from a level
            to itself, stands twice, or closes a cycle.

    Example:
        >>> a = Architecture("mine", ("coarse", "fine"), "shared", (Flow("coarse", "fine"),))
        >>> a.sources_of("fine"), a.order
        ((Flow(source='coarse', target='fine', carries='logits', passes_gradient=True),), ('coarse', 'fine'))
    """

    name: str
    levels: tuple[str, ...]
    trunk: Sharing = "separate"
    flows: tuple[Flow, ...] = ()
    width_ratio: float = 1.0

    def __post_init__(self) -> None:
        if not self.levels or len(set(self.levels)) != len(self.levels):
            raise ArchitectureError.expected(
                f"the levels of {self.name!r}", "one or more different names", self.levels, "Mend the list."
            )
        if self.trunk not in ("separate", "shared"):
            raise unknown_name(f"the trunk of {self.name!r}", self.trunk, ["separate", "shared"])
        if not 0 < self.width_ratio < math.inf:
            raise ArchitectureError.expected(
                f"the width ratio of {self.name!r}", "a positive number", self.width_ratio, "Try 1."
            )
        for flow in self.flows:
            self._check_flow(flow)
        _ = self.order

    def sources_of(self, level: str) -> tuple[Flow, ...]:
        """Flows into one level's branch, coarsest source first."""
        return tuple(
            sorted((f for f in self.flows if f.target == level), key=lambda f: self.levels.index(f.source))
        )

    @property
    def order(self) -> tuple[str, ...]:
        """Levels in an order in which every source stands before its targets."""
        graph = {level: [flow.source for flow in self.sources_of(level)] for level in self.levels}
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            cycle = " -> ".join(error.args[1])
            raise ArchitectureError.expected(
                f"the flows of {self.name!r}", "free of cycles", cycle, "Remove one of these flows."
            ) from error

    def _check_flow(self, flow: Flow) -> None:
        for level in (flow.source, flow.target):
            if level not in self.levels:
                raise ArchitectureError(str(unknown_name(f"a flow of {self.name!r}", level, self.levels)))
        if flow.source == flow.target:
            raise ArchitectureError.expected(
                f"a flow of {self.name!r}",
                "between two levels",
                f"{flow.source} -> {flow.target}",
                "Remove it.",
            )
        if sum((f.source, f.target) == (flow.source, flow.target) for f in self.flows) > 1:
            raise ArchitectureError.expected(
                f"the flow {flow.source} -> {flow.target} of {self.name!r}",
                "listed once",
                "two",
                "Remove one.",
            )
        if flow.carries not in ("logits", "probs"):
            raise unknown_name(f"what flows in {self.name!r}", flow.carries, ["logits", "probs"])
