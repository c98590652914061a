"""An architecture made into one torch module that gives the logits of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from taskgraft.architecture import Architecture, Flow
from taskgraft.errors import ArchitectureError
from taskgraft.network._branch import Branch
from taskgraft.network._trunk import build_trunk, num_stages, stretch
from taskgraft.recipe import NetworkSpec


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
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.recipe import recipe
        >>> spec = recipe("quick").network
        >>> network = Network(catalogue(["a", "b"])["coarse-to-fine"], spec, (2, 4), (3, 32, 32))
        >>> [tuple(logits.shape) for logits in network(torch.zeros(5, 3, 32, 32, dtype=torch.uint8))]
        [(5, 2), (5, 4)]
    """

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(
        self,
        architecture: Architecture,
        spec: NetworkSpec,
        num_classes: Sequence[int],
        image_shape: tuple[int, int, int],
        mean: Sequence[float] = (0.0,),
        std: Sequence[float] = (255.0,),
    ) -> None:
        super().__init__()
        if len(num_classes) != len(architecture.levels):
            raise ArchitectureError.expected(
                f"class counts for {architecture.name!r}",
                f"{len(architecture.levels)} numbers",
                tuple(num_classes),
                "Give one for each level.",
            )
        self.architecture = architecture
        spec = spec.scaled(architecture.width_ratio)
        # What the layers compute in; training leaves it and casts by autocast instead.
        self.precision = torch.float32
        self.register_buffer("pixel_mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("pixel_std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))
        num_features = self._build_trunks(spec, image_shape)
        self.branches = nn.ModuleList(
            Branch(spec, num_features, self._width_carried(level, spec, num_features, num_classes), size)
            for level, size in zip(architecture.levels, num_classes, strict=True)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images of shape (B, C, H, W), 0 to 255, to one tensor of logits (B, K) per level."""
        return self.decide(self.features(images))

    def features(self, images: Tensor) -> list[Tensor]:
        """What each trunk makes of images (B, C, H, W), 0 to 255: features of shape (B, D)."""
        maps = ((images.float() - self.pixel_mean) / self.pixel_std).to(self.precision)
        at_fork = {0: maps}
        for fork, part in zip(self._forks, self.common, strict=True):
            at_fork[fork] = maps = part(maps)
        return [trunk(at_fork[fork]) for trunk, fork in zip(self.trunks, self._begins, strict=True)]

    @property
    def entrances(self) -> list[nn.Module]:
        """The parts of trunks that look at pixels; each begins with a stem."""
        own = [trunk for trunk, fork in zip(self.trunks, self._begins, strict=True) if fork == 0]
        return [*self.common[:1], *own]

    def embed(self, features: Sequence[Tensor], level: str) -> Tensor:
        """What `fc_1` of a level gives (B, D), before anything flows in, of what `features` gave."""
        index = self.architecture.levels.index(level)
        own: Tensor = cast(Branch, self.branches[index]).fc_1(features[index % len(features)])
        return own

    def decide(
        self, features: Sequence[Tensor], replaced: Mapping[tuple[str, str], Tensor] | None = None
    ) -> list[Tensor]:
        """Features of each trunk to logits (B, K) of each level.

        Args:
            features: What `features` gave.
            replaced: By (source, target) of a flow, what flows in place of what would, of the same shape.
        """
        hidden: dict[str, Tensor] = {}
        logits: dict[str, Tensor] = {}
        for level in self.architecture.order:
            hidden[level] = self.embed(features, level)
            carried = [
                carry(flow, hidden[flow.source], logits[flow.source])
                if replaced is None or (flow.source, flow.target) not in replaced
                else replaced[flow.source, flow.target]
                for flow in self.architecture.sources_of(level)
            ]
            branch = self.branches[self.architecture.levels.index(level)]
            logits[level] = branch(hidden[level], carried)
        return [logits[level] for level in self.architecture.levels]

    def shared_parameters(self) -> list[nn.Parameter]:
        """The trainable weights of trunks that the losses of more than one level reach.

        A loss reaches the trunk of its level and, through flows that pass gradients, those of the levels
        that feed it. Branches are not among them: they stand behind the features.

        Example:
            >>> from taskgraft.architecture import catalogue
            >>> from taskgraft.recipe import recipe
            >>> spec, known = recipe("quick").network, catalogue(["a", "b"])
            >>> names = ("independent", "shared", "coarse-to-fine")
            >>> [len(Network(known[n], spec, (2, 4), (3, 32, 32)).shared_parameters()) for n in names]
            [0, 19, 19]
        """
        reached_by = self.architecture.losses_reaching
        levels = range(len(self.architecture.levels))
        parts: list[tuple[nn.Module, list[int]]] = [
            (trunk, [level for level in levels if level % len(self.trunks) == place])
            for place, trunk in enumerate(self.trunks)
        ]
        forks = self._begins if len(self._begins) == len(levels) else (0,) * len(levels)
        parts += [
            (part, [level for level in levels if forks[level] >= fork])
            for fork, part in zip(self._forks, self.common, strict=True)
        ]
        shared = [part for part, served in parts if len(set().union(*(reached_by[i] for i in served))) > 1]
        return [p for part in shared for p in part.parameters() if p.requires_grad]

    def _build_trunks(self, spec: NetworkSpec, image_shape: tuple[int, int, int]) -> int:
        """Builds the common trunk, in parts from fork to fork, and what is not common; D is returned.

        Sharing everything or nothing is one trunk, or one for each level, however it was asked for.
        """
        last = num_stages(spec.trunk)
        begins = self.architecture.stages_shared(last)
        if set(begins) == {last}:
            begins = (0,)
        self._begins = begins
        self._forks = sorted(set(begins) - {0})
        built = [build_trunk(spec.trunk, image_shape) for _ in begins]
        self.trunks = nn.ModuleList(
            stretch(trunk, spec.trunk, fork, last) for (trunk, _), fork in zip(built, begins, strict=True)
        )
        shared = build_trunk(spec.trunk, image_shape)[0] if self._forks else nn.Sequential()
        ends = zip([0, *self._forks], self._forks, strict=False)
        self.common = nn.ModuleList(stretch(shared, spec.trunk, start, end) for start, end in ends)
        return built[0][1]

    def _width_carried(
        self, level: str, spec: NetworkSpec, num_features: int, num_classes: Sequence[int]
    ) -> int:
        """Width of all that flows into a level's branch."""
        levels = self.architecture.levels
        own_width = (num_features, *spec.branch.fc_1)[-1]
        return sum(
            own_width if flow.carries == "features" else num_classes[levels.index(flow.source)]
            for flow in self.architecture.sources_of(level)
        )


def carry(flow: Flow, hidden: Tensor, logits: Tensor) -> Tensor:
    """What a flow carries of its source: what `fc_1` gave (B, D), its logits (B, K) or their softmax."""
    carried = hidden if flow.carries == "features" else logits
    if not flow.passes_gradient:
        carried = carried.detach()
    return carried.softmax(dim=1) if flow.carries == "probs" else carried
