"""Soft sharing by name, as in the papers: cross-stitch to PLE."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.architecture._parts import MOST_EXPERTS, Experts, Mixing
from taskgraft.architecture._spec import Architecture

SOFT_NAMES = ("cross-stitch", "sluice", "nddr", "mtan", "mmoe", "dselect-k", "cgc", "ple")

# Experts are copies of so many stages, the last ones: maps are small there, and PLE needs two.
_EXPERT_STAGES = 2


def soft(levels: Sequence[str], num_stages: int) -> list[Architecture]:
    """The soft architectures for these levels: lanes that are mixed, attention, and experts with gates.

    `mmoe`, `cgc` and `ple` have as many experts, one more than levels: copies of the last two stages. They
    differ in who sees which, and in how often gates choose. `dselect-k` needs a power of two of them: as many
    or the next above.

    Args:
        levels: Level names, coarsest first; a single one has nobody to share with.
        num_stages: Stages of the recipe's trunk.

    Example:
        >>> for each in soft(["coarse", "fine"], 3)[4:]:
        ...     print(each.name, each.experts, [mixing.stage for mixing in each.mixers])
        mmoe Experts(shared=3, specific=0) [3]
        dselect-k Experts(shared=4, specific=0) [3]
        cgc Experts(shared=1, specific=1) [3]
        ple Experts(shared=1, specific=1) [2, 3]
    """
    levels = tuple(levels)
    if len(levels) < 2 or num_stages < 1:
        return []
    every_stage = range(1, num_stages + 1)
    return [
        *(
            Architecture(name, levels, mixers=_behind(every_stage, name))
            for name in ("cross-stitch", "sluice", "nddr")
        ),
        Architecture("mtan", levels, "shared", mixers=_behind(every_stage, "attention")),
        *_experts(levels, num_stages),
    ]


def _experts(levels: tuple[str, ...], num_stages: int) -> list[Architecture]:
    fork = max(0, num_stages - _EXPERT_STAGES)
    forks = (fork,) * len(levels) if fork else ()
    each_alone, last = Experts(shared=1, specific=1), (num_stages,)
    num_experts = len(levels) + 1
    kinds = {
        "mmoe": (Experts(shared=num_experts), last, "gates"),
        "dselect-k": (Experts(shared=_power_of_two(num_experts)), last, "dselect-k"),
        "cgc": (each_alone, last, "gates"),
        "ple": (each_alone, range(fork + 1, num_stages + 1), "gates"),
    }
    return [
        Architecture(
            name,
            levels,
            "forked" if forks else "separate",
            forks=forks,
            mixers=_behind(stages, mixer),
            experts=experts,
        )
        for name, (experts, stages, mixer) in kinds.items()
        # With one stage it would be cgc.
        if name != "ple" or num_stages >= _EXPERT_STAGES
    ]


def _power_of_two(number: int) -> int:
    """The number, or the next power of two above it, but for the most experts that there may be."""
    return min(1 << (number - 1).bit_length(), MOST_EXPERTS)


def _behind(stages: Sequence[int], mixer: str) -> tuple[Mixing, ...]:
    return tuple(Mixing(stage, mixer) for stage in stages)
