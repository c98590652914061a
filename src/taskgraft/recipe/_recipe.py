"""Every number of a training run, as one frozen record."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe._augmentation import Affine, FlipShift
from taskgraft.recipe._network_spec import NetworkSpec
from taskgraft.recipe._recipe_name import RECIPE_NAME, checked_recipe_name
from taskgraft.recipe._spec import MisfitError, Spec
from taskgraft.recipe._start_spec import StartSpec

SideRatio = Annotated[float, Field(gt=0, le=1)]
Balance = Literal["none", "loss", "sampler"]
_BALANCE = ("balance", "balance_levels")


class Sgd(Spec):
    """Stochastic gradient descent with Nesterov momentum; decay applies to weights of two axes or more."""

    kind: Literal["sgd"] = Field("sgd", description="Stochastic gradient descent with Nesterov momentum.")
    learning_rate: PositiveFloat = Field(description="Highest rate of the schedule.")
    momentum: float = Field(ge=0, lt=1, description="Nesterov momentum.")
    weight_decay: float = Field(
        0.0, ge=0, description="Decay of weights of two axes or more; biases and batch norms have none."
    )


class Adam(Spec):
    """Adam (Kingma and Ba, 2015) with Keras' epsilon."""

    kind: Literal["adam"] = Field("adam", description="Adam (Kingma and Ba, 2015).")
    learning_rate: PositiveFloat = Field(description="Highest rate of the schedule.")
    epsilon: PositiveFloat = Field(1e-7, description="What is added to the denominator of a step.")


class Muon(Spec):
    """Muon (Jordan et al., 2024) for convolutions and hidden dense layers, SGD for the rest."""

    kind: Literal["muon"] = Field(
        "muon", description="Muon (Jordan et al., 2024) for convolutions and hidden dense layers."
    )
    learning_rate: PositiveFloat = Field(
        description="Length of a step, as a share of the length of the weights; the highest of the schedule."
    )
    momentum: float = Field(ge=0, lt=1, description="Nesterov momentum.")
    num_iterations: PositiveInt = Field(
        3, description="Newton-Schulz iterations that make a step orthogonal."
    )
    rest: Sgd = Field(description="The optimizer of biases, batch norms and heads.")


class EarlyStop(Spec):
    """Stops when the training loss has not fallen by `min_delta` for `patience` epochs in a row."""

    patience: PositiveInt = Field(description="Epochs in a row without a fall of the training loss.")
    min_delta: float = Field(ge=0, description="The least that counts as a fall.")


class Recipe(Spec):
    """Everything a run is trained with, but for the architecture, the data and the seed."""

    name: Annotated[str, AfterValidator(checked_recipe_name), RECIPE_NAME] = Field(
        description="Name of the recipe, in tables and directories."
    )
    base: str = Field(
        "",
        description="The recipe of ours that it began from, if any: values that differ from it are set on "
        "purpose, and no derived value replaces them.",
    )
    network: NetworkSpec = Field(description="Widths and conventions of trunk and branch.")
    epochs: float = Field(
        gt=0,
        le=MOST_EPOCHS,
        description="Passes over the train split; a fraction ends in the middle of one.",
    )
    batch_size: PositiveInt = Field(
        description="Images a step; the incomplete last batch of an epoch is left out."
    )
    optimizer: Annotated[Sgd | Adam | Muon, Field(discriminator="kind")] = Field(
        description="How gradients become steps."
    )
    schedule: Literal["constant", "triangular"] = Field(
        description="Learning rate over the steps: constant, or triangular: up from zero for warmup_ratio "
        "of the steps, then down to zero."
    )
    warmup_ratio: float = Field(
        0.0, ge=0, lt=1, description="Share of the steps in which a triangular schedule rises."
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of each target that is spread evenly over the classes."
    )
    finest_weight: PositiveFloat = Field(
        1.0, description="Weight of the finest level's cross-entropy; every other level weighs 1."
    )
    balancing: str = Field(
        "fixed",
        description="How the losses of the levels become one step, by the name of a balancer: fixed is their "
        "weighted sum. Not to be confused with balance, which is about classes.",
    )
    augmentation: Annotated[FlipShift | Affine, Field(discriminator="kind")] | None = Field(
        description="How training images are varied, if at all."
    )
    growth: tuple[SideRatio, ...] = Field(
        (),
        description="Sides of the training images, as shares of the full side, each for an equal part of the "
        "steps; empty for full size throughout. Scores are always of full size.",
    )
    normalisation: Literal["unit", "standard"] = Field(
        description="unit: pixels / 255. standard: mean 0, standard deviation 1 a channel, over the train "
        "split."
    )
    early_stop: EarlyStop | None = Field(None, description="When to end before the last epoch, if ever.")
    test_time_flip: bool = Field(
        False, description="Whether the final logits are averaged over each image and its mirror image."
    )
    val_fraction: float = Field(
        0.1, gt=0, lt=1, description="Share of train held out, unless the request sets another."
    )
    side_pixels: PositiveInt = Field(
        32,
        description="Shorter side of the images that network and augmentation are made for; for larger "
        "images, stages and shifts are derived.",
    )
    balance: Balance = Field(
        "none",
        description="How classes of unequal size are made to count the same: not at all, by weights in the "
        "loss, or by how often their images are drawn.",
    )
    balance_levels: tuple[str, ...] = Field(
        (),
        description="Levels whose classes are balanced; empty for every level (loss) or the finest "
        "(sampler).",
    )
    start: StartSpec | None = Field(
        None, description="A trained model to begin from, in place of drawn weights; see docs/adapt.md."
    )

    @model_validator(mode="after")
    def _fits_the_trunk(self) -> Self:
        trunk = self.network.trunk
        if self.growth and not trunk.grows_images:
            raise MisfitError(
                f"growing images need a trunk that sees all sizes alike, which {trunk.family} does not",
                "growth",
                "network.trunk.family",
            )
        if self.optimizer.kind == "muon" and not trunk.suits_muon:
            raise MisfitError(
                f"Muon needs a batch norm behind every hidden matrix, which {trunk.family} does not promise",
                "optimizer.kind",
                "network.trunk.family",
            )
        return self

    @model_validator(mode="after")
    def _balance_fits_its_levels(self) -> Self:
        if self.balance == "none" and self.balance_levels:
            raise MisfitError("levels to balance need a balance of loss or sampler", *_BALANCE)
        if self.balance == "sampler" and len(self.balance_levels) > 1:
            raise MisfitError("images can be drawn evenly over the classes of one level only", *_BALANCE)
        return self
