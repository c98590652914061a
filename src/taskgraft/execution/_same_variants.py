"""Variants that a study has under other names keep theirs; and what it takes to have all in one study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from taskgraft.parameter import Parameter
from taskgraft.recipe import Variant, differing_values, shown, undivided
from taskgraft.study import Request

# Of more keys than these, recipes are other ones and not one that was varied.
_MOST_KEYS = 3
_NO_NUMBERS = {"name"}
_MOST_NAMED = 4


def as_recorded(recorded: Request, request: Request) -> Request:
    """A request in which a variant that a study has already is as it is in the study.

    `independent` is the same as `independent+batch_size=128` where 128 is what its recipe has: whatever
    decides the numbers of their runs is equal. Its trunk may have been whole there, where another variant now
    wants its stages.

    Args:
        recorded: The study's.
        request: Another one.
    """
    before, identities = recorded.identities(), request.identities()
    by_name = {variant.name: variant for variant in recorded.variants}
    renamed = {
        (variant.architecture.name, before[variant.name]): variant
        for variant in recorded.variants
        if variant.name not in request.names
    }

    def in_study(variant: Variant) -> Variant:
        identity = identities[variant.name]
        if variant.name in by_name:
            return _merged(variant, by_name[variant.name]) if before[variant.name] == identity else variant
        return _merged(variant, renamed.pop((variant.architecture.name, identity), variant))

    return request.model_copy(update={"variants": tuple(map(in_study, request.variants))})


def _merged(variant: Variant, recorded: Variant) -> Variant:
    """A variant under the name of a recorded one of the same runs; that one if its trunk has other stages.

    Its checkpoints are of those stages.
    """
    stages, before = (each.recipe.network.trunk.num_stages for each in (variant, recorded))
    return replace(variant, name=recorded.name) if stages == before else recorded


def renaming(before: Sequence[str], after: Sequence[str]) -> str:
    """A line on variants that `as_recorded` gave other names; empty where it gave none.

    Example:
        >>> renaming(["shared+batch_size=64", "shared+batch_size=32"], ["shared", "shared+batch_size=32"])
        'Already in the study, under the name that they keep: shared+batch_size=64 as shared.'
    """
    pairs = [f"{old} as {new}" for old, new in zip(before, after, strict=True) if old != new]
    rest = len(pairs) - _MOST_NAMED
    listed = ", ".join(pairs[:_MOST_NAMED]) + (f", and {rest:,} more" if rest > 0 else "")
    return f"Already in the study, under the name that they keep: {listed}." if pairs else ""


def options_for_all(recorded: Request, request: Request) -> str:
    """The options that ask for a recorded study and another request together; empty where none do.

    Args:
        recorded: The study's.
        request: Another one, which may be of other data.
    """
    if recorded.model_copy(update={"variants": request.variants, "seeds": request.seeds}) != request:
        return ""
    variants = (*recorded.variants, *request.variants)
    if not all(map(_is_crossed, variants)):
        return ""
    architectures = {(each.architecture.name, each.recipe): each.architecture for each in variants}
    if any(architectures[each.architecture.name, each.recipe] != each.architecture for each in variants):
        return ""
    keys = _varied(recorded.variants, request.variants)
    if keys is None:
        return ""
    return " and ".join([*_seeds(recorded, request), *_architectures(recorded, request), *keys])


def _is_crossed(variant: Variant) -> bool:
    """Whether options make a variant of this name: an architecture, with what is varied behind it."""
    architecture = variant.architecture.name
    return variant.name == architecture or variant.name.startswith(f"{architecture}+")


def seeds_option(seeds: Sequence[int]) -> str:
    """The option for some seeds.

    Example:
        >>> from taskgraft.parameter import spelled
        >>> spelled(seeds_option([0, 1, 2])), spelled(seeds_option([4, 7]))
        ('seeds=3', 'seeds 4,7')
    """
    if sorted(seeds) == list(range(len(seeds))):
        return str(Parameter("seeds", len(seeds)))
    return f"{Parameter('seeds')} {','.join(map(str, seeds))}{',' if len(seeds) == 1 else ''}"


def _seeds(recorded: Request, request: Request) -> Iterator[str]:
    if not set(recorded.seeds) <= set(request.seeds):
        yield seeds_option(list(dict.fromkeys((*recorded.seeds, *request.seeds))))


def _architectures(recorded: Request, request: Request) -> Iterator[str]:
    before, now = (dict.fromkeys(v.architecture.name for v in one.variants) for one in (recorded, request))
    if not before.keys() <= now.keys():
        yield str(Parameter("architectures", ",".join({**before, **now})))


def _varied(recorded: Sequence[Variant], variants: Sequence[Variant]) -> list[str] | None:
    """What `vary` has to hold for the recipes of both; empty where the second have them all.

    None where they differ in more than a few values.
    """
    # Stages of a trunk follow from the architectures.
    recipes = dict.fromkeys(undivided(each.recipe) for each in (*recorded, *variants))
    if len(recipes) == len({undivided(each.recipe) for each in variants}):
        return []
    numbered = [replace(variants[0], name=str(i), recipe=recipe) for i, recipe in enumerate(recipes)]
    keys = {key: values for key, values in differing_values(numbered).items() if key not in _NO_NUMBERS}
    is_varied = all(isinstance(value, int | float | str) for by in keys.values() for value in by.values())
    if not 0 < len(keys) <= _MOST_KEYS or not is_varied:
        return None
    listed = {key: ",".join(dict.fromkeys(map(shown, by.values()))) for key, by in keys.items()}
    return [f"{Parameter('vary')} {key}={values}" for key, values in listed.items()]
