"""What a run notes of each epoch, and whoever looks on while it trains."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict


class Epoch(BaseModel):
    """One line of a run's history.

    Attributes:
        epoch: Epochs trained so far; a fraction when the run ended in the middle of one.
        step: Steps trained so far.
        seconds: Time spent training so far, validation left out.
        learning_rate: Of the epoch's last step.
        train_loss: Mean weighted loss over the epoch's steps.
        train_losses: Mean cross-entropy of each level over the epoch's steps in which some image's class was
            known there; 0 where none ever was.
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


class Observer(Protocol):
    """Told of a run's progress; does nothing to it."""

    def on_start(self, num_steps: int) -> None:
        """The run is about to train this many steps."""

    def on_resume(self, step: int) -> None:
        """The run goes on from a checkpoint, behind step number `step`."""

    def on_note(self, text: str) -> None:
        """Something to know, on one line: a checkpoint that is not believed."""

    def on_batch(self) -> None:
        """The images of a step are ready; the network has not seen them yet."""

    def on_update(self) -> None:
        """The optimizer has moved the weights; nothing of the step has been noted yet."""

    def on_step(self, step: int) -> None:
        """Step number `step`, counted from 1, is done."""

    def on_epoch(self, row: Epoch) -> None:
        """An epoch ended and was validated."""


class Silent:
    """An observer that looks away."""

    def on_start(self, num_steps: int) -> None:
        """Nothing."""

    def on_resume(self, step: int) -> None:
        """Nothing."""

    def on_note(self, text: str) -> None:
        """Nothing."""

    def on_batch(self) -> None:
        """Nothing."""

    def on_update(self) -> None:
        """Nothing."""

    def on_step(self, step: int) -> None:
        """Nothing."""

    def on_epoch(self, row: Epoch) -> None:
        """Nothing."""
