"""Every number of a training run, as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from taskgraft.errors import RequestError
from taskgraft.recipe._augmentation import Affine, FlipShift
from taskgraft.recipe._network_spec import NetworkSpec, Spec

SideRatio = Annotated[float, Field(gt=0, le=1)]
Balance = Literal["none", "loss", "sampler"]


class Sgd(Spec):
    """Stochastic gradient descent with Nesterov momentum; decay applies to weights of two axes or more."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: PositiveFloat
    momentum: float = Field(ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)


class Adam(Spec):
    """Adam (Kingma and Ba, 2015) with Keras' epsilon."""

    kind: Literal["adam"] = "adam"
    learning_rate: PositiveFloat
    epsilon: PositiveFloat = 1e-7


class Muon(Spec):
    """Muon (Jordan et al., 2024) for convolutions and hidden dense layers, SGD for the rest.

    Attributes:
        learning_rate: Length of a step, as a share of the length of the weights.
        momentum: Nesterov momentum.
        num_iterations: Newton-Schulz iterations that make a step orthogonal.
        rest: For biases, batch norms and heads.
    """

    kind: Literal["muon"] = "muon"
    learning_rate: PositiveFloat
    momentum: float = Field(ge=0, lt=1)
    num_iterations: PositiveInt = 3
    rest: Sgd


class EarlyStop(Spec):
    """Stops when the training loss has not fallen by `min_delta` for `patience` epochs in a row."""

    patience: PositiveInt
    min_delta: float = Field(ge=0)


class Recipe(Spec):
    """Everything a run is trained with, but for the architecture, the data and the seed.

    Attributes:
        name: Name of the recipe.
        network: Widths and conventions of trunk and branch.
        epochs: Passes over the train split; a fraction ends in the middle of one.
        batch_size: Images a step; the incomplete last batch of an epoch is left out.
        optimizer: `Sgd`, `Adam` or `Muon`.
        schedule: `constant`, or `triangular`: up from zero for `warmup_ratio` of the steps, then down to
            zero.
        warmup_ratio: Share of the steps in which a triangular schedule rises.
        label_smoothing: Share of each target spread evenly over the classes.
        finest_weight: Weight of the finest level's cross-entropy; every other level weighs 1.
        balancing: How the losses of the levels become one step: the name of a balancer. `fixed` is their sum,
            weighted.
        augmentation: How training images are varied, if at all.
        growth: Sides of the training images, as shares of the full side, each for an equal part of the steps;
            empty for full size throughout. Scoring always sees full size.
        normalisation: `unit` (pixels / 255) or `standard` (mean 0, standard deviation 1 a channel, over
            the train split).
        early_stop: When to end before `epochs`, if ever.
        test_time_flip: Whether the final logits are averaged over each image and its mirror image.
        val_fraction: Share of train held out, unless the request says otherwise.
        side_pixels: Shorter side of the images that network and augmentation are made for; larger images
            are followed by `taskgraft.recipe._follow`.
        balance: How classes of unequal size are made to count the same: not at all, by weights in the loss
            or by how often their images are drawn.
        balance_levels: Levels whose classes are; empty for every level (`loss`) or the finest (`sampler`).
    """

    name: str
    network: NetworkSpec
    epochs: PositiveFloat
    batch_size: PositiveInt
    optimizer: Annotated[Sgd | Adam | Muon, Field(discriminator="kind")]
    schedule: Literal["constant", "triangular"]
    warmup_ratio: float = Field(default=0.0, ge=0, lt=1)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    finest_weight: PositiveFloat = 1.0
    balancing: str = "fixed"
    augmentation: Annotated[FlipShift | Affine, Field(discriminator="kind")] | None
    growth: tuple[SideRatio, ...] = ()
    normalisation: Literal["unit", "standard"]
    early_stop: EarlyStop | None = None
    test_time_flip: bool = False
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    side_pixels: PositiveInt = 32
    balance: Balance = "none"
    balance_levels: tuple[str, ...] = ()

    def updated(self, **changes: Any) -> Self:
        """This recipe with other values, checked as if it had been written with them.

        Args:
            **changes: Attributes and their values. Of a record, a dictionary changes what it names:
                `optimizer={"learning_rate": 0.1}`. The name gets `-changed` behind it, unless told.

        Raises:
            RequestError: If a name is unknown or a value does not fit.

        Example:
            >>> from taskgraft.recipe import recipe
            >>> mine = recipe("quick").updated(epochs=20, optimizer={"learning_rate": 0.1})
            >>> mine.name, mine.epochs, mine.optimizer.learning_rate, mine.optimizer.momentum
            ('quick-changed', 20.0, 0.1, 0.9)
        """
        changes = {"name": f"{self.name}-changed", **changes}
        try:
            return self.model_validate(_merged(self.model_dump(), changes))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "as a whole"
            raise RequestError.expected(
                f"recipe {self.name!r} with other values",
                "a recipe",
                f"{where}: {first['msg']}",
                "Mend this value.",
            ) from error

    @model_validator(mode="after")
    def _only_modern_trunks_grow(self) -> Self:
        if self.growth and self.network.trunk.family not in ("compact", "residual"):
            raise ValueError("growing images need a family whose features do not depend on the size")
        return self

    @model_validator(mode="after")
    def _muon_knows_the_trunk(self) -> Self:
        if self.optimizer.kind == "muon" and self.network.trunk.family == "timm":
            raise ValueError("Muon needs a batch norm behind every hidden matrix, as our own trunks have")
        return self

    @model_validator(mode="after")
    def _balance_fits_its_levels(self) -> Self:
        if self.balance == "none" and self.balance_levels:
            raise ValueError("levels to balance need a balance of loss or sampler")
        if self.balance == "sampler" and len(self.balance_levels) > 1:
            raise ValueError("images can be drawn evenly over the classes of one level only")
        return self


def _merged(old: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A record's values, some of them changed; of records within, what a dictionary names."""
    new = dict(old)
    for name, value in changes.items():
        within = old.get(name)
        new[name] = _merged(within, value) if isinstance(value, dict) and isinstance(within, dict) else value
    return new
