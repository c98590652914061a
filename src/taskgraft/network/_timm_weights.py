"""The weights a trunk from timm begins with: published, from a file, or random and paired by seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

from taskgraft.errors import DataError, Phrase
from taskgraft.network._declared import InitOfParts
from taskgraft.network._timm_backbone import create_backbone
from taskgraft.parameter import Parameter
from taskgraft.recipe import TimmTrunkSpec

HUB = "hub"


@dataclass(frozen=True)
class TimmWeights(InitOfParts):
    """How a trunk from timm begins, or a stage of it.

    Without weights to begin with they are drawn as timm draws them, from the stream of the trunk: every
    architecture of a seed begins at the same point, as with our own trunks.

    Attributes:
        spec: Which network, and which weights.
        image_shape: Channels, height and width of the images.
    """

    spec: TimmTrunkSpec
    image_shape: tuple[int, int, int]

    def begin(self, stream: torch.Generator) -> nn.Module:
        """All of the network; the global stream is left as it is.

        Raises:
            DataError: If the weights are not available, do not fit, or are not those of the spec.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream.initial_seed())
            return begun(self.spec, self.image_shape)

    def fill(self, module: nn.Module, larger: nn.Module) -> None:
        """Gives all of it, or the modules of one stage, their weights by the names that timm has for them."""
        backbone, weights = module.get_submodule("backbone"), larger.state_dict()
        backbone.load_state_dict({name: weights[name] for name in backbone.state_dict()})


def weights_digest(path: Path) -> str:
    """SHA-256 of a file of weights.

    Raises:
        DataError: If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError.expected(
            f"the weights of {Parameter('trunk')}",
            "'hub' or a .safetensors file that can be read",
            str(path),
            f"{error.strerror}: check the path.",
        ) from error


def begun(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> nn.Module:
    """The network with the weights that it begins with.

    Raises:
        DataError: If the weights are not available, do not fit, or are not those of the spec.
    """
    if spec.weights is None:
        return create_backbone(spec, image_shape)
    if spec.weights == HUB:
        return _published(spec, image_shape)
    digest = weights_digest(Path(spec.weights))
    if spec.weights_sha256 is None:
        raise DataError.expected(
            "network.trunk.weights_sha256",
            f"set with network.trunk.weights={spec.weights}",
            Phrase("none"),
            f"Set it to {digest}, that of the file.",
        )
    if digest != spec.weights_sha256:
        raise DataError.expected(
            spec.weights,
            f"the weights this recipe was made with, SHA-256 {spec.weights_sha256}",
            digest,
            "Put that file back, or begin another study.",
        )
    try:
        loaded, again = (_from_file(spec, image_shape) for _ in range(2))
    # Every library on the way has errors of its own for a file that is not what it should be.
    except Exception as error:
        raise _unfit(spec, _first_line(error)) from error
    fault = _fault(loaded, again) or _without_statistics(loaded, Path(spec.weights))
    if fault:
        raise _unfit(spec, fault)
    return loaded


def _fault(loaded: nn.Module, again: nn.Module) -> str:
    """What is wrong with weights that were read twice; empty if nothing is.

    timm passes over what a file lacks. Such weights are random, and no two times the same.
    """
    for name, weight in loaded.named_parameters():
        if not torch.isfinite(weight).all():
            return f"{name} with values that are not finite"
        if not torch.equal(weight, again.get_parameter(name)):
            return f"a file without {name}"
    for name, buffer in loaded.named_buffers():
        if not torch.isfinite(buffer).all():
            return f"{name} with values that are not finite"
    return ""


def _without_statistics(loaded: nn.Module, path: Path) -> str:
    """Says which batch norm has the statistics of one that has seen nothing, where the file lacks some."""
    with safe_open(path, framework="pt") as file:
        num_means = sum(name.endswith("running_mean") for name in file.keys())  # noqa: SIM118 - no mapping
    norms = {name: part for name, part in loaded.named_modules() if hasattr(part, "running_mean")}
    if num_means >= len(norms):
        return ""
    fresh = (
        name for name, part in norms.items() if not part.running_mean.any() and (part.running_var == 1).all()
    )
    return next((f"a file without the statistics of {name}" for name in fresh), "")


def _from_file(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> nn.Module:
    overlay = {"file": spec.weights}
    return create_backbone(spec, image_shape, pretrained=True, pretrained_cfg_overlay=overlay)


def _unfit(spec: TimmTrunkSpec, got: str) -> DataError:
    return DataError.expected(
        str(spec.weights),
        f"weights of timm/{spec.backbone}",
        got,
        f"Name another file or {Parameter('trunk')}.",
    )


def _published(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> nn.Module:
    try:
        return create_backbone(spec, image_shape, pretrained=True)
    # Being offline, a wrong proxy and a full disk each raise errors of the libraries that meet them.
    except Exception as error:
        raise DataError.expected(
            f"the published weights of timm/{spec.backbone}",
            "available from the hub",
            _first_line(error),
            "Connect, or name a .safetensors file instead of 'hub'.",
        ) from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    # torch announces what is wrong and says it in the next line.
    line = lines[1] if lines[0].endswith(":") and len(lines) > 1 else lines[0]
    return f"{type(error).__name__}: {line}"
