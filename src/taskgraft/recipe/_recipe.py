"""Every number of a training run, as one frozen record."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SerializeAsAny,
    model_validator,
)

from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe._augmentation import Affine, Crop, FlipShift
from taskgraft.recipe._balancing_spec import BalancingSpec, Weights, balancing_of_its_kind
from taskgraft.recipe._network_spec import NetworkSpec
from taskgraft.recipe._optimizer_spec import Adam, AdamW, Muon, Sgd
from taskgraft.recipe._recipe_name import RECIPE_NAME, checked_recipe_name
from taskgraft.recipe._spec import MisfitError, Spec
from taskgraft.recipe._start_spec import StartSpec

SideRatio = Annotated[float, Field(gt=0, le=1)]
Balance = Literal["none", "loss", "sampler"]
_BALANCE = ("balance", "balance_levels")


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
    optimizer: Annotated[Sgd | Adam | AdamW | Muon, Field(discriminator="kind")] = Field(
        description="How gradients become steps."
    )
    min_steps: NonNegativeInt = Field(
        0,
        description="The fewest steps of a run: for a train split on which there would be fewer, smaller "
        "batches and more epochs are derived.",
    )
    schedule: Literal["constant", "triangular", "cosine"] = Field(
        description="Learning rate over the steps: constant; or up from zero for warmup_ratio of the steps, "
        "then down to zero in a straight line (triangular) or in half a cosine (cosine)."
    )
    warmup_ratio: float = Field(
        0.0, ge=0, lt=1, description="Share of the steps in which a schedule that is not constant rises."
    )
    trunk_rate_ratio: PositiveFloat = Field(
        1.0,
        description="Learning rate of the trunk, as a share of that of the heads: below 1 for a trunk that "
        "begins trained.",
    )
    frozen_ratio: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the steps, from the first, in which the trunk stays as it began and the heads "
        "alone learn, on what it gives when predicting; 1 trains heads on a frozen trunk.",
    )
    trunk_statistics: Literal["batch", "kept"] = Field(
        "batch",
        description="By what batch norms of the trunk normalise while it is trained: by each batch, whose "
        "statistics they take in (batch), or by those that they begin with, as when predicting (kept).",
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Share of each target that is spread evenly over the classes."
    )
    finest_weight: PositiveFloat = Field(
        1.0, description="Weight of the finest level's cross-entropy; every other level weighs 1."
    )
    balancing: Annotated[SerializeAsAny[BalancingSpec], BeforeValidator(balancing_of_its_kind)] = Field(
        Weights(kind="fixed"),
        description="How the losses of the levels become one step: fixed is their weighted sum. Not to be "
        "confused with balance, which is about classes.",
    )
    augmentation: Annotated[FlipShift | Affine | Crop, Field(discriminator="kind")] | None = Field(
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
    precision: Literal["auto", "bf16", "f32"] = Field(
        "auto",
        description="What layers compute in; weights are f32. auto: bf16 where the processor multiplies it "
        "natively, else f32.",
    )
    layout: Literal["auto", "channels-last", "channels-first"] = Field(
        "auto",
        description="How images and weights of convolutions lie in memory. auto: channels-last, but "
        "channels-first on mps.",
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
    def _freezes_what_is_trained(self) -> Self:
        if self.frozen_ratio and self.start is None and not self.network.trunk.is_trained:
            raise MisfitError(
                "a trunk that is frozen needs weights to begin with: those of a pretrained trunk, or a start",
                "frozen_ratio",
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
