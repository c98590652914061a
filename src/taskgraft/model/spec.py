"""The numbers that turn an architecture into layers: trunk and branch, for one recipe."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator


class Spec(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrunkSpec(Spec):
    """The convolutional layers one or all levels look through.

    Attributes:
        family: `keras-blocks` (the posing project's: convolutions, pool, batch norm) or `compact`
            (a small modern trunk: pool, batch norm and activation after each convolution).
        stem_width: Channels of the first convolution; `whitened` (in the `compact` family) makes it 2 x 2 x 2
            filters a colour channel, computed from the train images and frozen.
        stage_widths: Channels of each stage; every stage halves height and width.
        stage_depth: Convolutions of each stage; in the `compact` family, those after the second are added to
            what they are given (residual).
    """

    family: Literal["keras-blocks", "compact"]
    stem_width: PositiveInt | Literal["whitened"]
    stage_widths: tuple[PositiveInt, ...] = Field(min_length=1)
    stage_depth: int = Field(default=2, ge=2)

    @model_validator(mode="after")
    def _only_compact_varies(self) -> Self:
        if self.stem_width == "whitened" and self.family != "compact":
            raise ValueError("a whitened stem needs the compact family")
        if self.stage_depth != 2 and self.family != "compact":
            raise ValueError("another stage depth than 2 needs the compact family")
        return self


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

    trunk: TrunkSpec
    branch: BranchSpec
    conventions: Literal["keras", "modern"]

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales: stem (a whitened one is fixed), stages and dense blocks."""
        stem = () if self.trunk.stem_width == "whitened" else (self.trunk.stem_width,)
        return (*stem, *self.trunk.stage_widths, *self.branch.fc_1, *self.branch.fc_2)

    def scaled(self, ratio: float) -> Self:
        """The same network with all widths times a ratio, each rounded to a whole number of at least 1.

        Example:
            >>> from taskgraft.training.recipes import recipe
            >>> recipe("quick").network.scaled(1.5).widths
            (36, 72, 144, 96)
        """
        stem = self.trunk.stem_width
        trunk = {
            "stem_width": stem if stem == "whitened" else _times(stem, ratio),
            "stage_widths": tuple(_times(width, ratio) for width in self.trunk.stage_widths),
        }
        branch = {
            name: tuple(_times(width, ratio) for width in getattr(self.branch, name))
            for name in ("fc_1", "fc_2")
        }
        return self.model_copy(
            update={
                "trunk": self.trunk.model_copy(update=trunk),
                "branch": self.branch.model_copy(update=branch),
            }
        )


def _times(width: int, ratio: float) -> int:
    return max(1, round(width * ratio))
