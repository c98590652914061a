"""TrivialAugment and RandAugment: for each image one or several operations, drawn with their strength."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from taskgraft.data.augmentation._operations import (
    brightened,
    contrasted,
    equalized,
    posterized,
    saturated,
    sharpened,
    solarized,
    stretched,
)
from taskgraft.recipe import Crop

# The strongest of each operation: slants, shifts as shares of the side, degrees, changes of a factor, bits
# lost. Those of TrivialAugment are the wide ones (Müller and Hutter, 2021); both are as torchvision has them.
_STRONGEST = {
    "trivial-augment": {"slant": 0.99, "shift": 32 / 224, "degrees": 135.0, "factor": 0.99, "bits": 6.0},
    "rand-augment": {"slant": 0.3, "shift": 150 / 331, "degrees": 30.0, "factor": 0.9, "bits": 4.0},
}
_NUM_STEPS = 30
_MOVES = ("shear-x", "shear-y", "translate-x", "translate-y", "rotate")
_ELSEWHERE = ("identity", *_MOVES)
_FACTORS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "brightness": brightened,
    "contrast": contrasted,
    "color": saturated,
    "sharpness": sharpened,
}
OPERATIONS = ("identity", *_MOVES, *_FACTORS, "posterize", "solarize", "autocontrast", "equalize")


class Policy:
    """Draws and applies the operations of a `Crop`, a batch at a time.

    Args:
        spec: Its policy, which is not none.
    """

    def __init__(self, spec: Crop) -> None:
        self._strongest = _STRONGEST[spec.policy]
        self._is_trivial = spec.policy == "trivial-augment"
        self._magnitude = spec.policy_magnitude
        self.num_operations = 1 if self._is_trivial else spec.policy_operations

    def draw(self, num_images: int, generator: torch.Generator) -> Tensor:
        """Of each operation its number in `OPERATIONS`, and its strength, -1 to 1: (N, 2 x operations)."""
        unit = torch.rand(num_images, self.num_operations, 3, generator=generator, dtype=torch.float64)
        numbers = (unit[..., 0] * len(OPERATIONS)).floor()
        if self._is_trivial:
            strengths = (unit[..., 1] * (_NUM_STEPS + 1)).floor() / _NUM_STEPS
        else:
            strengths = torch.full_like(numbers, self._magnitude)
        signed = torch.where(unit[..., 2] < 0.5, -strengths, strengths)
        return torch.stack([numbers, signed], dim=2).flatten(1).float()

    def maps(self, draws: Tensor, height: int, width: int) -> Tensor:
        """What moves, turns and slants each image, all its operations in one map.

        Args:
            draws: What `draw` gave, shape (B, 2 x operations).
            height: Of the images, in pixels.
            width: Likewise.

        Returns:
            From where a pixel is shown to where it is looked up, both in half-sides from the centre: shape
            (B, 3, 3).
        """
        total = torch.eye(3, device=draws.device).repeat(len(draws), 1, 1)
        for drawn in draws.view(len(draws), -1, 2).unbind(1):
            total = total @ self._map(drawn[:, 0], drawn[:, 1], height / width)
        return total

    def _map(self, numbers: Tensor, strengths: Tensor, aspect: float) -> Tensor:
        is_of = {name: numbers == OPERATIONS.index(name) for name in _MOVES}
        slant, shift = strengths * self._strongest["slant"], 2 * strengths * self._strongest["shift"]
        radians = strengths * is_of["rotate"] * math.radians(self._strongest["degrees"])
        cos, sin, nothing = radians.cos(), radians.sin(), torch.zeros_like(strengths)
        across = [cos, (is_of["shear-x"] * slant - sin) * aspect, is_of["translate-x"] * shift]
        down = [(is_of["shear-y"] * slant + sin) / aspect, cos, is_of["translate-y"] * shift]
        rows = (torch.stack(row, 1) for row in (across, down, [nothing, nothing, nothing + 1]))
        return torch.stack([*rows], 1)

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        """Applies to each image its operations on colours, one after the other; `maps` has the others.

        Args:
            batch: Images (B, C, H, W), 0 to 255, float32; written to.
            draws: What `draw` gave for them, shape (B, 2 x operations).
        """
        for drawn in draws.view(len(draws), -1, 2).unbind(1):
            numbers, strengths = drawn[:, 0].long(), drawn[:, 1]
            for number in dict.fromkeys(numbers.tolist()):
                name = OPERATIONS[number]
                if name not in _ELSEWHERE:
                    rows = (numbers == number).nonzero()[:, 0]
                    # One image, the usual case, need not be gathered.
                    at = slice(int(rows[0]), int(rows[0]) + 1) if len(rows) == 1 else rows
                    batch[at] = self._changed(name, batch[at], strengths[rows])
        return batch

    def _changed(self, name: str, part: Tensor, strengths: Tensor) -> Tensor:
        if name in _FACTORS:
            return _FACTORS[name](part, 1 + self._strongest["factor"] * strengths)
        if name == "posterize":
            return posterized(part, (self._strongest["bits"] * strengths.abs()).round())
        if name == "solarize":
            return solarized(part, 255 * (1 - strengths.abs()))
        return stretched(part) if name == "autocontrast" else equalized(part)
