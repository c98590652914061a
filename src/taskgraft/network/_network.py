"""An architecture made into one torch module that gives the logits of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from taskgraft.architecture import Architecture, Flow, check_tree
from taskgraft.errors import ArchitectureError
from taskgraft.network._branch import Branch
from taskgraft.network._declared import check_declared, check_keys
from taskgraft.network._summed import Summed, ancestors_of_leaves
from taskgraft.network._trunk import Trunk
from taskgraft.recipe import NetworkSpec


class Network(nn.Module):
    """Images in, logits of every level out, coarsest level first.

    Pixels come as they are stored, 0 to 255; the normalisation is part of the network, so that a
    saved model needs nothing else to be used.

    Args:
        architecture: What is shared, what is mixed and what flows.
        spec: Widths of the recipe, which the architecture's ratio scales.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width.
        mean: Mean of each channel, in units of pixels (0 to 255).
        std: Standard deviation of each channel, in the same units.
        parents: `Taxonomy.parents`, by which derived levels are summed; empty without a tree.

    Raises:
        ArchitectureError: If there are derived levels and no tree, or classes of another number of levels.

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
        parents: Sequence[Sequence[int]] = (),
    ) -> None:
        super().__init__()
        if len(num_classes) != len(architecture.levels):
            raise ArchitectureError.expected(
                f"class counts for {architecture.name!r}",
                f"{len(architecture.levels)} numbers",
                tuple(num_classes),
                "Give one for each level.",
            )
        check_tree(architecture.name, architecture.derived, is_tree=bool(parents))
        self.architecture = architecture
        spec = spec.scaled(architecture.width_ratio)
        # What the layers compute in; training leaves it and casts by autocast instead.
        self.precision = torch.float32
        self.register_buffer("pixel_mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("pixel_std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))
        self.trunk = Trunk(architecture, spec.trunk, image_shape)
        num_features = self.trunk.num_features
        self.branches = nn.ModuleList(
            Summed(ancestors_of_leaves(parents, place), size)
            if level in architecture.derived
            else Branch(
                spec,
                num_features,
                self._width_carried(level, spec, num_features, num_classes),
                size,
                key=f"branches.{place}",
            )
            for place, (level, size) in enumerate(zip(architecture.levels, num_classes, strict=True))
        )
        check_declared(self)
        check_keys([*self.trunk.one_lane(), *self.trunk.mixers(), *self.branches])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images of shape (B, C, H, W), 0 to 255, to one tensor of logits (B, K) per level."""
        return self.decide(self.features(images))

    def features(self, images: Tensor) -> list[Tensor]:
        """What leaves the lanes of the trunk for images (B, C, H, W), 0 to 255: features (B, D) of each lane.

        Behind this border stand the branches. `lanes` says which levels look through which lane.
        """
        pixels = (images.float() - self.pixel_mean) / self.pixel_std
        features: list[Tensor] = self.trunk(pixels.to(self.precision))
        return features

    @property
    def lanes(self) -> tuple[tuple[int, ...], ...]:
        """For each of the `features`, the levels that use it, by place.

        Example:
            >>> from taskgraft.architecture import catalogue
            >>> from taskgraft.recipe import recipe
            >>> spec, known = recipe("quick").network, catalogue(["a", "b"])
            >>> [Network(known[n], spec, (2, 4), (3, 32, 32)).lanes for n in ("shared", "independent")]
            [((0, 1),), ((0,), (1,))]
        """
        return self.trunk.lanes

    def embed(self, features: Sequence[Tensor], level: str) -> Tensor:
        """What `fc_1` of a level gives (B, D), before anything flows in, of what `features` gave."""
        place = self.architecture.levels.index(level)
        lane = next(lane for lane, levels in enumerate(self.lanes) if place in levels)
        hidden: Tensor = cast(Branch, self.branches[place]).fc_1(features[lane])
        return hidden

    def decide(
        self, features: Sequence[Tensor], replaced: Mapping[tuple[str, str], Tensor] | None = None
    ) -> list[Tensor]:
        """Features of each lane to logits (B, K) of each level.

        Args:
            features: What `features` gave.
            replaced: By (source, target) of a flow, what flows in place of what would, of the same shape.
        """
        logits = self.branch_logits(features, replaced)
        return self.completed(dict(zip(self.architecture.branched_places, logits, strict=True)))

    def branch_logits(
        self, features: Sequence[Tensor], replaced: Mapping[tuple[str, str], Tensor] | None = None
    ) -> list[Tensor]:
        """Features of each lane to logits (B, K) of each level that has a branch: what is trained.

        Args:
            features: As for `decide`.
            replaced: As for `decide`.
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
        return [logits[level] for level in self.architecture.branched]

    def completed(self, logits: Mapping[int, Tensor]) -> list[Tensor]:
        """Logits (B, K) of every level; those of derived levels are summed, whatever is given for them.

        Args:
            logits: By the place of their level; those of all levels that have a branch at least.
        """
        finest = logits[len(self.branches) - 1]
        return [
            branch(finest) if isinstance(branch, Summed) else logits[place]
            for place, branch in enumerate(self.branches)
        ]

    def shared_parameters(self) -> list[nn.Parameter]:
        """The trainable weights before the border that the losses of more than one level reach.

        A loss reaches the lanes that its level looks through, those that a mixer mixes into them and, through
        flows that pass gradients, those of the levels that feed its own. So separate trunks share weights
        where a flow joins them. Branches are not among them, though flows may reach them too.

        Example:
            >>> from taskgraft.architecture import catalogue
            >>> from taskgraft.recipe import recipe
            >>> spec, known = recipe("quick").network, catalogue(["a", "b"])
            >>> names = ("independent", "shared", "coarse-to-fine")
            >>> [len(Network(known[n], spec, (2, 4), (3, 32, 32)).shared_parameters()) for n in names]
            [0, 19, 19]
        """
        return self.trunk.shared_parameters(self.architecture.losses_reaching)

    def _width_carried(
        self, level: str, spec: NetworkSpec, num_features: int, num_classes: Sequence[int]
    ) -> int:
        """Width of all that flows into a level's branch."""
        levels = self.architecture.levels
        hidden_width = (num_features, *spec.branch.fc_1)[-1]
        return sum(
            hidden_width if flow.carries == "features" else num_classes[levels.index(flow.source)]
            for flow in self.architecture.sources_of(level)
        )


def carry(flow: Flow, hidden: Tensor, logits: Tensor) -> Tensor:
    """What a flow carries of its source: what `fc_1` gave (B, D), its logits (B, K) or their softmax."""
    carried = hidden if flow.carries == "features" else logits
    if not flow.passes_gradient:
        carried = carried.detach()
    return carried.softmax(dim=1) if flow.carries == "probs" else carried
