"""What a run keeps of each epoch."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

MOST_EPOCHS = 100_000
"""Of a run: what its recipe may ask for, and its history hold."""


class Epoch(BaseModel):
    """One line of a run's history.

    Attributes:
        epoch: Epochs trained so far; a fraction when the run ended in the middle of one.
        step: Steps trained so far.
        seconds: Time spent training so far, validation left out.
        learning_rate: Of the epoch's last step.
        train_loss: Mean weighted loss over the epoch's steps.
        train_losses: Mean cross-entropy of each level that has a branch over the epoch's steps in which some
            image's class was known there; 0 where none ever was.
        level_weights: By what the balancer multiplied each level's loss, beside the recipe's weights, the
            mean over the steps in which some image's class was known there; None where it chooses none.
        gradient_ratio: Norm of the shared gradient that the balancer made, as a share of that of the sum of
            the levels', the mean over the epoch's steps; None where it makes none.
        val_losses: Mean cross-entropy of each level on the val split, over the images whose class is known
            there; a level of which none is known is left out.
        val_accuracies: Top-1 accuracy of each level on the val split, 0 to 1, over the same images.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    epoch: float
    step: int
    seconds: float
    learning_rate: float
    train_loss: float
    train_losses: dict[str, float]
    val_losses: dict[str, float]
    val_accuracies: dict[str, float]
    level_weights: dict[str, float] | None = None
    gradient_ratio: float | None = None
