"""An architecture as plain data: who shares how much of the trunk, and what flows into whose branch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, get_args

from pydantic import Field

from taskgraft.architecture._derived import check_derived
from taskgraft.architecture._parts import Carried, Experts, Flow, Mixing, Sharing
from taskgraft.errors import ArchitectureError, unknown_name
from taskgraft.kinds import NAME, NAMES, NONE, NUMBER, check_kinds, of_class, several
from taskgraft.several import listed

_KINDS = {
    "name": NAME,
    "levels": NAMES,
    "trunk": NAME,
    "flows": several("a list of Flows", lambda flow: isinstance(flow, Flow)),
    "width_ratio": NUMBER,
    "forks": several("a list of whole numbers", lambda fork: True),
    "mixers": several("a list of Mixings", lambda mixing: isinstance(mixing, Mixing)),
    "derived": NAMES,
    "experts": of_class("Experts", Experts) | NONE,
}


@dataclass(frozen=True)
class Architecture:
    """One point of the design space.

    Attributes:
        name: What tables and directories call it.
        levels: Names of the levels it predicts, coarsest first; a text that joins them by commas will do.
        trunk: `separate` (a trunk for each level), `shared` (one for all) or `forked` (levels leave it).
        flows: Edges between branches; together they form no cycle.
        width_ratio: Widths of all its layers, as a multiple of the recipe's; see `network/_twin.py`.
        forks: For each level, how many stages of a forked trunk it shares; of later stages it has a copy to
            itself. 0 shares nothing, not even the stem; all stages share everything. Empty unless forked.
        mixers: What mixes lanes, and behind which stages. Separate or forked trunks go on in as many lanes. A
            shared trunk, or experts, end with a mixer, which gives each level maps for itself.
        derived: Levels without a branch; a text that joins them by commas will do. Their probabilities are
            those of the finest level, summed under each class. They have no trunk, no fork, no flow and no
            loss.
        experts: How many copies of the stages behind the fork there are, in place of one for each level. All
            levels fork behind one stage.

    Raises:
        ArchitectureError: If the ratio is not positive, the forks do not fit the trunk and the levels, two
            mixers stand behind one stage, a flow names an unknown level, runs from a level to itself,
            stands twice, or closes a cycle, or the finest level is derived.

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
    forks: tuple[int, ...] = ()
    mixers: tuple[Mixing, ...] = ()
    # Left out where it is empty: records of architectures that derive nothing say what they always said.
    derived: Annotated[tuple[str, ...], Field(exclude_if=lambda derived: not derived)] = ()
    experts: Annotated[Experts | None, Field(exclude_if=lambda experts: experts is None)] = None

    def __post_init__(self) -> None:
        check_kinds(vars(self), _KINDS)
        object.__setattr__(self, "levels", listed(self.levels))
        are_names = all(isinstance(level, str) for level in self.levels)
        if not self.levels or not are_names or len(set(self.levels)) != len(self.levels):
            raise ArchitectureError.expected(
                f"the levels of {self.name!r}", "one or more different names", self.levels, "Mend the list."
            )
        if self.trunk not in get_args(Sharing):
            raise unknown_name(f"the trunk of {self.name!r}", self.trunk, get_args(Sharing))
        # An empty text is no list of one empty name.
        derived = () if isinstance(self.derived, str) and not self.derived else listed(self.derived)
        check_derived(self.name, self.levels, derived)
        object.__setattr__(self, "derived", tuple(level for level in self.levels if level in derived))
        self._check_forks()
        self._check_mixers()
        self._check_experts()
        if not 0 < self.width_ratio < math.inf:
            raise ArchitectureError.expected(
                f"the width ratio of {self.name!r}", "a positive number", self.width_ratio, "Try 1."
            )
        pairs = Counter((flow.source, flow.target) for flow in self.flows)
        for flow in self.flows:
            self._check_flow(flow, pairs)
        _ = self.order

    @property
    def branched(self) -> tuple[str, ...]:
        """The levels that have a branch, coarsest first: all but the derived ones.

        Example:
            >>> Architecture("mine", ("a", "b", "c"), derived=("b",)).branched
            ('a', 'c')
        """
        return tuple(level for level in self.levels if level not in self.derived)

    @property
    def branched_places(self) -> tuple[int, ...]:
        """The places among all levels of those that have a branch.

        Example:
            >>> Architecture("mine", ("a", "b", "c"), derived=("b",)).branched_places
            (0, 2)
        """
        return tuple(place for place, level in enumerate(self.levels) if level not in self.derived)

    @property
    def looks_at_stages(self) -> bool:
        """Whether it matters to it where the stages of a trunk end: levels part, or lanes are mixed, there.

        Example:
            >>> levels = ("coarse", "fine")
            >>> forked = Architecture("mine", levels, "forked", forks=(1, 1))
            >>> [each.looks_at_stages for each in (Architecture("shared", levels, "shared"), forked)]
            [False, True]
        """
        return self.trunk == "forked" or bool(self.mixers) or self.experts is not None

    @property
    def fewest_stages(self) -> int:
        """How many stages a trunk must have at least for it."""
        last = max((0, *self.forks, *(mixing.stage for mixing in self.mixers)))
        # Experts are copies of what is behind the fork.
        return max(1, last, max((0, *self.forks)) + (self.experts is not None))

    @property
    def without_derived(self) -> Architecture:
        """The same network as one of the levels that have a branch: what of it is built."""
        return replace(self, levels=self.branched, derived=())

    def read_for(self, levels: Collection[str]) -> Architecture:
        """What of it is computed where only some levels are read: their branches, and what flows into them.

        A mixer reads every lane, so an architecture with mixers is all computed.

        Args:
            levels: The finest, and perhaps others.

        Example:
            >>> flows = (Flow("a", "b"),)
            >>> [Architecture("mine", ("a", "b"), flows=each).read_for(["b"]).derived for each in ((), flows)]
            [('a',), ()]
        """
        if self.mixers:
            return self
        read: set[str] = set()
        # Targets before their sources.
        for level in reversed(self.order):
            if level in levels or any(flow.target in read for flow in self.flows if flow.source == level):
                read.add(level)
        return replace(
            self,
            flows=tuple(flow for flow in self.flows if flow.target in read),
            forks=tuple(n for level, n in zip(self.branched, self.forks, strict=False) if level in read),
            derived=tuple(level for level in self.levels if level not in read),
        )

    def stages_shared(self, num_stages: int) -> tuple[int, ...]:
        """How many of a trunk's stages each level with a branch shares, whatever the kind of trunk.

        Args:
            num_stages: Stages of the recipe's trunk.

        Raises:
            ArchitectureError: If a level shares more stages than the trunk has.

        Example:
            >>> Architecture("shared", ("coarse", "fine"), "shared").stages_shared(3)
            (3, 3)
        """
        if self.trunk != "forked":
            return (0 if self.trunk == "separate" else num_stages,) * len(self.branched)
        for level, fork in zip(self.branched, self.forks, strict=True):
            if fork > num_stages:
                raise ArchitectureError.expected(
                    f"the fork of {level!r} in {self.name!r}",
                    f"at most {num_stages}, the recipe's stages",
                    fork,
                    "Fork earlier, or use a recipe of more stages.",
                )
        return self.forks

    def sources_of(self, level: str) -> tuple[Flow, ...]:
        """Flows into one level's branch, coarsest source first."""
        return tuple(
            sorted((f for f in self.flows if f.target == level), key=lambda f: self.levels.index(f.source))
        )

    @property
    def order(self) -> tuple[str, ...]:
        """Levels with a branch in an order in which every source stands before its targets."""
        graph: dict[str, list[str]] = {level: [] for level in self.branched}
        places = {level: place for place, level in enumerate(self.branched)}
        for flow in sorted(self.flows, key=lambda flow: places[flow.source]):
            graph[flow.target].append(flow.source)
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            cycle = " -> ".join(error.args[1])
            raise ArchitectureError.expected(
                f"the flows of {self.name!r}", "free of cycles", cycle, "Remove one of these flows."
            ) from error

    @property
    def losses_reaching(self) -> tuple[frozenset[int], ...]:
        """For each level, the levels whose losses send a gradient to the features of its trunk.

        A level's own loss does, and that of every level it feeds through flows that pass gradients. What a
        flow of `features` carries was there before anything flowed in, so it hands back no further. A derived
        level has no loss, and none reaches it.

        Example:
            >>> flows = (Flow("a", "b"), Flow("b", "c", "features"))
            >>> Architecture("mine", ("a", "b", "c"), flows=flows).losses_reaching
            (frozenset({0, 1}), frozenset({1, 2}), frozenset({2}))
        """
        reached: dict[str, set[str]] = {}
        for level in self.order:
            reached[level] = {level}
            for flow in self.sources_of(level):
                if flow.passes_gradient:
                    reached[level] |= {flow.source} if flow.carries == "features" else reached[flow.source]
        return tuple(
            frozenset(i for i in self.branched_places if level in reached[self.levels[i]])
            for level in self.levels
        )

    def _check_forks(self) -> None:
        num_wanted = len(self.branched) if self.trunk == "forked" else 0
        if len(self.forks) != num_wanted:
            raise ArchitectureError.expected(
                f"the forks of {self.name!r}, whose trunk is {self.trunk},",
                f"{num_wanted} numbers" if num_wanted else "left out",
                self.forks,
                "Give one number for each level of a forked trunk, and none otherwise.",
            )
        for level, fork in zip(self.branched, self.forks, strict=False):
            # In Python True is a number.
            if isinstance(fork, bool) or not isinstance(fork, int) or fork < 0:
                raise ArchitectureError.expected(
                    f"the fork of {level!r} in {self.name!r}",
                    "a whole number of stages, 0 or more",
                    fork,
                    "0 shares nothing.",
                )

    def _check_mixers(self) -> None:
        stages = [mixing.stage for mixing in self.mixers]
        for stage in stages:
            if isinstance(stage, bool) or not isinstance(stage, int) or stage < 1 or stages.count(stage) > 1:
                raise ArchitectureError.expected(
                    f"the stages before the mixers of {self.name!r}",
                    "different whole numbers, counted from 1",
                    tuple(stages),
                    "Put one mixer behind a stage.",
                )

    def _check_experts(self) -> None:
        if self.experts is not None and (self.trunk == "shared" or len(set(self.forks)) > 1):
            raise ArchitectureError.expected(
                f"the trunk of {self.name!r}, which has experts,",
                "separate, or forked behind the same stage for all levels",
                self.trunk if self.trunk == "shared" else self.forks,
                "Experts are copies of the stages behind the fork.",
            )

    def _check_flow(self, flow: Flow, pairs: Counter[tuple[str, str]]) -> None:
        for level in (flow.source, flow.target):
            if level not in self.levels:
                raise ArchitectureError(str(unknown_name(f"a flow of {self.name!r}", level, self.levels)))
            if level in self.derived:
                raise ArchitectureError.expected(
                    f"a flow of {self.name!r}",
                    "between levels that have a branch",
                    f"{flow.source} -> {flow.target}, and {level} is derived",
                    "Remove it, or give the level a branch.",
                )
        if flow.source == flow.target:
            raise ArchitectureError.expected(
                f"a flow of {self.name!r}",
                "between two levels",
                f"{flow.source} -> {flow.target}",
                "Remove it.",
            )
        if pairs[flow.source, flow.target] > 1:
            raise ArchitectureError.expected(
                f"the flow {flow.source} -> {flow.target} of {self.name!r}",
                "listed once",
                "two",
                "Remove one.",
            )
        if flow.carries not in get_args(Carried):
            raise unknown_name(f"what flows in {self.name!r}", flow.carries, get_args(Carried))
