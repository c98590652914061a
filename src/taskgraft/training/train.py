"""The training loop, from the first step to the last."""

from __future__ import annotations

import math
import time

import numpy as np
import torch

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.errors import TaskgraftError
from taskgraft.hardware.device import Hardware
from taskgraft.inference.predict import predict_logits
from taskgraft.metrics.level import accuracy, negative_log_likelihood
from taskgraft.model.initialise import initialise, stream_generator
from taskgraft.model.network import Network
from taskgraft.model.whiten import whiten_stems
from taskgraft.training.batches import Batches, num_steps
from taskgraft.training.growth import shrink, side_ratio
from taskgraft.training.history import Epoch, Observer
from taskgraft.training.loss import level_losses, level_weights
from taskgraft.training.optimizer import build_optimizer, set_learning_rate
from taskgraft.training.recipe import EarlyStop, Recipe

# Enough images for the covariance of 2x2 patches: of 32x32 pixels they hold a million.
_NUM_WHITENED = 1000


def train(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    observer: Observer,
) -> tuple[Network, list[Epoch]]:
    """Trains one architecture from one seed.

    The same seed, machine, threads and versions give bit-identical weights. Neither the test split nor
    the validation scores have a say in the result.

    Args:
        architecture: What to train.
        data: Its train split is trained on, its val split scored after each epoch.
        recipe: Every number of the run.
        seed: Decides initial weights, order, augmentation and dropout.
        hardware: Device, precision and layout.
        observer: Told of every step and epoch.

    Returns:
        The network in evaluation mode on the hardware's device, and a row for each epoch.

    Raises:
        TaskgraftError: If the loss stops being a finite number.
    """
    network = untrained_network(architecture, data, recipe, seed, hardware)
    # Dropout draws from the global stream; its masks differ in shape between architectures anyway.
    torch.manual_seed(stream_generator(seed, "dropout").initial_seed())
    optimizer = build_optimizer(network, recipe)
    batches = Batches(data, recipe, seed, hardware.device)
    weights = level_weights(data.taxonomy.num_levels, recipe.finest_weight).to(hardware.device)
    last_step = num_steps(recipe, data)
    observer.on_start(last_step)
    history: list[Epoch] = []
    step, seconds = 0, 0.0
    while step < last_step and not has_stalled(history, recipe.early_stop):
        network.train()
        started, first = time.perf_counter(), step
        total = torch.zeros_like(weights)
        for served, targets in batches.epoch(len(history)):
            images = shrink(served, side_ratio(recipe.growth, step, last_step))
            observer.on_batch()
            rate = set_learning_rate(optimizer, recipe, step, last_step)
            with hardware.autocast():
                logits = network(images.contiguous(memory_format=hardware.memory_format))
            losses = level_losses(logits, targets, recipe.label_smoothing)
            torch.dot(losses, weights).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            observer.on_update()
            optimizer.zero_grad()
            # Summed on the device: reading a number each step would make the cores wait.
            total += losses.detach()
            step += 1
            observer.on_step(step)
            if step == last_step:
                break
        # Reading the losses waits for the device, so the clock that is read next is right.
        train_losses = (total / (step - first)).tolist()
        seconds += time.perf_counter() - started
        history.append(
            _row(
                network, data, hardware, weights.tolist(), train_losses, learning_rate=rate,
                epoch=round(step / batches.num_batches, 4), step=step, seconds=seconds,
            )
        )  # fmt: skip
        observer.on_epoch(history[-1])
    return network.eval(), history


def new_network(architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware) -> Network:
    """Builds an untrained network for a dataset, on the hardware's device and in its layout."""
    if recipe.normalisation == "standard":
        mean, std = _pixel_statistics(data)
    else:
        mean, std = [0.0], [255.0]
    network = Network(
        architecture, recipe.network, data.taxonomy.num_classes, data.image_shape, mean=mean, std=std
    )
    # torch's stubs do not know that `to` takes a memory format.
    network.to(memory_format=hardware.memory_format)  # type: ignore[call-overload]
    return network.to(hardware.device)


def untrained_network(
    architecture: Architecture, data: Dataset, recipe: Recipe, seed: int, hardware: Hardware
) -> Network:
    """Builds a network with the weights that a seed begins with."""
    network = new_network(architecture, data, recipe, hardware)
    initialise(network, recipe.network, seed)
    if recipe.network.trunk.stem_width == "whitened":
        whiten_stems(network, torch.from_numpy(data.images[data.indices["train"][:_NUM_WHITENED]]))
    return network


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
    network: Network, data: Dataset, hardware: Hardware, weights: list[float], train_losses: list[float],
    *, epoch: float, step: int, seconds: float, learning_rate: float,
) -> Epoch:  # fmt: skip
    """What the history keeps of an epoch: its training losses, and loss and accuracy on the val split."""
    train_loss = sum(w * loss for w, loss in zip(weights, train_losses, strict=True))
    _check_finite(train_loss, step)
    logits = predict_logits(network, data, "val", hardware)
    levels = list(zip(data.taxonomy.level_names, logits, data.labels_of("val").T, strict=True))
    return Epoch(
        epoch=epoch,
        step=step,
        seconds=seconds,
        learning_rate=learning_rate,
        train_loss=train_loss,
        train_losses=dict(zip(data.taxonomy.level_names, train_losses, strict=True)),
        val_losses={name: negative_log_likelihood(level, targets) for name, level, targets in levels},
        val_accuracies={name: accuracy(level.argmax(axis=1), targets) for name, level, targets in levels},
    )


def _pixel_statistics(data: Dataset) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel over the train split, from counts of its 256 values."""
    values = np.arange(256.0)
    means, stds = [], []
    for channel in range(data.image_shape[0]):
        counts = np.bincount(data.images[data.indices["train"], channel].ravel(), minlength=256)
        mean = float(np.average(values, weights=counts))
        means.append(mean)
        # A constant channel has nothing to be scaled by.
        stds.append(math.sqrt(np.average((values - mean) ** 2, weights=counts)) or 1.0)
    return means, stds


def _check_finite(train_loss: float, step: int) -> None:
    if not math.isfinite(train_loss):
        raise TaskgraftError.expected(
            f"the training loss up to step {step}", "a finite number", train_loss,
            "Lower the learning rate, or use another recipe.",
        )  # fmt: skip
