"""The variants of a study: each architecture with each recipe, under a name that tells them apart."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from taskgraft.architecture import CONTROL, Architecture
from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._custom import split_custom
from taskgraft.execution._fit import FittedRecipe
from taskgraft.execution._selection import select_architectures
from taskgraft.hardware import Hardware
from taskgraft.recipe import VARIANT_NAME, NetworkSpec, Variant, is_variant_name, without_idle_stages
from taskgraft.request import CompareOptions
from taskgraft.training import effective_values, images_served, unbalanced


@dataclass(frozen=True)
class Selection:
    """Which architectures a study compares.

    Attributes:
        architectures: `"all"`, names, names joined by commas, or architectures of the user's.
        match: `macs` or `parameters`: adds a twin of each architecture that costs something else.
        match_to: The architecture whose cost the twins have.
        file: Architectures of the user's, in TOML or Python.
        forks: Adds architectures whose trunk forks: `"all"`, or the numbers of stages they share.
    """

    architectures: str | Sequence[str | Architecture] = "all"
    match: str | None = None
    match_to: str = CONTROL
    file: Path | str | None = None
    forks: str | Sequence[int] | None = None

    @classmethod
    def of_options(cls, options: CompareOptions) -> Self:
        """The selection that the options of a study make."""
        return cls(options.names, options.match, options.match_to, options.architecture_file, options.forks)

    def of(self, data: Dataset, spec: NetworkSpec) -> tuple[Architecture, ...]:
        """The architectures for the levels of the data and the stages and widths of a recipe.

        Raises:
            RequestError: As `select_architectures`.
            ArchitectureError: As `select_architectures`, or if the file cannot be read.
        """
        levels = data.taxonomy.level_names
        names, custom = split_custom(self.architectures, self.file, levels, spec.trunk.num_stages)
        return select_architectures(
            names, data, spec, self.match, self.match_to, custom=custom, forks=self.forks
        )


def variants_of(
    selection: Selection, data: Dataset, recipes: Mapping[str, FittedRecipe]
) -> tuple[Variant, ...]:
    """Every architecture with every recipe; twins and forks follow the network of their recipe.

    Args:
        selection: Which architectures.
        data: Levels, classes and image shape.
        recipes: By what is put behind the name of the architecture, as `varied` gives them.

    Example:
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.recipe import recipe, varied
        >>> data = load("shapes", num_train=320, num_test=64)
        >>> recipes = varied(recipe("quick"), {"batch_size": [64, 128]})
        >>> fitted = {name: FittedRecipe(each) for name, each in recipes.items()}
        >>> [variant.name for variant in variants_of(Selection("independent,shared"), data, fitted)]
        ['independent+batch_size=64', 'shared+batch_size=64', 'independent+batch_size=128', \
'shared+batch_size=128']
    """
    selected: dict[NetworkSpec, tuple[Architecture, ...]] = {}
    variants = []
    for ending, fitted in recipes.items():
        recipe = fitted.recipe
        # A file is read, and costs are counted, once for each network.
        if recipe.network not in selected:
            selected[recipe.network] = selection.of(data, recipe.network)
        variants += [
            _variant(f"{each.name}{ending}", each, fitted, data) for each in selected[recipe.network]
        ]
    return tuple(variants)


def named_variant(
    selection: Selection, data: Dataset, name: str, architecture: str | Architecture, fitted: FittedRecipe
) -> Variant:
    """A variant that is named: one architecture with a recipe.

    Args:
        selection: Its file may define the architecture.
        data: Levels, classes and image shape.
        name: Of the variant.
        architecture: Of the catalogue, of the file, a fork or a twin, by name; or one of the user's.
        fitted: The recipe.

    Raises:
        RequestError: As `Selection.of`; names the variant.
    """
    alone = replace(selection, architectures=(architecture,), match=None, forks=None)
    try:
        chosen = alone.of(data, fitted.recipe.network)
        if len(chosen) > 1:
            raise RequestError.expected("architecture", "one", str(architecture), "Make a variant of each.")
    except RequestError as error:
        raise type(error)(f"variants.{name}: {error.text}").about("variants") from error
    return _variant(name, chosen[0], fitted, data)


def _variant(name: str, architecture: Architecture, fitted: FittedRecipe, data: Dataset) -> Variant:
    """With a line for each thing that this architecture makes of the recipe."""
    fitted = fitted.for_architecture(architecture)
    recipe = fitted.recipe
    notes = (*fitted.derived, *_unlearned(architecture, data), *unbalanced(architecture, recipe))
    return Variant(name, architecture, recipe, notes)


def _unlearned(architecture: Architecture, data: Dataset) -> Iterator[str]:
    """A line on train images from which an architecture that derives levels learns nothing."""
    is_labelled = data.labels_of("train") >= 0
    lost = is_labelled.any(axis=1) & ~is_labelled[:, list(architecture.branched_places)].any(axis=1)
    if num_lost := int(lost.sum()):
        levels = " and ".join(architecture.branched)
        yield (
            f"{architecture.name} learns of {levels} labels alone: {num_lost:,} of {len(is_labelled):,} "
            "train images have none, and no loss"
        )


def check_variants(variants: Sequence[Variant], data: Dataset, hardware: Hardware) -> None:
    """Refuses variants of one name, those that are trained alike on the hardware, and what data do not have.

    Raises:
        DataError: If larger pictures cannot be read.
        RequestError: If a name cannot name a directory or stands twice, or two variants are the same.
    """
    names: set[str] = set()
    alike: dict[Hashable, str] = {}
    for variant in variants:
        _check_name(variant.name, names)
        names.add(variant.name.lower())
        images_served(data, variant.recipe)
        other = alike.setdefault(what_is_trained(variant, data, hardware), variant.name)
        if other != variant.name:
            raise RequestError.expected(
                "every two variants",
                "different in what is trained on this data",
                Phrase(f"{other} and {variant.name}, which are the same"),
                "Leave one of them out.",
            )


def what_is_trained(variant: Variant, data: Dataset, hardware: Hardware) -> Hashable:
    """Equal for variants whose runs would be the same."""
    variant = without_idle_stages(variant)
    architecture, recipe = variant.architecture, variant.recipe
    num_stages = recipe.network.trunk.num_stages
    computing = hardware.computing(recipe.precision, recipe.layout)
    return (
        effective_values(recipe.model_copy(update={"precision": "auto", "layout": "auto"}), data),
        computing.precision,
        computing.channels_last,
        architecture.derived,
        architecture.stages_shared(num_stages),
        frozenset(architecture.flows),
        architecture.width_ratio,
        frozenset(architecture.mixers),
        architecture.experts,
    )


def _check_name(name: str, names: Container[str]) -> None:
    if not is_variant_name(name):
        remedy = "Name such a variant yourself: docs/recipes.md."
        raise RequestError.expected("the name of a variant", VARIANT_NAME, name, remedy)
    # Directories on some systems do not tell capitals from small letters.
    if name.lower() in names:
        rule, got = "different, capitals or not", Phrase(f"{name} twice")
        raise RequestError.expected("the names of variants", rule, got, "Leave one out, or rename it.")
