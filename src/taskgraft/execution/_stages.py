"""Trunks of one stage, divided into several where an architecture of the study looks at stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from taskgraft.architecture import Architecture, parse_twin, stages_wanted
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._choose import Choices
from taskgraft.execution._custom import split_custom
from taskgraft.execution._fit import ChosenRecipe, FittedRecipe, derive
from taskgraft.execution._variants import Selection
from taskgraft.network import IndivisibleError, trunk_family
from taskgraft.recipe import NetworkSpec, TrunkSpec, derived

_MOST_NAMED = 3
_SWEEP = "forks"
Wanted = Mapping[str, int]
"""Architectures that look at stages, by name, each with the fewest that it can do with."""


class Divided(NamedTuple):
    """A trunk for architectures that look at stages.

    Attributes:
        trunk: In several stages or, where it cannot be divided, as it was.
        line: Why it was not divided; empty where it was.
    """

    trunk: TrunkSpec
    line: str = ""


def wanted_of(selection: Selection, levels: Sequence[str]) -> Wanted:
    """The architectures of a selection that look at stages.

    Args:
        selection: As the study names it.
        levels: Level names, coarsest first.

    Example:
        >>> wanted_of(Selection("shared,nddr,forked-2@independent-macs"), ["coarse", "fine"])
        {'nddr': 1, 'forked-2': 2}
    """
    names, custom = split_custom(selection.architectures, selection.file, levels)
    wanted = {
        name: fewest
        for name in _plain(names, selection, custom)
        if (fewest := stages_wanted(name, levels, custom))
    }
    return wanted if selection.forks is None else {**wanted, _SWEEP: 2}


def _plain(names: Sequence[str], selection: Selection, custom: Sequence[Architecture]) -> Iterator[str]:
    """The names of architectures, twins taken apart; those of the user's, all of which have to fit."""
    for name in names:
        twin = parse_twin(name)
        yield from twin[:2] if twin else (name,)
    yield from (each.name for each in custom)
    if selection.match is not None:
        yield selection.match_to


def divided(trunk: TrunkSpec, image_shape: tuple[int, int, int], wanted: Wanted) -> Divided:
    """A trunk in the stages that architectures want; as it is where they want none, or it has several.

    Args:
        trunk: Of the recipe.
        image_shape: Channels, height and width.
        wanted: Of all architectures that have this trunk.

    Raises:
        RequestError: If it cannot be divided, and one of them cannot do without.
    """
    if not wanted or trunk.num_stages > 1:
        return Divided(trunk)
    try:
        return Divided(trunk_family(trunk).divided(trunk, image_shape))
    except IndivisibleError as error:
        needing = [name for name, fewest in wanted.items() if fewest > 1]
        if needing:
            raise RequestError.expected(
                f"the trunk for {_listed(needing)}",
                "one that can be divided into stages",
                Phrase(f"{trunk.title}, a network {error}"),
                "Use architectures of whole trunks (independent, shared), or a trunk of convolutions such as "
                "timm/resnet18.",
            ).about("architectures") from error
        return Divided(trunk, f"{trunk.title} stays one stage for {_listed(wanted)}: a network {error}.")


def divided_for(
    selection: Selection, network: NetworkSpec, image_shape: tuple[int, int, int], levels: Sequence[str]
) -> NetworkSpec:
    """A network in the stages that its architectures want, as a study would train it.

    Args:
        selection: The architectures.
        network: Of a recipe.
        image_shape: Channels, height and width.
        levels: Level names, coarsest first.

    Raises:
        RequestError: As `divided`.
    """
    if network.trunk.num_stages > 1:
        return network
    trunk = divided(network.trunk, image_shape, wanted_of(selection, levels)).trunk
    return network.model_copy(update={"trunk": trunk})


def in_stages(
    selection: Selection,
    choices: Choices,
    crossed: Mapping[str, FittedRecipe],
    named: Mapping[str, FittedRecipe],
    image_shape: tuple[int, int, int],
    levels: Sequence[str],
) -> tuple[dict[str, FittedRecipe], dict[str, FittedRecipe]]:
    """The recipes of a study with trunks in stages, where any of its architectures looks at them.

    All variants of one trunk get the same stages, but for those that do not look at them and would train
    otherwise (`FittedRecipe.for_architecture`).

    Args:
        selection: The architectures that `crossed` is crossed with; its file defines those of `named`, too.
        choices: What of each recipe was set.
        crossed: Fitted recipes, by what is put behind the name of an architecture.
        named: Those of variants, by name.
        image_shape: Channels, height and width.
        levels: Level names, coarsest first.

    Raises:
        RequestError: As `divided`, or if a recipe sets one stage for an architecture that needs several.
    """
    wanted: dict[TrunkSpec, dict[str, int]] = {}
    for fitted in crossed.values():
        if _is_one_stage(fitted):
            wanted.setdefault(fitted.recipe.network.trunk, {}).update(wanted_of(selection, levels))
    for name, fitted in named.items():
        if _is_one_stage(fitted):
            alone = replace(
                selection, architectures=(choices.named[name].architecture,), match=None, forks=None
            )
            wanted.setdefault(fitted.recipe.network.trunk, {}).update(wanted_of(alone, levels))

    def fit(fitted: FittedRecipe, chosen: ChosenRecipe) -> FittedRecipe:
        its = wanted.get(fitted.recipe.network.trunk, {})
        return _in_stages(fitted, chosen.is_set, image_shape, its) if its else fitted

    return (
        {ending: fit(fitted, choices.crossed[ending]) for ending, fitted in crossed.items()},
        {name: fit(fitted, choices.named[name].chosen) for name, fitted in named.items()},
    )


def _is_one_stage(fitted: FittedRecipe) -> bool:
    return fitted.recipe.network.trunk.num_stages == 1


def _in_stages(
    fitted: FittedRecipe, is_set: frozenset[str], image_shape: tuple[int, int, int], wanted: Wanted
) -> FittedRecipe:
    trunk = fitted.recipe.network.trunk
    after, line = divided(trunk, image_shape, wanted)
    if line:
        return replace(fitted, derived=(*fitted.derived, line))
    changes = {
        f"network.trunk.{name}": getattr(after, name)
        for name in type(trunk).model_fields
        if getattr(after, name) != getattr(trunk, name)
    }
    needing = [name for name, fewest in wanted.items() if fewest > 1]
    for path in sorted(is_set & changes.keys()) if needing else ():
        rule = f"{changes[path]}, or left out, for {_listed(needing)} on {trunk.title}"
        raise RequestError.expected(path, rule, Phrase("1, which was set"), "Leave it out.").about(path)
    cause = f"{_listed(wanted)} on {trunk.title}"
    after_all = derive(fitted, lambda recipe, is_set: derived(recipe, changes, is_set), is_set, cause)
    return replace(after_all, undivided=fitted)


def _listed(names: Iterable[str]) -> str:
    """Some names, and how many more."""
    shown = list(names)
    rest = len(shown) - _MOST_NAMED
    return ", ".join(shown[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
