"""Which full factorial the variants of a study form: by sharing, flow, widths and whatever recipes vary."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.recipe import Variant, differing_values, shown
from taskgraft.statistics import Cell, Factor, FactorialEffect, factorial_effects, full_cross

SHARING, FLOW, WIDTHS = "sharing", "flow", "widths"
SEPARATE, SHARED, NO_FLOW = "separate", "shared", "none"
_FLOWS = (NO_FLOW, "coarse-to-fine", "fine-to-coarse")
# What the three factors say of an architecture, and what says nothing of how it computes.
_DESCRIBED = {"name", "levels", "trunk", "forks", "mixers", "experts", "flows", "width_ratio", "derived"}
_NAMES = {"name", "base"}
# Joins the keys of a factor, and the values of one of its levels; of more keys the recipe's name says enough.
_AND, _MOST_KEYS = ", ", 3


@dataclass(frozen=True)
class Factorial:
    """A full factorial of variants.

    Attributes:
        factors: In the order of the levels in a cell.
        cells: The variants of it, each with its level of every factor.
        effects: What can be said of it.
    """

    factors: tuple[Factor, ...]
    cells: Mapping[str, Cell]
    effects: tuple[FactorialEffect, ...]


def factorial_of(variants: Sequence[Variant]) -> Factorial | None:
    """The largest full factorial of two factors or more that variants form; None where they form none.

    Variants that derive a level are references beside a factorial, and no part of one.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> six = [Variant(a.name, a, recipe("quick")) for a in catalogue(["coarse", "fine"]).values()]
        >>> [(factor.name, factor.levels) for factor in factorial_of(six).factors]
        [('sharing', ('separate', 'shared')), ('flow', ('none', 'coarse-to-fine', 'fine-to-coarse'))]
    """
    variants = [variant for variant in variants if not variant.architecture.derived]
    if not variants:
        return None
    levels = varied_levels(variants)
    cells = {v.name: tuple(by_variant[v.name] for by_variant in levels.values()) for v in variants}
    cross = full_cross(cells)
    if not cross:
        return None
    varying = [i for i in range(len(levels)) if len({cell[i] for cell in cross.values()}) > 1]
    names = list(levels)
    kept = {name: tuple(cell[i] for i in varying) for name, cell in cross.items()}
    factors = tuple(
        _factor(names[i], _ordered(names[i], [cell[i] for cell in cross.values()])) for i in varying
    )
    return Factorial(factors, kept, tuple(factorial_effects(kept, factors)))


def varied_levels(variants: Sequence[Variant]) -> dict[str, dict[str, str]]:
    """In what variants may differ, with the level of each: of the architecture, and of what recipes vary."""
    return {**_of_architectures(variants), **_of_recipes(variants)}


def _factor(name: str, levels: tuple[str, ...]) -> Factor:
    if name == SHARING and levels == (SEPARATE, SHARED):
        return Factor(name, levels, (SHARING,))
    return Factor(name, levels, levels[1:])


def _ordered(name: str, levels: Sequence[str]) -> tuple[str, ...]:
    """The levels of a factor, the baseline first: none before some, and else in the order of the study."""
    ordered = list(dict.fromkeys(levels))
    if name == SHARING:
        ordered.sort(key=lambda level: (level != SEPARATE, level == SHARED))
    elif name == FLOW:
        ordered.sort(key=lambda level: _FLOWS.index(level) if level in _FLOWS else len(_FLOWS))
    return tuple(ordered)


def _of_architectures(variants: Sequence[Variant]) -> dict[str, dict[str, str]]:
    """By factor, the level of each variant: how its trunk is shared, what flows, and what else differs."""
    levels = {
        SHARING: _sharing(variants),
        FLOW: _flows(variants),
        WIDTHS: {v.name: f"widths x {v.architecture.width_ratio:.4g}" for v in variants},
    }
    for field in fields(Architecture):
        if field.name not in _DESCRIBED:
            levels[field.name] = {
                v.name: f"{field.name}={getattr(v.architecture, field.name)}" for v in variants
            }
    return levels


def _sharing(variants: Sequence[Variant]) -> dict[str, str]:
    """How each variant's trunk is shared; where lanes are mixed, the first architecture that does it so."""
    names: dict[Hashable, str] = {}
    shared: dict[str, str] = {}
    for variant in variants:
        each = variant.architecture
        if each.mixers:
            way = (each.trunk, each.forks, frozenset(each.mixers), each.experts)
            shared[variant.name] = names.setdefault(way, each.name.partition("@")[0])
        elif each.trunk == "forked":
            forks = list(map(str, each.forks))
            shared[variant.name] = f"forked-{forks[0] if len(set(forks)) == 1 else '-'.join(forks)}"
        else:
            shared[variant.name] = each.trunk
    return shared


def _flows(variants: Sequence[Variant]) -> dict[str, str]:
    """What flows in each variant: as the catalogue calls it, or else the first architecture that has it."""
    names: dict[frozenset[Flow], str] = {frozenset(): NO_FLOW}
    for listed in catalogue(variants[0].architecture.levels).values():
        names.setdefault(frozenset(listed.flows), listed.name)
    for variant in variants:
        names.setdefault(frozenset(variant.architecture.flows), f"flows of {variant.architecture.name}")
    return {v.name: names[frozenset(v.architecture.flows)] for v in variants}


def _of_recipes(variants: Sequence[Variant]) -> dict[str, dict[str, str]]:
    """By factor, the level of each variant: the keys in which recipes differ freely."""
    values = {key: by_variant for key, by_variant in differing_values(variants).items() if key not in _NAMES}
    together: dict[_Partition, list[str]] = {}
    for key, by_variant in values.items():
        # Keys that always change together are one factor.
        together.setdefault(_partition([repr(by_variant[v.name]) for v in variants]), []).append(key)
    free = _free(list(together), _partition([v.architecture for v in variants]))
    return {
        _AND.join(keys[:_MOST_KEYS]): _levels(variants, partition, {key: values[key] for key in keys})
        for partition, keys in together.items()
        if partition in free
    }


def _levels(
    variants: Sequence[Variant], partition: _Partition, values: Mapping[str, Mapping[str, object]]
) -> dict[str, str]:
    """What each variant has of keys that change together; of many keys, the recipes' names if they tell."""
    names = [variant.recipe.name for variant in variants]
    if len(values) > _MOST_KEYS and _partition(names) == partition:
        return {variant.name: f"recipe {variant.recipe.name}" for variant in variants}
    # Each key alone tells all levels apart.
    keys = list(values)[:_MOST_KEYS]
    return {v.name: _AND.join(f"{key}={shown(values[key][v.name])}" for key in keys) for v in variants}


# Values by the order in which they first occur: equal for values that divide the variants alike.
_Partition = tuple[int, ...]


def _partition(values: Sequence[Hashable]) -> _Partition:
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(value, len(numbers)) for value in values)


def _free(partitions: Sequence[_Partition], architectures: _Partition) -> list[_Partition]:
    """Those that follow neither from the architecture and the others, nor from the others alone.

    A learning rate that was tuned for each architecture belongs to it, and is no separate factor.
    """
    free: list[_Partition] = []
    for partition in sorted(partitions, key=max):
        if not _follows(partition, [architectures, *free]):
            free.append(partition)
    for partition in list(free):
        others = [other for other in free if other != partition]
        if others and _follows(partition, others):
            free = others
    return free


def _follows(partition: _Partition, others: Sequence[_Partition]) -> bool:
    """Whether the others together decide it."""
    joint = _partition(list(zip(*others, strict=True)))
    return len(set(zip(partition, joint, strict=True))) == len(set(joint))
