"""Soft sharing by name, as in the papers: cross-stitch, NDDR, MTAN, MMoE, CGC and PLE."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.architecture._parts import Experts, Mixing
from taskgraft.architecture._spec import Architecture

SOFT_NAMES = ("cross-stitch", "nddr", "mtan", "mmoe", "cgc", "ple")

# Experts are copies of so many stages, the last ones: maps are small there, and PLE needs two.
_EXPERT_STAGES = 2


def soft(levels: Sequence[str], num_stages: int) -> list[Architecture]:
    """The soft architectures for these levels: lanes that are mixed, attention, and experts with gates.

    `mmoe`, `cgc` and `ple` have as many experts, one more than levels: copies of the last two stages. They
    differ in who sees which, and in how often gates choose.

    Args:
        levels: Level names, coarsest first; a single one has nobody to share with.
        num_stages: Stages of the recipe's trunk.

    Example:
        >>> for each in soft(["coarse", "fine"], 3)[3:]:
        ...     print(each.name, each.experts, [mixing.stage for mixing in each.mixers])
        mmoe Experts(shared=3, specific=0) [3]
        cgc Experts(shared=1, specific=1) [3]
        ple Experts(shared=1, specific=1) [2, 3]
    """
    levels = tuple(levels)
    if len(levels) < 2 or num_stages < 1:
        return []
    every_stage = range(1, num_stages + 1)
    return [
        *(Architecture(name, levels, mixers=_behind(every_stage, name)) for name in ("cross-stitch", "nddr")),
        Architecture("mtan", levels, "shared", mixers=_behind(every_stage, "attention")),
        *_experts(levels, num_stages),
    ]


def _experts(levels: tuple[str, ...], num_stages: int) -> list[Architecture]:
    fork = max(0, num_stages - _EXPERT_STAGES)
    forks = (fork,) * len(levels) if fork else ()
    each_alone, last = Experts(shared=1, specific=1), (num_stages,)
    kinds = {
        "mmoe": (Experts(shared=len(levels) + 1), last),
        "cgc": (each_alone, last),
        "ple": (each_alone, range(fork + 1, num_stages + 1)),
    }
    return [
        Architecture(
            name,
            levels,
            "forked" if forks else "separate",
            forks=forks,
            mixers=_behind(stages, "gates"),
            experts=experts,
        )
        for name, (experts, stages) in kinds.items()
        # With one stage it would be cgc.
        if name != "ple" or num_stages >= _EXPERT_STAGES
    ]


def _behind(stages: Sequence[int], mixer: str) -> tuple[Mixing, ...]:
    return tuple(Mixing(stage, mixer) for stage in stages)
