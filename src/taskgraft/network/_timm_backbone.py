"""Networks of timm, built without their classifier, and what timm has on their published weights."""

from __future__ import annotations

import difflib
import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from taskgraft.errors import RequestError
from taskgraft.network._timm_import import import_timm
from taskgraft.network._trunk_family import wrong_size
from taskgraft.parameter import Parameter
from taskgraft.recipe import TimmTrunkSpec


def create_backbone(spec: TimmTrunkSpec, image_shape: tuple[int, int, int], **options: object) -> nn.Module:
    """One of timm's networks for images of a shape, without its classifier.

    Args:
        spec: Which one.
        image_shape: Channels, height and width of the images.
        **options: Further arguments of `timm.create_model`.

    Raises:
        RequestError: If the network cannot look at such images, or has no stochastic depth and is to have it.
    """
    timm = import_timm()
    if pretrained_config(spec).fixed_input_size:
        options["img_size"] = image_shape[1:]
    if spec.drop_path:
        if not has_drop_path(spec):
            raise RequestError.expected(
                "network.trunk.drop_path",
                f"0 for {spec.title}, which has no stochastic depth",
                spec.drop_path,
                "Leave it out.",
            )
        options["drop_path_rate"] = spec.drop_path
    try:
        with _quiet():
            backbone: nn.Module = timm.create_model(
                spec.backbone, num_classes=0, in_chans=image_shape[0], **options
            )
    except (AssertionError, ValueError) as error:
        raise wrong_size(spec, image_shape) from error
    return backbone


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what timm logs of a file of weights: every key that it has no use for. We say what matters."""
    logger = logging.getLogger("timm")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@functools.cache
def has_drop_path(spec: TimmTrunkSpec) -> bool:
    """Whether blocks of the network can be left out while it trains."""
    try:
        with torch.device("meta"):
            import_timm().create_model(spec.backbone, num_classes=0, drop_path_rate=spec.drop_path)
    # Of a network that does not know the argument.
    except TypeError:
        return False
    return True


def pretrained_config(spec: TimmTrunkSpec) -> Any:
    """What timm has on the network's published weights: mean, standard deviation, tag, whether one size only.

    Raises:
        RequestError: If timm does not know the network.
    """
    timm = import_timm()
    if not timm.is_model(spec.backbone):
        close = difflib.get_close_matches(spec.backbone, timm.list_models(), n=1, cutoff=0.5)
        remedy = f"Did you mean 'timm/{close[0]}'?" if close else "timm.list_models() lists them."
        raise RequestError.expected(
            Parameter("trunk"), "the name of a network of timm", f"timm/{spec.backbone}", remedy
        )
    try:
        config = timm.get_pretrained_cfg(spec.backbone)
    except RuntimeError as error:
        raise RequestError.expected(
            Parameter("trunk"),
            "published by timm with the tag it names",
            f"timm/{spec.backbone}",
            "Leave the tag out.",
        ) from error
    return config or timm.models.PretrainedCfg()
