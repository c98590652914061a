"""The numbers that turn an architecture into layers: trunk and branch, for one recipe."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from taskgraft.errors import RequestError

Kernel = Literal[1, 2, 3]


class Spec(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageSpec(Spec):
    """The convolutions of a `residual` stage, but for its width.

    Attributes:
        entry_kernel: Side of the kernel of the first convolution, which is pooled.
        inner_width: Channels between the two that follow, whose result is added to what they are given.
        inner_kernels: Sides of the kernels of these two.
    """

    entry_kernel: Kernel = 3
    inner_width: PositiveInt
    inner_kernels: tuple[Kernel, Kernel]


class TrunkSpec(Spec):
    """The convolutional layers one or all levels look through.

    Attributes:
        family: `keras-blocks` (the posing project's: convolutions, pool, batch norm), `compact`
            (a small modern trunk: pool, batch norm and activation after each convolution) or `residual`
            (in each stage one convolution and, added to its result, two more).
        stem_width: Channels of the first convolution; `whitened` (in the modern families) makes it 2 x 2 x 2
            filters a colour channel, computed from the train images and frozen.
        stage_widths: Channels of each stage; every stage halves height and width.
        stage_depth: Convolutions of each stage; in the `compact` family, those after the second are added to
            what they are given.
        stages: In the `residual` family what else makes each stage.
    """

    family: Literal["keras-blocks", "compact", "residual"]
    stem_width: PositiveInt | Literal["whitened"]
    stage_widths: tuple[PositiveInt, ...] = Field(min_length=1)
    stage_depth: int = Field(default=2, ge=2)
    stages: tuple[StageSpec, ...] = ()

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
    """One of timm's networks as a trunk: one stage, whatever it is made of.

    Attributes:
        family: `timm`.
        backbone: Its name, such as `resnet18`, or `resnet18.a1_in1k` with the tag of its published weights.
        weights: What it begins with: None for random weights, `hub` for the published ones, or the path of a
            safetensors file.
        weights_sha256: Digest of that file.
    """

    family: Literal["timm"] = "timm"
    backbone: str = Field(min_length=1)
    weights: str | None = None
    weights_sha256: str | None = None

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
                "Leave --match out, or use a recipe's own trunk.",
            )
        return self

    @property
    def widths(self) -> tuple[int, ...]:
        """None: no ratio scales it."""
        return ()


AnyTrunkSpec = TrunkSpec | TimmTrunkSpec


class BranchSpec(Spec):
    """What follows the trunk for one level.

    Attributes:
        fc_1: Widths of the dense blocks before the flows come in; empty hands the features on.
        fc_2: Widths of the dense blocks after the flows came in.
        dropout: Share of activations dropped in each dense block, while training.
    """

    fc_1: tuple[PositiveInt, ...]
    fc_2: tuple[PositiveInt, ...]
    dropout: float = Field(default=0.0, ge=0, lt=1)


class NetworkSpec(Spec):
    """Trunk, branch and the conventions both are built with.

    Attributes:
        conventions: `keras` (ReLU before batch norm, Keras batch norm, Glorot-uniform weights, zero
            biases) or `modern` (batch norm before SiLU, no biases before it, LeCun-uniform weights, and
            convolutions that begin by handing their input on).
    """

    trunk: Annotated[AnyTrunkSpec, Field(discriminator="family")]
    branch: BranchSpec
    conventions: Literal["keras", "modern"]

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
