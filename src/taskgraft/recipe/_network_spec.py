"""The numbers that turn an architecture into layers: trunk and branch, for one recipe."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe._spec import Spec

Kernel = Literal[1, 2, 3]


class StageSpec(Spec):
    """The convolutions of a `residual` stage, but for its width."""

    entry_kernel: Kernel = Field(
        3, description="Side of the kernel of the first convolution, which is pooled."
    )
    inner_width: PositiveInt = Field(
        description="Channels between the two convolutions that follow, whose result is added to their input."
    )
    inner_kernels: tuple[Kernel, Kernel] = Field(description="Sides of the kernels of these two.")


class TrunkSpec(Spec):
    """The convolutional layers one or all levels look through."""

    family: Literal["keras-blocks", "compact", "residual"] = Field(
        description="keras-blocks: convolutions, pool, batch norm. compact: pool, batch norm and activation "
        "after each convolution. residual: in each stage one convolution and, added to its result, two more."
    )
    stem_width: PositiveInt | Literal["whitened"] = Field(
        description="Channels of the first convolution; whitened (not with keras-blocks) makes it 2 x 2 x 2 "
        "filters a colour channel, computed from the train images and frozen."
    )
    stage_widths: tuple[PositiveInt, ...] = Field(
        min_length=1, description="Channels of each stage; every stage halves height and width."
    )
    stage_depth: int = Field(
        2,
        ge=2,
        description="Convolutions of each stage; more than 2 in the compact family only, where those after "
        "the second are added to their input.",
    )
    stages: tuple[StageSpec, ...] = Field(
        (), description="What else makes each stage, one for each width; in the residual family only."
    )

    @model_validator(mode="after")
    def _fits_its_family(self) -> Self:
        if self.stem_width == "whitened" and self.family == "keras-blocks":
            raise ValueError("a whitened stem needs the compact or the residual family")
        if self.stage_depth != 2 and self.family != "compact":
            raise ValueError("another stage depth than 2 needs the compact family")
        if len(self.stages) != (len(self.stage_widths) if self.family == "residual" else 0):
            raise ValueError("the residual family, and no other, needs `stages`, one for each width")
        return self

    def scaled(self, ratio: float) -> Self:
        """The same trunk with all widths times a ratio; a whitened stem stays."""
        stem = self.stem_width
        return self.model_copy(
            update={
                "stem_width": stem if stem == "whitened" else _times(stem, ratio),
                "stage_widths": tuple(_times(width, ratio) for width in self.stage_widths),
                "stages": tuple(
                    stage.model_copy(update={"inner_width": _times(stage.inner_width, ratio)})
                    for stage in self.stages
                ),
            }
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales."""
        stem = () if self.stem_width == "whitened" else (self.stem_width,)
        return (*stem, *self.stage_widths, *(stage.inner_width for stage in self.stages))


class TimmTrunkSpec(Spec):
    """One of timm's networks as a trunk: one stage, whatever it is made of."""

    family: Literal["timm"] = Field("timm", description="A network of timm.")
    backbone: str = Field(
        min_length=1,
        description="Its name, such as resnet18, or resnet18.a1_in1k with the tag of its published weights.",
    )
    weights: str | None = Field(
        None,
        description="Weights to begin with: hub for the published ones, or the path of a safetensors file; "
        "none for random ones.",
    )
    weights_sha256: str | None = Field(None, description="SHA-256 of that file.")

    def scaled(self, ratio: float) -> Self:
        """Itself.

        Raises:
            RequestError: For another ratio than 1.
        """
        if ratio != 1:
            raise RequestError.expected(
                "an architecture with a trunk from timm",
                "as wide as timm made it",
                f"width ratio {ratio:g}",
                f"Leave {Parameter('match')} out, or use a recipe's own trunk.",
            )
        return self

    @property
    def widths(self) -> tuple[int, ...]:
        """None: no ratio scales it."""
        return ()


AnyTrunkSpec = TrunkSpec | TimmTrunkSpec


class BranchSpec(Spec):
    """What follows the trunk for one level."""

    fc_1: tuple[PositiveInt, ...] = Field(
        description="Widths of the dense blocks before the flows come in; empty hands the features on."
    )
    fc_2: tuple[PositiveInt, ...] = Field(description="Widths of the dense blocks after the flows came in.")
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of activations dropped in each dense block, while training."
    )


class NetworkSpec(Spec):
    """Trunk, branch and the conventions both are built with."""

    trunk: Annotated[AnyTrunkSpec, Field(discriminator="family")] = Field(
        description="The layers that one or all levels look through."
    )
    branch: BranchSpec = Field(description="The layers of one level, behind the trunk.")
    conventions: Literal["keras", "modern"] = Field(
        description="keras: ReLU before batch norm, Keras' batch norm, Glorot-uniform weights, zero biases. "
        "modern: batch norm before SiLU, no biases before it, LeCun-uniform weights, and convolutions that "
        "begin by handing their input on."
    )

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales: stem (a whitened one is fixed), stages and dense blocks."""
        return (*self.trunk.widths, *self.branch.fc_1, *self.branch.fc_2)

    def scaled(self, ratio: float) -> Self:
        """The same network with all widths times a ratio, each rounded to a whole number of at least 1.

        Example:
            >>> from taskgraft.recipe import recipe
            >>> recipe("quick").network.scaled(1.5).widths
            (36, 72, 144, 96)
        """
        branch = {
            name: tuple(_times(width, ratio) for width in getattr(self.branch, name))
            for name in ("fc_1", "fc_2")
        }
        return self.model_copy(
            update={
                "trunk": self.trunk.scaled(ratio),
                "branch": self.branch.model_copy(update=branch),
            }
        )


def _times(width: int, ratio: float) -> int:
    return max(1, round(width * ratio))
