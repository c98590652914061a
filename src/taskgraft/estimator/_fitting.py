"""One training run on arrays: from the estimator's parameters to a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import CONTROL, EVERY_NAME, Architecture, check_tree
from taskgraft.data import Dataset, Provenance
from taskgraft.errors import unknown_name
from taskgraft.estimator._refusal import EstimatorError
from taskgraft.events import EpochDone, RunEvent, silent
from taskgraft.execution import AutoRecipes, ChosenRecipe, fit_recipe, select_architectures
from taskgraft.hardware import Hardware
from taskgraft.inference import Model, Use, describe_model, fit_use, origin_of, predict_logits
from taskgraft.network import Network
from taskgraft.printing import say
from taskgraft.recipe import AUTO, Recipe
from taskgraft.request import resolve_seeds
from taskgraft.scores import DECODINGS, Decoding
from taskgraft.several import listed
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.training import check_balancing, train


@dataclass(frozen=True)
class Samples:
    """What is learned from.

    Attributes:
        images: uint8 of shape (N, C, H, W).
        labels: int64 of shape (N, L), -1 where not known.
        taxonomy: The L levels.
        are_rows: Whether the channels of an image are the features of a table's row, each of one brightness.
    """

    images: npt.NDArray[np.uint8]
    labels: IntArray
    taxonomy: Taxonomy
    are_rows: bool = False

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def dataset(self, validation_fraction: float | None) -> Dataset:
        """All samples for training, but for those held out to be scored after each epoch."""
        nothing = np.empty(0, dtype=np.int64)
        data = Dataset(
            self.images,
            self.labels,
            self.taxonomy,
            {"train": np.arange(len(self.images)), "val": nothing, "test": nothing},
            Provenance("the samples given to fit", "all for training", is_official=False),
            needs=("train",),
        )
        return data if validation_fraction is None else data.with_val_fraction(validation_fraction)


@dataclass(frozen=True)
class TrainingOptions:
    """The estimator's parameters that decide a training, by the same names."""

    architecture: str | Architecture
    recipe: str | Recipe
    epochs: float | None
    decoding: str
    balance: str | None
    validation_fraction: float | None
    verbose: int


def print_epoch(event: RunEvent) -> None:
    """A listener that prints a line an epoch: its number, training loss, seconds."""
    if isinstance(event, EpochDone):
        row = event.row
        say(f"epoch {row.epoch:g}: training loss {row.train_loss:.4f}, {row.seconds:.1f} s")


class Fitted(NamedTuple):
    """What a training gives.

    Attributes:
        model: The trained model.
        recipe: What it was trained with, made for these samples.
        history: A row for each epoch, with validation scores only if samples were held out for them.
    """

    model: Model
    recipe: Recipe
    history: list[dict[str, Any]]


def fit_model(samples: Samples, options: TrainingOptions, seed: int, hardware: Hardware) -> Fitted:
    """Trains on samples.

    Args:
        samples: What is learned from.
        options: The estimator's parameters.
        seed: Decides initial weights, order, augmentation and dropout.
        hardware: Where and how to compute.

    Raises:
        RequestError: For options that make no sense.
    """
    (seed,) = resolve_seeds([seed])
    data = samples.dataset(options.validation_fraction)
    chosen = _chosen(options, data)
    if samples.are_rows:
        chosen = replace(chosen, recipe=_for_rows(chosen.recipe))
    recipe = fit_recipe(chosen, data, balance=options.balance, hardware=hardware).recipe
    hardware = hardware.computing(recipe.precision, recipe.layout)
    architecture = one_architecture(options.architecture, data, recipe)
    check_balancing(architecture, recipe)
    listener = print_epoch if options.verbose else silent
    network, history = train(architecture, data, recipe, seed, hardware, listener=listener)
    left_out = {"val_losses", "val_accuracies"} if options.validation_fraction is None else set()
    rows = [row.model_dump(exclude=left_out) for row in history]
    return Fitted(_model_of(network, recipe, data, options, seed, hardware), recipe, rows)


