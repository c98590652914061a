"""The training loop, from the first step to the last."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import torch
from torch import Tensor

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import DivergedError
from taskgraft.failpoint import failpoint
from taskgraft.hardware import Hardware
from taskgraft.history import Epoch, Observer
from taskgraft.inference import predict_logits
from taskgraft.network import Network, stream_generator
from taskgraft.recipe import EarlyStop, Recipe
from taskgraft.scores import accuracy, negative_log_likelihood
from taskgraft.training._balance import class_weights
from taskgraft.training._batches import Batches, num_batches, num_steps
from taskgraft.training._build import new_network, untrained_network
from taskgraft.training._checkpoint import Checkpoints, UnfitError
from taskgraft.training._growth import shrink, side_ratio
from taskgraft.training._loss import UNKNOWN, level_losses, level_weights
from taskgraft.training._optimizer import build_optimizer, set_learning_rate
from taskgraft.training._state import TrainingState
from taskgraft.training._stop import STOP, Stopped, heard_in_backward


def train(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    observer: Observer,
    checkpoints: Checkpoints | None = None,
) -> tuple[Network, list[Epoch]]:
    """Trains one architecture from one seed.

    The same seed, machine, threads and versions give bit-identical weights, cut off and gone on with or not.
    Neither the test split nor the validation scores have a say in the result.

    Args:
        architecture: What to train.
        data: Its train split is trained on, its val split scored after each epoch.
        recipe: Every number of the run.
        seed: Decides initial weights, order, augmentation and dropout.
        hardware: Device, precision and layout.
        observer: Told of every step and epoch.
        checkpoints: Of this run: it goes on from the newest, and saves its state into them.

    Returns:
        The network in evaluation mode on the hardware's device, and a row for each epoch.

    Raises:
        DivergedError: If a loss stops being a finite number; found at the end of its epoch at the latest.
        StudyError: If a checkpoint cannot be written.
        Stopped: If the process was asked to stop; with checkpoints, the state is saved.
    """
    last_step = num_steps(recipe, data)
    observer.on_start(last_step)
    state = _begin(architecture, data, recipe, seed, hardware, observer, checkpoints)
    network, optimizer, history = state.network, state.optimizer, state.history
    batches = Batches(data, recipe, seed, hardware.device)
    weights = level_weights(data.taxonomy.num_levels, recipe.finest_weight).to(hardware.device)
    of_class = class_weights(data, recipe, hardware.device)
    is_masked = bool((data.labels_of("train") < 0).any())

    def step(served: Tensor, targets: Tensor) -> None:
        images = shrink(served, side_ratio(recipe.growth, state.step, last_step))
        observer.on_batch()
        if checkpoints is not None:
            state.begin_step()
        set_learning_rate(optimizer, recipe, state.step, last_step)
        with hardware.autocast():
            logits = network(images.contiguous(memory_format=hardware.memory_format))
        losses = level_losses(logits, targets, recipe.label_smoothing, of_class, is_masked=is_masked)
        torch.dot(losses, weights).backward()  # type: ignore[no-untyped-call]
        with STOP.held():
            optimizer.step()
            observer.on_update()
            optimizer.zero_grad()
            state.end_step(losses, (targets != UNKNOWN).any(0) if is_masked else 1)
            observer.on_step(state.step)
        failpoint("train.step")

    with _saved_if_stopped(state, checkpoints):
        # A run that was stopped while its last epoch was validated has that left to do.
        while (state.step < last_step or state.step_in_epoch) and not has_stalled(history, recipe.early_stop):
            network.train()
            with state.timed():
                rest = batches.epoch(len(history), state.step_in_epoch)
                for served, targets in islice(rest, last_step - state.step):
                    step(served, targets)
                    if _is_due(checkpoints, epoch_ended=False):
                        break
                # Reading the losses waits for the device, so the clock that stops next is right.
                train_losses = state.mean_losses
            state.check_finite()
            has_ended = state.step == last_step or state.step_in_epoch == batches.num_batches
            if has_ended:
                failpoint("train.validate")
                row = _row(
                    network,
                    data,
                    hardware,
                    weights.tolist(),
                    train_losses,
                    learning_rate=set_learning_rate(optimizer, recipe, state.step - 1, last_step),
                    epoch=round(state.step / batches.num_batches, 4),
                    step=state.step,
                    seconds=state.seconds,
                )
                with STOP.held():
                    state.end_epoch(row)
                    observer.on_epoch(row)
            if checkpoints is not None and _is_due(checkpoints, epoch_ended=has_ended):
                checkpoints.save(state.snapshot())
                failpoint("train.saved")
    return network.eval(), history


def _begin(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    observer: Observer,
    checkpoints: Checkpoints | None,
) -> TrainingState:
    """The state of the newest checkpoint that can be taken up, or that before the first step."""
    for snapshot in checkpoints.whole(observer.on_note) if checkpoints is not None else ():
        network = new_network(architecture, data, recipe, hardware)
        state = TrainingState.of(network, build_optimizer(network, recipe))
        try:
            state.take_up(snapshot, num_steps(recipe, data), num_batches(recipe, data))
        except UnfitError as error:
            observer.on_note(f"A checkpoint of {architecture.name} is {error}, and is not used.")
        else:
            observer.on_resume(state.step)
            return state
    network = untrained_network(architecture, data, recipe, seed, hardware)
    # Dropout draws from the global stream; its masks differ in shape between architectures anyway.
    torch.manual_seed(stream_generator(seed, "dropout").initial_seed())
    return TrainingState.of(network, build_optimizer(network, recipe))


@contextmanager
def _saved_if_stopped(state: TrainingState, checkpoints: Checkpoints | None) -> Iterator[None]:
    """Saves the state when the work within is stopped; a step under way is given up, long as it may be."""
    if checkpoints is None:
        yield
        return
    try:
        with heard_in_backward(state.network.parameters()):
            yield
    except Stopped:
        state.undo_step()
        checkpoints.save(state.snapshot())
        raise


def _is_due(checkpoints: Checkpoints | None, *, epoch_ended: bool) -> bool:
    return checkpoints is not None and checkpoints.is_due(epoch_ended=epoch_ended)


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


def _row(
    network: Network,
    data: Dataset,
    hardware: Hardware,
    weights: list[float],
    train_losses: list[float],
    *,
    epoch: float,
    step: int,
    seconds: float,
    learning_rate: float,
) -> Epoch:
    """What the history keeps of an epoch: its training losses, and loss and accuracy on the val split."""
    train_loss = sum(w * loss for w, loss in zip(weights, train_losses, strict=True))
    val_losses, val_accuracies = _validate(network, data, hardware)
    for level, loss in val_losses.items():
        # The last step can spoil weights whose losses were finite before it.
        if not math.isfinite(loss):
            raise DivergedError.at(step, level, loss)
    if not val_losses and not all(bool(each.isfinite().all()) for each in network.parameters()):
        raise DivergedError.at(step, data.taxonomy.level_names[0], math.nan)
    return Epoch(
        epoch=epoch,
        step=step,
        seconds=seconds,
        learning_rate=learning_rate,
        train_loss=train_loss,
        train_losses=dict(zip(data.taxonomy.level_names, train_losses, strict=True)),
        val_losses=val_losses,
        val_accuracies=val_accuracies,
    )


def _validate(
    network: Network, data: Dataset, hardware: Hardware
) -> tuple[dict[str, float], dict[str, float]]:
    """Loss and accuracy of each level on the val split; a level of which no image is known is left out."""
    if not data.num_images["val"]:
        return {}, {}
    logits = predict_logits(network, data, "val", hardware)
    losses: dict[str, float] = {}
    accuracies: dict[str, float] = {}
    for name, level, targets in zip(data.taxonomy.level_names, logits, data.labels_of("val").T, strict=True):
        known = targets != UNKNOWN
        if known.any():
            losses[name] = negative_log_likelihood(level[known], targets[known])
            accuracies[name] = accuracy(level[known].argmax(axis=1), targets[known])
    return losses, accuracies
