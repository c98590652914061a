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
    moved,
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

    def apply(self, batch: Tensor, draws: Tensor) -> Tensor:
        """Applies to each image its operations, one after the other.

        Args:
            batch: Images (B, C, H, W), 0 to 255, float32; written to.
            draws: What `draw` gave for them, shape (B, 2 x operations).
        """
        for drawn in draws.view(len(draws), -1, 2).unbind(1):
            self._apply_one(batch, drawn[:, 0].long(), drawn[:, 1])
        return batch

    def _apply_one(self, batch: Tensor, numbers: Tensor, strengths: Tensor) -> None:
        names = [OPERATIONS[number] for number in numbers.tolist()]
        # What moves an image is one map, whichever operation it is.
        kinds = ["move" if name in _MOVES else name for name in names]
        for kind in dict.fromkeys(kinds):
            if kind == "identity":
                continue
            places = [place for place, each in enumerate(kinds) if each == kind]
            rows = torch.tensor(places, device=batch.device)
            part, strength = batch[rows], strengths[rows]
            if kind == "move":
                batch[rows] = moved(part, self._maps([names[place] for place in places], strength, part))
            else:
                batch[rows] = self._changed(kind, part, strength)

    def _changed(self, name: str, part: Tensor, strengths: Tensor) -> Tensor:
        if name in _FACTORS:
            return _FACTORS[name](part, 1 + self._strongest["factor"] * strengths)
        if name == "posterize":
            return posterized(part, (self._strongest["bits"] * strengths.abs()).round())
        if name == "solarize":
            return solarized(part, 255 * (1 - strengths.abs()))
        return stretched(part) if name == "autocontrast" else equalized(part)

    def _maps(self, names: list[str], strengths: Tensor, part: Tensor) -> Tensor:
        """Maps from output to input pixels of the images of a batch: shape (n, 2, 3)."""
        height, width = part.shape[2:]
        rows = [
            _map(name, strength, self._strongest, height, width)
            for name, strength in zip(names, strengths.tolist(), strict=True)
        ]
        return part.new_tensor(rows)


def _map(
    name: str, strength: float, strongest: dict[str, float], height: int, width: int
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    slant, shift = strength * strongest["slant"], strength * strongest["shift"]
    angle = math.radians(strength * strongest["degrees"])
    cos, sin = math.cos(angle), math.sin(angle)
    return {
        "shear-x": ((1.0, slant, 0.0), (0.0, 1.0, 0.0)),
        "shear-y": ((1.0, 0.0, 0.0), (slant, 1.0, 0.0)),
        "translate-x": ((1.0, 0.0, shift * width), (0.0, 1.0, 0.0)),
        "translate-y": ((1.0, 0.0, 0.0), (0.0, 1.0, shift * height)),
        "rotate": ((cos, -sin, 0.0), (sin, cos, 0.0)),
    }[name]
