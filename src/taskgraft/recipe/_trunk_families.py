"""The families of trunks that come with taskgraft, as numbers."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from taskgraft.recipe._spec import MisfitError, Spec, times
from taskgraft.recipe._trunk_spec import TRUNK_SPECS, TrunkSpec

Kernel = Literal[1, 2, 3]

# Narrower stages leave the processor idle and save nothing.
_NARROWEST = 16


class StagedTrunkSpec(TrunkSpec):
    """A stem and stages, each of which halves height and width.

    Attributes:
        stem_loss: Rows and columns that the stem costs.
    """

    grows_images: ClassVar[bool] = True
    follows_images: ClassVar[bool] = True
    suits_muon: ClassVar[bool] = True
    width_fields: ClassVar[tuple[str, ...]] = ("stem_width", "stage_widths")
    # A modern stem is a 2x2 convolution without padding.
    stem_loss: ClassVar[int] = 1

    stem_width: PositiveInt | Literal["whitened"] = Field(
        description="Channels of the first convolution; whitened makes it 2 x 2 x 2 filters a colour "
        "channel, computed from the train images and frozen."
    )
    stage_widths: tuple[PositiveInt, ...] = Field(
        min_length=1, description="Channels of each stage; every stage halves height and width."
    )

    @property
    def num_stages(self) -> int:
        """How many stages it has."""
        return len(self.stage_widths)

    @property
    def smallest_side(self) -> int:
        """Pixels a side that leave one when every stage has halved them."""
        return int(2**self.num_stages) + self.stem_loss

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales; a whitened stem stays."""
        stem = () if self.stem_width == "whitened" else (self.stem_width,)
        return (*stem, *self.stage_widths)

    @property
    def is_whitened(self) -> bool:
        """Whether the stem is computed from the train images."""
        return self.stem_width == "whitened"

    def unwhitened(self) -> Self:
        """The same trunk with a stem that is learned, as wide as the first stage where it was whitened."""
        return self.model_copy(update={"stem_width": self.stage_widths[0]}) if self.is_whitened else self

    def scaled(self, ratio: float) -> Self:
        """The same trunk with all widths times a ratio; a whitened stem stays."""
        stem = self.stem_width
        return self.model_copy(
            update={
                "stem_width": stem if stem == "whitened" else times(stem, ratio),
                "stage_widths": tuple(times(width, ratio) for width in self.stage_widths),
            }
        )

    def with_stages_in_front(self, num_stages: int) -> Self:
        """The trunk with stages in front, each half as wide as the next, the stem no wider than the first."""
        widths, stem = self.stage_widths, self.stem_width
        for _ in range(num_stages):
            # A trunk that is narrower still does not widen towards the front.
            widths = (min(widths[0], max(_NARROWEST, widths[0] // 2)), *widths)
        if num_stages and stem != "whitened":
            stem = min(stem, widths[0])
        return self.model_copy(update={"stage_widths": widths, "stem_width": stem})


@TRUNK_SPECS.add("keras-blocks")
class KerasBlocksSpec(StagedTrunkSpec):
    """The posing project's trunk: in each stage two convolutions, a pool, a batch norm."""

    # Every pixel of the last maps is a feature.
    grows_images: ClassVar[bool] = False
    stem_loss: ClassVar[int] = 0

    family: Literal["keras-blocks"] = Field(
        "keras-blocks", description="Of each stage: two convolutions, a pool, a batch norm."
    )
    stem_width: PositiveInt = Field(description="Channels of the first convolution.")


@TRUNK_SPECS.add("compact")
class CompactSpec(StagedTrunkSpec):
    """A small modern trunk: pool, batch norm and activation behind each convolution."""

    family: Literal["compact"] = Field(
        "compact", description="Of each stage: convolutions, each with batch norm and activation, one pooled."
    )
    stage_depth: int = Field(
        2, ge=2, description="Convolutions of each stage; those after the second are added to their input."
    )


class StageSpec(Spec):
    """The convolutions of a `residual` stage, but for its width."""

    entry_kernel: Kernel = Field(
        3, description="Side of the kernel of the first convolution, which is pooled."
    )
    inner_width: PositiveInt = Field(
        description="Channels between the two convolutions that follow, whose result is added to their input."
    )
    inner_kernels: tuple[Kernel, Kernel] = Field(description="Sides of the kernels of these two.")

    def with_inner_width(self, inner_width: int) -> Self:
        """The same stage with another width inside."""
        return self.model_copy(update={"inner_width": inner_width})


@TRUNK_SPECS.add("residual")
class ResidualSpec(StagedTrunkSpec):
    """In each stage one convolution and, added to its result, two more."""

    width_fields: ClassVar[tuple[str, ...]] = (*StagedTrunkSpec.width_fields, "stages")

    family: Literal["residual"] = Field(
        "residual", description="Of each stage: one convolution and, added to its result, two more."
    )
    stages: tuple[StageSpec, ...] = Field(description="What else makes each stage, one for each width.")

    @model_validator(mode="after")
    def _has_as_many_stages_as_widths(self) -> Self:
        if len(self.stages) != len(self.stage_widths):
            sentence = f"`stages` needs one for each width: {len(self.stage_widths)}"
            raise MisfitError(sentence, "stage_widths", "stages")
        return self

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales."""
        return (*super().widths, *(stage.inner_width for stage in self.stages))

    def scaled(self, ratio: float) -> Self:
        """The same trunk with all widths times a ratio."""
        stages = tuple(stage.with_inner_width(times(stage.inner_width, ratio)) for stage in self.stages)
        return super().scaled(ratio).model_copy(update={"stages": stages})

    def with_stages_in_front(self, num_stages: int) -> Self:
        """The trunk with stages in front, the first one's over again, narrower inside as they are outside."""
        longer, stages = super().with_stages_in_front(num_stages), self.stages
        for place in range(num_stages, 0, -1):
            width, next_width = longer.stage_widths[place - 1 : place + 1]
            inner = max(1, stages[0].inner_width * width // next_width)
            stages = (stages[0].with_inner_width(inner), *stages)
        return longer.model_copy(update={"stages": stages})


@TRUNK_SPECS.add("timm")
class TimmTrunkSpec(TrunkSpec):
    """One of timm's networks as a trunk: whole, or divided where timm says that it has stages."""

    # Most do; one that does not is refused where timm can say so.
    grows_images: ClassVar[bool] = True

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
    drop_path: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Stochastic depth: share of the images for which its last residual block is left out "
        "while training; for earlier blocks less, in proportion. For networks that have it.",
    )
    # No network of timm has more; a description from a file may ask for anything.
    stages: int = Field(
        1,
        ge=1,
        le=32,
        description="Stages that it is divided into: as many as the network has, where an architecture forks "
        "or mixes lanes; 1 leaves it whole.",
    )

    @property
    def num_stages(self) -> int:
        """How many stages it has."""
        return self.stages

    @property
    def is_trained(self) -> bool:
        """Whether it begins with weights of an earlier training."""
        return self.weights is not None

    @property
    def title(self) -> str:
        """The network's name."""
        return f"timm/{self.backbone}"
