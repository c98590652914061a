"""A trunk from timm: one of its networks without the classifier, features pooled."""

from __future__ import annotations

import difflib
from typing import Any

import torch
from torch import Tensor, nn

from taskgraft.errors import RequestError
from taskgraft.network._timm_import import import_timm
from taskgraft.parameter import Parameter
from taskgraft.recipe import TimmTrunkSpec


class TimmBackbone(nn.Module):
    """One of timm's networks as it is, whatever it is made of; nothing of ours reaches inside.

    Args:
        backbone: Gives pooled features.
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels (B, C, H, W) to features (B, D)."""
        features: Tensor = self.backbone(pixels).flatten(1)
        return features


def build_timm_trunk(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> tuple[nn.Sequential, int]:
    """Builds a trunk of one stage, with random weights whatever the spec asks for; nothing is downloaded.

    Args:
        spec: Which network.
        image_shape: Channels, height and width of the images.

    Returns:
        The trunk and the number of features D it gives for each image.

    Raises:
        RequestError: If timm is not installed, does not know the network, or it cannot look at such images.
    """
    trunk = TimmBackbone(create_backbone(spec, image_shape))
    trunk.eval()
    try:
        # Some have a layer behind the pool, and what they say of their width leaves it out.
        with torch.no_grad():
            num_features = trunk(torch.zeros(1, *image_shape)).shape[1]
    except (RuntimeError, AssertionError, ValueError) as error:
        raise _wrong_size(spec, image_shape) from error
    return nn.Sequential(trunk.train()), num_features


def create_backbone(spec: TimmTrunkSpec, image_shape: tuple[int, int, int], **options: object) -> nn.Module:
    """One of timm's networks for images of a shape, without its classifier.

    Args:
        spec: Which one.
        image_shape: Channels, height and width of the images.
        **options: Further arguments of `timm.create_model`.
    """
    timm = import_timm()
    if pretrained_config(spec).fixed_input_size:
        options["img_size"] = image_shape[1:]
    try:
        backbone: nn.Module = timm.create_model(
            spec.backbone, num_classes=0, in_chans=image_shape[0], **options
        )
    except (AssertionError, ValueError) as error:
        raise _wrong_size(spec, image_shape) from error
    return backbone


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


def timm_normalisation(spec: TimmTrunkSpec, num_channels: int) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel that the published weights were trained with, 0 to 255.

    Grey images have the mean over the colours.
    """
    config = pretrained_config(spec)
    mean, std = ([255.0 * share for share in shares] for shares in (config.mean, config.std))
    if num_channels == len(mean):
        return mean, std
    return [sum(mean) / len(mean)] * num_channels, [sum(std) / len(std)] * num_channels


def _wrong_size(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> RequestError:
    _, height, width = image_shape
    return RequestError.expected(
        "images",
        f"of a size that timm/{spec.backbone} can look at",
        f"{height}x{width}",
        f"Use larger ones ({Parameter('size')}), or another {Parameter('trunk')}.",
    )
