"""The `original` networks against the same ones written in Keras, as their description has them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from taskgraft.architecture import NAMES, catalogue
from taskgraft.network import Network, initialise
from taskgraft.network._layers import KerasBatchNorm1d, KerasBatchNorm2d
from taskgraft.recipe import recipe

NUM_CLASSES = {"coarse": 20, "fine": 100}
# Whether the trunk is shared, and which level's logits are concatenated into the other's branch.
DESCRIBED = {
    "independent": (False, None),
    "shared": (True, None),
    "coarse-to-fine": (False, "coarse"),
    "fine-to-coarse": (False, "fine"),
    "shared-coarse-to-fine": (True, "coarse"),
    "shared-fine-to-coarse": (True, "fine"),
}


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Keras 3 on torch, its settings file kept out of the user's home."""
    home: Path = tmp_path_factory.mktemp("keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_HOME", str(home))
    return importlib.import_module("keras")


def keras_trunk(keras: ModuleType, image: Any, name: str) -> Any:
    layers = keras.layers
    conv = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    x = layers.Conv2D(64, name=f"{name}_0", **conv)(image)
    for stage, filters in ((2, 64), (3, 128)):
        x = layers.Conv2D(filters, name=f"{name}_{stage}_0", **conv)(x)
        x = layers.Conv2D(filters, name=f"{name}_{stage}_2", **conv)(x)
        x = layers.MaxPooling2D(2)(x)
        x = layers.BatchNormalization(name=f"{name}_{stage}_5")(x)
    return x


def keras_dense(keras: ModuleType, x: Any, widths: tuple[int, ...], name: str) -> Any:
    layers = keras.layers
    for block, width in enumerate(widths):
        x = layers.Dense(width, activation="relu", name=f"{name}_{block}_0")(x)
        x = layers.Dropout(0.25)(x)
        x = layers.BatchNormalization(name=f"{name}_{block}_3")(x)
    return x


def keras_network(keras: ModuleType, name: str) -> Any:
    """The functional model: images (B, 32, 32, 3) in units of 255 to logits, coarse and fine."""
    shared, source = DESCRIBED[name]
    image = keras.Input((32, 32, 3))
    trunks = [keras_trunk(keras, image, f"lane_{i}") for i in range(1 if shared else 2)]
    logits: dict[str, Any] = {}
    for level in sorted(NUM_CLASSES, key=lambda level: level != source):
        index = list(NUM_CLASSES).index(level)
        x = keras.layers.Flatten()(trunks[0 if shared else index])
        x = keras_dense(keras, x, (1024, 512), f"branches_{index}_fc_1")
        if source and level != source:
            x = keras.layers.Concatenate()([x, logits[source]])
        x = keras_dense(keras, x, (256, 128), f"branches_{index}_fc_2")
        logits[level] = keras.layers.Dense(NUM_CLASSES[level], name=f"branches_{index}_head")(x)
    return keras.Model(image, [logits["coarse"], logits["fine"]])


def randomise(network: Network) -> None:
    """Gives biases and batch norm values that a mix-up of any two would show."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                assert module.bias is not None
                module.bias.uniform_(-0.1, 0.1, generator=generator)
            elif isinstance(module, KerasBatchNorm1d | KerasBatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.uniform_(-0.5, 0.5, generator=generator)
                module.running_mean.uniform_(-0.3, 0.3, generator=generator)
                module.running_var.uniform_(0.2, 0.6, generator=generator)


def keras_weights(name: str, module: nn.Module) -> list[np.ndarray] | None:
    """One of our layers' weights, laid out as the Keras layer of the same name wants them."""
    if isinstance(module, nn.Conv2d):
        weights = [module.weight.permute(2, 3, 1, 0), module.bias]
    elif isinstance(module, nn.Linear):
        kernel = module.weight.T
        if name.endswith("fc_1.0.0"):
            # Our maps are flattened channels first, Keras' channels last.
            kernel = kernel.reshape(128, 8, 8, -1).permute(1, 2, 0, 3).reshape(8 * 8 * 128, -1)
        weights = [kernel, module.bias]
    elif isinstance(module, nn.modules.batchnorm._BatchNorm):
        weights = [module.weight, module.bias, module.running_mean, module.running_var]
    else:
        return None
    return [weight.detach().numpy() for weight in weights if weight is not None]


def keras_name(layer: str) -> str:
    """The name above of one of our layers; the second stage follows the stem and the first."""
    stage = re.match(r"trunk\.stages\.(\d)\.lanes\.(\d)\.(.*)", layer)
    if stage is not None:
        number, lane, rest = stage.groups()
        layer = f"lane.{lane}.{rest}" if number == "0" else f"lane.{lane}.3.{rest}"
    return layer.replace(".", "_")


@pytest.mark.parametrize("name", NAMES)
def test_logits_equal_those_of_the_keras_network(keras: ModuleType, name: str) -> None:
    spec = recipe("original").network
    ours = Network(catalogue(list(NUM_CLASSES))[name], spec, (20, 100), (3, 32, 32)).eval()
    initialise(ours, seed=0)
    randomise(ours)
    theirs = keras_network(keras, name)
    carried = {keras_name(layer): keras_weights(layer, module) for layer, module in ours.named_modules()}
    for layer, weights in carried.items():
        if weights is not None:
            theirs.get_layer(layer).set_weights(weights)
    assert sum(bool(weights) for weights in carried.values()) == sum(bool(x.weights) for x in theirs.layers)

    images = torch.randint(0, 256, (3, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(images.permute(0, 2, 3, 1) / 255, training=False)
        found = ours(images)
    for a, b in zip(found, expected, strict=True):
        assert a.std() > 0.1, "logits too small to tell"
        torch.testing.assert_close(a, b.cpu(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", [(10, 6), (4, 6, 5, 3)])
def test_batch_norm_keeps_the_statistics_keras_keeps(keras: ModuleType, shape: tuple[int, ...]) -> None:
    ours = (KerasBatchNorm1d if len(shape) == 2 else KerasBatchNorm2d)(6)
    theirs = keras.layers.BatchNormalization(axis=1)
    for step in range(5):
        batch = 3 * torch.randn(shape, generator=torch.Generator().manual_seed(step)) + step
        torch.testing.assert_close(ours(batch), theirs(batch, training=True), atol=1e-5, rtol=1e-5)
    for a, b in ((ours.running_mean, theirs.moving_mean), (ours.running_var, theirs.moving_variance)):
        torch.testing.assert_close(a, b.value.detach(), atol=1e-6, rtol=1e-5)
    batch = torch.randn(shape)
    torch.testing.assert_close(ours.eval()(batch), theirs(batch, training=False), atol=1e-5, rtol=1e-5)
