"""The end of an epoch: what the history keeps of it, and whether it was the last."""

from __future__ import annotations

import math

from taskgraft.errors import DivergedError
from taskgraft.history import Epoch
from taskgraft.inference import predict_logits
from taskgraft.network import Network
from taskgraft.recipe import EarlyStop
from taskgraft.scores import accuracy, negative_log_likelihood
from taskgraft.training._batches import num_batches, num_steps
from taskgraft.training._job import Job
from taskgraft.training._loss import UNKNOWN, level_weights
from taskgraft.training._optimizer import set_learning_rate
from taskgraft.training._state import TrainingState


def has_stalled(history: list[Epoch], rule: EarlyStop | None) -> bool:
    """Whether the training loss has gone `patience` epochs without falling by `min_delta` (as in Keras)."""
    if rule is None:
        return False
    best, waited = math.inf, 0
    for row in history:
        if row.train_loss < best - rule.min_delta:
            best, waited = row.train_loss, 0
        else:
            waited += 1
    return waited >= rule.patience


def epoch_row(state: TrainingState, job: Job) -> Epoch:
    """What the history keeps of the epoch under way: its training losses, and how it does on the val split.

    Its training loss is the sum by the recipe's weights, whichever balancer made the gradients.

    Raises:
        DivergedError: If a loss on the val split, or a weight, is no finite number.
    """
    data, recipe = job.data, job.recipe
    trained = job.architecture.branched
    weights = level_weights(len(trained), recipe.finest_weight).tolist()
    train_losses, chosen = state.mean_losses, state.mean_weights
    val_losses, val_accuracies = _validate(state.network, job)
    _check_finite(state, val_losses)
    return Epoch(
        epoch=round(state.step / num_batches(recipe, data), 4),
        step=state.step,
        seconds=state.seconds,
        learning_rate=set_learning_rate(state.optimizer, recipe, state.step - 1, num_steps(recipe, data)),
        train_loss=sum(w * loss for w, loss in zip(weights, train_losses, strict=True)),
        train_losses=dict(zip(trained, train_losses, strict=True)),
        val_losses=val_losses,
        val_accuracies=val_accuracies,
        level_weights=None if chosen is None else dict(zip(trained, chosen, strict=True)),
        gradient_ratio=state.mean_ratio,
    )


def _check_finite(state: TrainingState, val_losses: dict[str, float]) -> None:
    """The last step can spoil weights whose losses were finite before it."""
    for level, loss in val_losses.items():
        if not math.isfinite(loss):
            raise DivergedError.at(state.step, level, loss)
    if not val_losses and not all(bool(each.isfinite().all()) for each in state.network.parameters()):
        raise DivergedError.at(state.step, state.network.architecture.levels[0], math.nan)


def _validate(network: Network, job: Job) -> tuple[dict[str, float], dict[str, float]]:
    """Loss and accuracy of each level on the val split; a level of which no image is known is left out."""
    data = job.data
    # The others of a team need no more of it than that the epoch is over.
    if not data.num_images["val"] or not job.team.is_first:
        return {}, {}
    logits = predict_logits(network, data, "val", job.hardware)
    losses: dict[str, float] = {}
    accuracies: dict[str, float] = {}
    for name, level, targets in zip(data.taxonomy.level_names, logits, data.labels_of("val").T, strict=True):
        is_known = targets != UNKNOWN
        if is_known.any():
            losses[name] = negative_log_likelihood(level[is_known], targets[is_known])
            accuracies[name] = accuracy(level[is_known].argmax(axis=1), targets[is_known])
    return losses, accuracies
