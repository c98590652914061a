"""Pictures of mistakes and disagreements, with what each variant took them for."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

# Larger pictures are made smaller, so that a page of many stays small.
_LONGEST_SIDE = 128
_SHOWN_SIDE = 96
_MOST_VOICES = 8


@dataclass(frozen=True)
class Picture:
    """A test image, and what it was taken for.

    Attributes:
        image: uint8 of shape (C, H, W).
        true_path: Its classes, coarsest first; None where not known.
        predicted: (variant, path) of each variant.
        confidence: Probability of the predicted leaf class, from 0 to 1, the mean over runs; without a tree
            the mean over levels too.
        is_path: Whether each class lies under the one before it.
        name: What the source calls it; None where that is not on record.
    """

    image: npt.NDArray[np.uint8]
    true_path: tuple[str | None, ...]
    predicted: tuple[tuple[str, tuple[str | None, ...]], ...]
    confidence: float
    is_path: bool = True
    name: str | None = None

    @property
    def source(self) -> str:
        """The image as a PNG data URI."""
        return png_uri(self.image)

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height it is shown at: small images enlarged by a whole factor."""
        height, width = self.image.shape[1:]
        factor = (
            max(1.0, _SHOWN_SIDE // max(height, width))
            if max(height, width) <= _SHOWN_SIDE
            else (_SHOWN_SIDE / max(height, width))
        )
        return round(factor * width), round(factor * height)

    @property
    def true_parts(self) -> list[tuple[str | None, bool]]:
        """The true path in the form of the predicted ones; none of it is wrong."""
        return [(name, False) for name in self.true_path]

    @property
    def by_path(self) -> list[tuple[list[tuple[str | None, bool]], list[str]]]:
        """Each distinct predicted path, as (class, is wrong) a level, with who says so; most voices first.

        A class is not wrong where there is no label. Of many voices the first are named, others counted.
        """
        voices: dict[tuple[str | None, ...], list[str]] = {}
        for variant, path in self.predicted:
            voices.setdefault(path, []).append(variant)
        ordered = sorted(voices.items(), key=lambda item: -len(item[1]))
        return [
            (
                [(one, true not in (None, one)) for one, true in zip(path, self.true_path, strict=True)],
                names
                if len(names) <= _MOST_VOICES
                else [*names[: _MOST_VOICES - 1], f"and {len(names) - _MOST_VOICES + 1} more"],
            )
            for path, names in ordered
        ]


@dataclass(frozen=True)
class Gallery:
    """Pictures worth a look.

    Attributes:
        worst: The worst mistakes, worst first.
        disagreements: Those on which variants disagree most, most first.
    """

    worst: tuple[Picture, ...]
    disagreements: tuple[Picture, ...]


def png_uri(image: npt.NDArray[np.uint8]) -> str:
    """An image as a PNG data URI: one channel as grey, of more than two the first three as colours.

    Args:
        image: uint8 of shape (C, H, W).

    Example:
        >>> png_uri(np.zeros((1, 2, 2), np.uint8)).startswith("data:image/png;base64,")
        True
    """
    num_channels = image.shape[0]
    pixels = np.moveaxis(image[:3], 0, -1) if num_channels > 2 else image[0]
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    content = io.BytesIO()
    picture.save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
