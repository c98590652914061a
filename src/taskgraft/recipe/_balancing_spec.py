"""How the losses of the levels become one step, as numbers: one record a kind of balancer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeVar, get_args

from pydantic import Field, PositiveFloat, PositiveInt

from taskgraft.recipe._spec import Spec
from taskgraft.registry import Registry

Place = Literal["auto", "features", "parameters"]
Kind = TypeVar("Kind", bound="BalancingSpec")
_RATE = "Rate of the Adam that learns the weights of the losses."


class BalancingSpec(Spec):
    """The base of a record for each kind, registered in `BALANCING_SPECS`; by itself that of an extension.

    `taskgraft.training` has the balancers themselves (`BALANCERS`); the other values of a record are the
    keywords of its balancer.

    Attributes:
        weights_decide: What the recipe's weights of levels have a say in: the `direction` of a step; its
            `length` at most, as a learning rate has; or `nothing`.
    """

    is_named: ClassVar[bool] = True
    weights_decide: ClassVar[Literal["direction", "length", "nothing"]] = "direction"

    kind: str = Field(description="Name of the balancer.")

    @classmethod
    def kinds(cls) -> tuple[type[Spec], ...]:
        """Every kind's record, where any will do."""
        return tuple(dict.fromkeys(BALANCING_SPECS.entries())) if cls is BalancingSpec else (cls,)

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords of the balancer."""
        return self.model_dump(exclude={"kind"})


BALANCING_SPECS: Registry[type[BalancingSpec]] = Registry("balancing")


def _registered(spec: type[Kind]) -> type[Kind]:
    """Registers a record under every name that its kind may have."""
    for name in get_args(spec.model_fields["kind"].annotation):
        BALANCING_SPECS.add(name)(spec)
    return spec


@_registered
class Weights(BalancingSpec):
    """Losses times weights that need no numbers."""

    kind: Literal["fixed", "random"] = Field(
        "fixed",
        description="fixed: the weighted sum of the losses. random: weights drawn in each step (Lin et al., "
        "2022).",
    )


@_registered
class Equal(BalancingSpec):
    """The sum of the losses, whatever the recipe weighs."""

    weights_decide = "nothing"

    kind: Literal["equal"] = Field("equal", description="The sum of the losses.")


@_registered
class Geometric(BalancingSpec):
    """The geometric mean of the losses, of which weights are one factor (Chennupati et al., 2019)."""

    weights_decide = "length"

    kind: Literal["geometric"] = Field(
        "geometric", description="Geometric mean of the losses (Chennupati et al., 2019)."
    )


@_registered
class Uncertainty(BalancingSpec):
    """A variance a level is learned (Kendall et al., 2018)."""

    kind: Literal["uncertainty"] = Field(
        "uncertainty", description="Learned variances (Kendall et al., 2018)."
    )
    learning_rate: PositiveFloat = Field(0.01, description=_RATE)


@_registered
class ImtlL(BalancingSpec):
    """A scale a level is learned (IMTL-L; Liu et al., 2021)."""

    kind: Literal["imtl-l"] = Field("imtl-l", description="Learned scales (IMTL-L; Liu et al., 2021).")
    learning_rate: PositiveFloat = Field(0.01, description=_RATE)


@_registered
class Dwa(BalancingSpec):
    """By how fast each loss fell over the last two epochs (dynamic weight average; Liu et al., 2019)."""

    kind: Literal["dwa"] = Field("dwa", description="Dynamic weight average (Liu et al., 2019).")
    temperature: PositiveFloat = Field(2.0, description="The higher, the more even the weights.")


class GradientSpec(BalancingSpec):
    """What all that compare the gradients of levels have."""

    at: Place = Field(
        "auto",
        description="Where gradients of levels are compared: at what leaves the trunk (features), at all "
        "weights that several levels share (parameters), or at the features where one lane leaves the trunk, "
        "else at the weights (auto).",
    )


@_registered
class GradNorm(GradientSpec):
    """Gradients of like length, longer for levels that lag behind (Chen et al., 2018)."""

    kind: Literal["gradnorm"] = Field("gradnorm", description="GradNorm (Chen et al., 2018).")
    alpha: float = Field(1.5, ge=0, description="How much levels that lag behind gain.")
    learning_rate: PositiveFloat = Field(0.025, description=_RATE)


@_registered
class Stch(BalancingSpec):
    """The worst loss, smoothly (Tchebycheff; Lin et al., 2024)."""

    kind: Literal["stch"] = Field("stch", description="Smooth Tchebycheff (Lin et al., 2024).")
    mu: PositiveFloat = Field(0.1, description="The lower, the more the worst loss alone counts.")


@_registered
class Famo(BalancingSpec):
    """Losses that fall at one pace (Liu et al., 2023); each step computes the losses twice."""

    # Shares of the logarithms of the losses, of which a weight is a summand without a gradient.
    weights_decide = "length"

    kind: Literal["famo"] = Field("famo", description="FAMO (Liu et al., 2023).")
    learning_rate: PositiveFloat = Field(0.025, description=_RATE)
    weight_decay: float = Field(0.001, ge=0, description="Draws the logits of the weights towards zero.")


@_registered
class Aggregator(GradientSpec):
    """Aggregators that need no other numbers, by TorchJD."""

    kind: Literal[
        "upgrad",
        "mgda",
        "pcgrad",
        "graddrop",
        "imtl-g",
        "aligned-mtl",
        "dualproj",
        "config",
        "mean",
    ] = Field("upgrad", description="The aggregator of gradients, by its paper's name; extra mtl.")


@_registered
class CaGrad(GradientSpec):
    """CAGrad (Liu et al., 2021)."""

    kind: Literal["cagrad"] = Field("cagrad", description="CAGrad (Liu et al., 2021).")
    c: float = Field(
        0.4, ge=0, lt=1, description="How far from the mean gradient it may go, as a share of it."
    )


@_registered
class FairGrad(GradientSpec):
    """FairGrad (Ban and Ji, 2024)."""

    kind: Literal["fairgrad"] = Field("fairgrad", description="FairGrad (Ban and Ji, 2024).")
    alpha: PositiveFloat = Field(1.0, description="Which fairness: 1 is proportional.")


@_registered
class GradVac(GradientSpec):
    """Gradient vaccine (Wang et al., 2021)."""

    kind: Literal["gradvac"] = Field("gradvac", description="GradVac (Wang et al., 2021).")
    beta: float = Field(0.5, ge=0, le=1, description="How fast the aimed-at cosines follow the seen ones.")


@_registered
class NashMtl(GradientSpec):
    """Nash-MTL (Navon et al., 2022)."""

    kind: Literal["nash-mtl"] = Field("nash-mtl", description="Nash-MTL (Navon et al., 2022).")
    max_norm: float = Field(1.0, ge=0, description="The longest gradient; 0 for any length.")
    update_weights_every: PositiveInt = Field(1, description="Steps from one bargain to the next.")


@_registered
class TrimmedMean(GradientSpec):
    """A mean without the extremes of each coordinate (Yin et al., 2018)."""

    kind: Literal["trimmed-mean"] = Field("trimmed-mean", description="Trimmed mean (Yin et al., 2018).")
    trim_number: PositiveInt = Field(1, description="Left out of each coordinate at either end.")


def balancing_of_its_kind(value: Any) -> Any:
    """A record as its kind's, of its name alone, too; a kind that is not registered is an extension's."""
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, Mapping):
        return value
    kind = value.get("kind")
    is_ours = isinstance(kind, str) and kind in BALANCING_SPECS
    return (BALANCING_SPECS[str(kind)] if is_ours else BalancingSpec).model_validate(dict(value))