def _chosen(options: TrainingOptions, data: Dataset) -> ChosenRecipe:
    settings = {} if options.epochs is None else {"epochs": options.epochs}
    if options.recipe == AUTO:
        return AutoRecipes(data).choose(settings)
    return ChosenRecipe.of(options.recipe, settings)


def _model_of(
    network: Network, recipe: Recipe, data: Dataset, options: TrainingOptions, seed: int, hardware: Hardware
) -> Model:
    """The trained network with its description, calibrated where samples were held out."""
    use = Use(options.decoding)
    if data.num_images["val"]:
        logits = predict_logits(network, data, "val", hardware, flip=recipe.test_time_flip)
        use = fit_use(logits, data.labels_of("val"), data.taxonomy, options.decoding)
    description = describe_model(
        network,
        recipe,
        data,
        origin_of(network.architecture.name, data, seed=seed),
        use=use,
    )
    return Model(network.cpu(), description)


def _for_rows(recipe: Recipe) -> Recipe:
    """The recipe without what looks at neighbouring pixels, as the features of a table have none.

    Nothing is flipped or shifted; and a stem is learned in place of a whitened one, most of whose filters
    answer to differences between neighbours: they would be silent, and batch norm would blow their gradients
    up until the loss is no number.
    """
    network = recipe.network.model_copy(update={"trunk": recipe.network.trunk.unwhitened()})
    return recipe.model_copy(update={"network": network, "augmentation": None})


def one_architecture(architecture: str | Architecture, data: Dataset, recipe: Recipe) -> Architecture:
    """The architecture of a name, or the one given, for the data's levels.

    With one level nothing is shared and nothing flows: all core architectures are the same network then.

    Raises:
        RequestError: If the name is not one architecture's, or a given one is for other levels.
    """
    levels = data.taxonomy.level_names
    if isinstance(architecture, Architecture):
        if architecture.levels != levels:
            raise EstimatorError.expected(
                f"the levels of architecture {architecture.name!r}",
                f"those of y, {', '.join(levels)}",
                ", ".join(architecture.levels),
                "Pass level_names.",
            )
        check_tree(architecture.name, architecture.derived, is_tree=data.taxonomy.is_tree)
        return architecture
    if len(levels) == 1 and architecture in EVERY_NAME:
        architecture = CONTROL
    selected = select_architectures(architecture, data, recipe.network)
    if len(selected) != 1:
        raise EstimatorError.expected(
            "architecture", "one architecture", architecture, "Search over several with GridSearchCV."
        )
    return selected[0]


def decoding_for(name: str, taxonomy: Taxonomy) -> Decoding:
    """The way to decide of a name.

    Raises:
        RequestError: If there is none of that name, or it needs a tree and there is none.
    """
    if name not in DECODINGS:
        raise unknown_name("decoding", name, DECODINGS)
    if name != "independent" and not taxonomy.is_tree:
        raise EstimatorError.expected(
            "decoding",
            "'independent' where the labels of y form no tree",
            name,
            "Use decoding='independent'.",
        )
    return DECODINGS[name]


def name_levels(names: str | Sequence[str] | None, y: Any, num_levels: int) -> list[str]:
    """Names of the levels: as given, else a data frame's columns, else `level_1`, `level_2`, ...

    Raises:
        EstimatorError: If there are not as many names as levels.
    """
    if names is None:
        columns = list(getattr(y, "columns", []))
        has_names = len(columns) == num_levels and all(isinstance(column, str) for column in columns)
        return columns if has_names else [f"level_{i + 1}" for i in range(num_levels)]
    chosen = listed(names)
    if len(chosen) != num_levels:
        raise EstimatorError.expected(
            "level_names", f"a list of {num_levels}, one for each level of y", names, "Name each level."
        )
    return list(chosen)
