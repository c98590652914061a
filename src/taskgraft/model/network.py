"""An architecture made into one torch module that gives the logits of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskgraft.architecture.spec import Architecture, Flow
from taskgraft.errors import ArchitectureError
from taskgraft.model.branch import Branch
from taskgraft.model.spec import NetworkSpec
from taskgraft.model.trunk import build_trunk


class Network(nn.Module):
    """Images in, logits of every level out, coarsest level first.

    Pixels come as they are stored, 0 to 255; the normalisation is part of the network, so that a
    saved model needs nothing else to be used.

    Args:
        architecture: Who shares the trunk and what flows.
        spec: Widths of the recipe, which the architecture's ratio scales.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width.
        mean: Mean of each channel, in units of pixels (0 to 255).
        std: Standard deviation of each channel, in the same units.

    Example:
        >>> from taskgraft.architecture.catalogue import catalogue
        >>> from taskgraft.training.recipes import recipe
        >>> spec = recipe("quick").network
        >>> network = Network(catalogue(["a", "b"])["coarse-to-fine"], spec, (2, 4), (3, 32, 32))
        >>> [tuple(logits.shape) for logits in network(torch.zeros(5, 3, 32, 32, dtype=torch.uint8))]
        [(5, 2), (5, 4)]
    """

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(
        self, architecture: Architecture, spec: NetworkSpec, num_classes: Sequence[int],
        image_shape: tuple[int, int, int], mean: Sequence[float] = (0.0,), std: Sequence[float] = (255.0,),
    ) -> None:  # fmt: skip
        super().__init__()
        if len(num_classes) != len(architecture.levels):
            raise ArchitectureError.expected(
                f"class counts for {architecture.name!r}", f"{len(architecture.levels)} numbers",
                tuple(num_classes), "Give one for each level.",
            )  # fmt: skip
        self.architecture = architecture
        spec = spec.scaled(architecture.width_ratio)
        # What the layers compute in; training leaves it and casts by autocast instead.
        self.precision = torch.float32
        self.register_buffer("pixel_mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("pixel_std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))
        num_trunks = 1 if architecture.trunk == "shared" else len(architecture.levels)
        built = [build_trunk(spec.trunk, image_shape) for _ in range(num_trunks)]
        self.trunks = nn.ModuleList(trunk for trunk, _ in built)
        size = dict(zip(architecture.levels, num_classes, strict=True))
        self.branches = nn.ModuleList(
            Branch(
                spec, built[0][1], sum(size[f.source] for f in architecture.sources_of(level)), size[level]
            )
            for level in architecture.levels
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images of shape (B, C, H, W), 0 to 255, to one tensor of logits (B, K) per level."""
        return self.decide(self.features(images))

    def features(self, images: Tensor) -> list[Tensor]:
        """What each trunk makes of images (B, C, H, W), 0 to 255: features of shape (B, D)."""
        pixels = ((images.float() - self.pixel_mean) / self.pixel_std).to(self.precision)
        return [trunk(pixels) for trunk in self.trunks]

    def decide(
        self, features: Sequence[Tensor], replaced: Mapping[tuple[str, str], Tensor] | None = None
    ) -> list[Tensor]:
        """Features of each trunk to logits (B, K) of each level.

        Args:
            features: What `features` gave.
            replaced: By (source, target) of a flow, what flows in place of what would, (B, K of the source).
        """
        logits: dict[str, Tensor] = {}
        for level in self.architecture.order:
            index = self.architecture.levels.index(level)
            carried = [
                carry(flow, logits[flow.source])
                if replaced is None or (flow.source, flow.target) not in replaced
                else replaced[flow.source, flow.target]
                for flow in self.architecture.sources_of(level)
            ]
            logits[level] = self.branches[index](features[index % len(features)], carried)
        return [logits[level] for level in self.architecture.levels]


def carry(flow: Flow, logits: Tensor) -> Tensor:
    """What a flow carries of its source's logits (B, K): themselves or their softmax."""
    carried = logits if flow.passes_gradient else logits.detach()
    return carried if flow.carries == "logits" else carried.softmax(dim=1)
