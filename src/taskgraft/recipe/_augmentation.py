"""How training images may be varied, as data; `taskgraft.data.augmentation` does it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Affine(BaseModel):
    """Rotation, shift, shear and zoom with bilinear interpolation and reflection at the border.

    The ranges and their composition are those of Keras' `ImageDataGenerator`
    (`keras.src.legacy.preprocessing.image`): output pixels are looked up at rotation x shift x shear x
    zoom, in (x, y) about the image's centre. (Only on images that are not square does Keras differ: it
    measures x in heights there.)

    Attributes:
        rotation_degrees: Largest rotation, either way.
        shift_ratio: Largest shift, as a share of the side.
        shear_degrees: Largest shear angle, either way.
        zoom_range: Smallest and largest factor, drawn for each axis.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["affine"] = "affine"
    rotation_degrees: float = Field(ge=0)
    shift_ratio: float = Field(ge=0)
    shear_degrees: float = Field(ge=0)
    zoom_range: tuple[float, float]


class FlipShift(BaseModel):
    """Random horizontal flips and shifts, whole pixels, reflected at the border.

    Attributes:
        max_shift: Largest shift, in pixels, in each direction.
        flip: Whether half of the images are mirrored.
        alternate: Whether an image that was mirrored in one epoch is not in the next, and so on, in place of
            a draw in each epoch: what was seen of it once is seen from the other side next (Jordan, 2024).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["flip-shift"] = "flip-shift"
    max_shift: int = Field(default=2, ge=0)
    flip: bool = True
    alternate: bool = False
