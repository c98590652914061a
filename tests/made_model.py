"""Models with weights at random, whose answers differ from picture to picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from taskgraft.architecture import Architecture, known_architectures
from taskgraft.inference import (
    Model,
    ModelDescription,
    Origin,
    Preprocessing,
)
from taskgraft.inference._description import NetworkDescription, PromiseDescription, TaxonomyDescription
from taskgraft.network import Network, initialise
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec
from taskgraft.taxonomy import Taxonomy

# Names in no order: whoever sorts them gives other answers.
FRUIT = Taxonomy.from_names(
    ["kind", "variety"],
    [("pear", "williams"), ("pear", "abate"), ("apple", "gala"), ("apple", "boskoop"), ("kiwi", "hayward")],
)
TINY = NetworkSpec(
    trunk=CompactSpec(stem_width=4, stage_widths=(6, 8)),
    branch=BranchSpec(fc_1=(8,), fc_2=(8,)),
    conventions="modern",
)
SHAPE = (3, 16, 16)
# Of images whose answers some thresholds get wrong: targets of 0.5 and 0.6 are kept at two of them.
CRITICAL = tuple(round(0.2 + 0.015 * number, 7) for number in range(40))


def pixels(count: int, shape: tuple[int, int, int] = SHAPE, seed: int = 0) -> np.ndarray:
    """Noise on halves of different colours, so that answers differ."""
    random = np.random.default_rng(seed)
    colours = random.uniform(0, 255, (count, shape[0], 1, 2)).repeat((shape[2] + 1) // 2, axis=3)
    noise = random.normal(0, 30, (count, *shape[:2], colours.shape[3]))
    return np.clip(colours + noise, 0, 255).astype(np.uint8)[..., : shape[2]]


def made_model(
    architecture: Architecture | str = "shared-coarse-to-fine",
    taxonomy: Taxonomy = FRUIT,
    spec: NetworkSpec = TINY,
    shape: tuple[int, int, int] = SHAPE,
    **described: Any,
) -> Model:
    """A model; what its description says is given by name, `pooled` over a tree unless it is."""
    if isinstance(architecture, str):
        architecture = known_architectures(taxonomy.level_names, spec.trunk.num_stages)[architecture]
    num_channels = shape[0]
    preprocessing = Preprocessing(
        channels=num_channels,
        height=shape[1],
        width=shape[2],
        fit="crop",
        resampling="bicubic",
        mean=(120.0,) * num_channels,
        std=(60.0,) * num_channels,
    )
    mean, std, parents = preprocessing.mean, preprocessing.std, taxonomy.parents
    network = Network(architecture, spec, taxonomy.num_classes, shape, mean, std, parents)
    initialise(network, 0)
    _stir(network, shape)
    description = ModelDescription(
        version="0",
        numerics=1,
        network=NetworkDescription(
            architecture=architecture, spec=spec, num_classes=taxonomy.num_classes, image_shape=shape
        ),
        taxonomy=TaxonomyDescription.of(taxonomy),
        preprocessing=preprocessing,
        **{
            "test_time_flip": False,
            "decoding": "pooled" if taxonomy.is_tree else "independent",
            "temperatures": {name: 0.75 + 0.25 * i for i, name in enumerate(taxonomy.level_names)},
            "pool_weights": {name: 1.0 + 0.5 * i for i, name in enumerate(taxonomy.level_names)}
            if taxonomy.is_tree
            else None,
            "promise": PromiseDescription(critical=CRITICAL, num_critical=40, num_images=60)
            if taxonomy.is_tree
            else None,
            "origin": Origin(variant=architecture.name, seed=0, data="made", created="2026-11-29"),
            **described,
        },
    )
    return Model(network.eval(), description)


def _stir(network: Network, shape: tuple[int, int, int]) -> None:
    """Statistics as of a trained network, and every class as probable as any other."""
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor, low in ((module.running_mean, -0.5), (module.running_var, 0.5), (module.weight, 0.5)):
                tensor.data.uniform_(low, low + 1, generator=generator)
            module.bias.data.uniform_(-1, 1, generator=generator)
    images, levels = torch.from_numpy(pixels(200, shape, seed=9)), network.architecture.levels
    for level in network.architecture.order:
        head = network.branches[levels.index(level)].head
        with torch.no_grad():
            std, mean = torch.std_mean(network.eval()(images)[levels.index(level)], dim=0)
        head.weight.data *= (1.5 / std)[:, None]
        head.bias.data = (head.bias.data - mean) * 1.5 / std
