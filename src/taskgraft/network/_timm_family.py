"""Trunks from timm: one of its networks without the classifier, features pooled."""

from __future__ import annotations

from torch import Tensor, nn

from taskgraft.errors import Phrase, RequestError
from taskgraft.network._declared import declare
from taskgraft.network._timm_backbone import create_backbone, pretrained_config
from taskgraft.network._timm_weights import HUB, TimmWeights, begun
from taskgraft.network._trunk_family import TRUNK_FAMILIES, Lane, TrunkFamily
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


@TRUNK_FAMILIES.add("timm")
class Timm(TrunkFamily[TimmTrunkSpec]):
    """A network of timm, all one stage."""

    def lane(self, spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> Lane:
        """Whatever the spec begins with, nothing is downloaded here.

        Raises:
            RequestError: If timm is not installed or does not know the network, or it cannot look at such
                images.
        """
        backbone = TimmBackbone(create_backbone(spec, image_shape))
        declare(backbone, "matrix", init=TimmWeights(spec, image_shape), key="trunk")
        return Lane([backbone], nn.Flatten())

    def check(self, spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> None:
        """Reads weights of a file as a run would; of published ones only that there are some.

        Raises:
            RequestError: If none are published.
            DataError: If the file is missing, or is not what it should be.
        """
        if spec.weights not in (None, HUB):
            begun(spec, image_shape)
        elif spec.weights == HUB and not pretrained_config(spec).has_weights:
            raise RequestError.expected(
                spec.title,
                "a network with published weights",
                Phrase("one without"),
                "Name a file of weights.",
            )

    def fetch(self, spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> None:
        """Downloads published weights, unless they are in the cache of the hub.

        Raises:
            DataError: If they are not available.
        """
        if spec.weights == HUB:
            begun(spec, image_shape)

    def normalisation(self, spec: TimmTrunkSpec, num_channels: int) -> tuple[list[float], list[float]] | None:
        """That of published weights; grey images have the mean over the colours."""
        if spec.weights is None:
            return None
        config = pretrained_config(spec)
        mean, std = ([255.0 * share for share in shares] for shares in (config.mean, config.std))
        if num_channels == len(mean):
            return mean, std
        return [sum(mean) / len(mean)] * num_channels, [sum(std) / len(std)] * num_channels
