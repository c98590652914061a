"""Trunks from timm: one of its networks without the classifier, features pooled."""

from __future__ import annotations

from torch import Tensor, nn

from taskgraft.errors import Phrase, RequestError
from taskgraft.network._declared import declare
from taskgraft.network._timm_backbone import create_backbone, pretrained_config
from taskgraft.network._timm_division import Division, check_gives_the_same, division_of
from taskgraft.network._timm_weights import HUB, TimmWeights, begun
from taskgraft.network._trunk_family import TRUNK_FAMILIES, IndivisibleError, Lane, TrunkFamily
from taskgraft.recipe import TimmTrunkSpec

_KEY = "trunk"


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
    """A network of timm, whole or in its stages."""

    def lane(self, spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> Lane:
        """Whatever the spec begins with, nothing is downloaded here.

        Raises:
            RequestError: If timm is not installed or does not know the network, or it cannot look at such
                images, or has another number of stages.
        """
        weights = TimmWeights(spec, image_shape)
        if spec.stages == 1:
            backbone = TimmBackbone(create_backbone(spec, image_shape))
            return Lane([declare(backbone, "matrix", init=weights, key=_KEY)], nn.Flatten())
        *stages, tail = _division(spec, image_shape).parts(create_backbone(spec, image_shape))
        for slot, stage in enumerate(stages):
            declare(stage, "matrix", init=weights, key=_KEY, slot=slot)
        return Lane(stages, nn.Sequential(tail, nn.Flatten()))

    def divided(self, spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> TimmTrunkSpec:
        """In the stages of its network, which were seen to give the same to the bit.

        Raises:
            IndivisibleError: If it is not a row of modules.
        """
        division = division_of(spec, image_shape)
        check_gives_the_same(spec, image_shape)
        return spec.model_copy(update={"stages": len(division.stages)})

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


def _division(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> Division:
    """The stages of a spec that has several.

    Raises:
        RequestError: If the network has another number of them.
    """
    try:
        division = division_of(spec, image_shape)
    except IndivisibleError as error:
        raise _wrong_number(spec, "1", f"{spec.stages}, of a network {error}") from error
    if len(division.stages) != spec.stages:
        raise _wrong_number(spec, f"1 or {len(division.stages)}", str(spec.stages))
    return division


def _wrong_number(spec: TimmTrunkSpec, numbers: str, got: str) -> RequestError:
    return RequestError.expected(
        "network.trunk.stages",
        f"{numbers} for {spec.title}",
        Phrase(got),
        "Leave it out: it follows from the architectures.",
    ).about("network.trunk.stages")
