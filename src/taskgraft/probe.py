"""What a run notes of how its levels' losses pull at the weights that they share."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(allow_inf_nan=False)]
Matrix = tuple[tuple[Number, ...], ...]
_MOST_STAGES = 1_000


class StageProbe(BaseModel):
    """One stage of the trunk in a probe. T levels have a loss, coarsest first.

    Attributes:
        norms: Norm of the gradient of each level's loss by all weights of the stage: T numbers.
        cosines: Of the gradients of two levels by the weights that they share there: T x T; None where
            nothing is shared.
        conflicts: Share of the batches in which that cosine was below zero: T x T; None likewise.
        similarities: Linear CKA of the maps that leave two lanes of the stage (Kornblith et al., 2019;
            without bias as in Nguyen et al., 2021): lanes x lanes; None where there is one lane.
        shares: How much each stream behind the stage's mixer takes of each lane that it sees: streams x
            lanes, as the mixer counts it (`Mixer.lane_shares`); None where there is no mixer, or it has none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    norms: tuple[Number, ...]
    cosines: Matrix | None = None
    conflicts: Matrix | None = None
    similarities: Matrix | None = None
    shares: Matrix | None = None


class Probe(BaseModel):
    """What was measured at the end of one epoch, on train images without augmentation.

    Attributes:
        step: Steps trained by then.
        epoch: Epochs trained by then.
        num_images: Images looked at.
        seconds: What it took.
        levels: Names of the T levels that have a loss, coarsest first.
        stages: Of the trunk, in order.
        affinities: What a step along the gradient of level i does to the loss of level j: 1 minus the ratio
            of the loss behind it to that before, positive where it helps (Fifty et al., 2021): T x T, row
            i, column j; None where nothing is shared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: int
    epoch: Number
    num_images: int
    seconds: Number
    levels: tuple[str, ...]
    stages: tuple[StageProbe, ...] = Field(min_length=1, max_length=_MOST_STAGES)
    affinities: Matrix | None = None

    @model_validator(mode="after")
    def _is_of_its_levels(self) -> Self:
        num_levels = len(self.levels)
        of_levels = [self.affinities, *(m for stage in self.stages for m in (stage.cosines, stage.conflicts))]
        of_lanes = [stage.similarities for stage in self.stages]
        of_streams = [stage.shares for stage in self.stages if stage.shares is not None]
        if any(len(stage.norms) != num_levels for stage in self.stages) or not (
            all(_is_square(matrix, num_levels) for matrix in of_levels)
            and all(_is_square(matrix, len(matrix or ())) for matrix in of_lanes)
            and all(len({len(row) for row in matrix}) == 1 for matrix in of_streams)
        ):
            raise ValueError("numbers for other levels or lanes than it has")
        return self


def _is_square(matrix: Matrix | None, size: int) -> bool:
    return matrix is None or [len(row) for row in matrix] == [size] * size
