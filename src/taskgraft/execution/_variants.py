"""The variants of a study: each architecture with each recipe, under a name that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from taskgraft.architecture import CONTROL, Architecture
from taskgraft.data import Dataset
from taskgraft.execution._custom import split_custom
from taskgraft.execution._fit import FittedRecipe
from taskgraft.execution._selection import select_architectures
from taskgraft.recipe import NetworkSpec, Variant
from taskgraft.request import CompareOptions


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
            Variant(f"{each.name}{ending}", each, recipe, fitted.derived) for each in selected[recipe.network]
        ]
    return tuple(variants)
