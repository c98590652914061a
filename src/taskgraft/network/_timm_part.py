"""Some of the modules of a network of timm, one behind the other: a stage of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from torch import Tensor, nn


class TimmPart(nn.Module):
    """Modules of one network, under the names that they have in it, so that its weights keep their names.

    Maps are handed over as (B, C, H, W), whatever the network has inside.

    Args:
        network: One of timm's; it shares its modules with this part.
        names: Paths of the modules, in the order in which they run.
        is_channels_last: Whether the network has maps (B, H, W, C).
        is_first: Whether the part sees pixels, which are (B, C, H, W) in any case.
    """

    def __init__(
        self, network: nn.Module, names: Sequence[str], *, is_channels_last: bool, is_first: bool
    ) -> None:
        super().__init__()
        self.names = tuple(names)
        self.backbone = nn.Module()
        self._is_turned_before = is_channels_last and not is_first
        self._is_turned_behind = is_channels_last
        for name in names:
            _put(self.backbone, name, network.get_submodule(name))

    def forward(self, maps: Tensor) -> Tensor:
        """What enters the first module to what leaves the last one."""
        if self._is_turned_before and maps.ndim == 4:
            maps = maps.permute(0, 2, 3, 1)
        for name in self.names:
            maps = functools.reduce(getattr, name.split("."), self.backbone)(maps)
        if self._is_turned_behind and maps.ndim == 4:
            maps = maps.permute(0, 3, 1, 2)
        return maps


def _put(skeleton: nn.Module, name: str, module: nn.Module) -> None:
    """Puts a module at its path, within empty modules that only carry names."""
    *outer, last = name.split(".")
    for each in outer:
        if each not in dict(skeleton.named_children()):
            skeleton.add_module(each, nn.Module())
        skeleton = skeleton.get_submodule(each)
    skeleton.add_module(last, module)
