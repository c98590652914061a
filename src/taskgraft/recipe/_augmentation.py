"""How training images may be varied, as data; `taskgraft.data.augmentation` does it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from taskgraft.recipe._spec import MisfitError, Spec


class Augmentation(Spec):
    """What every kind may have beside its ways: images that are mixed, and their targets with them."""

    kind: str = Field(description="Which of the kinds; a subclass gives it as a literal and its default.")
    mixup_alpha: float = Field(
        0.0,
        ge=0,
        le=32,
        description="Mixup: each image is added to another of its batch by a share that is drawn from "
        "Beta(alpha, alpha), and so are the targets of every level; 0 for none.",
    )
    cutmix_alpha: float = Field(
        0.0,
        ge=0,
        le=32,
        description="Cutmix: a part of another image of its batch covers each image, its area drawn from "
        "Beta(alpha, alpha); with mixup too, each image has one of both. 0 for none.",
    )
    mix_probability: float = Field(
        1.0, ge=0, le=1, description="Share of the images that are mixed, where one of both is set."
    )

    @property
    def is_mixing(self) -> bool:
        """Whether any image is mixed with another."""
        return self.mix_probability > 0 and (self.mixup_alpha > 0 or self.cutmix_alpha > 0)

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of the values that have no say, the others being what they are."""
        return () if self.is_mixing else ("mixup_alpha", "cutmix_alpha", "mix_probability")


class Affine(Augmentation):
    """Rotation, shift, shear and zoom with bilinear interpolation and reflection at the border.

    The ranges and their composition are those of Keras' `ImageDataGenerator`
    (`keras.src.legacy.preprocessing.image`): output pixels are looked up at rotation x shift x shear x
    zoom, in (x, y) about the image's centre. (Only on images that are not square does Keras differ: it
    measures x in heights there.)
    """

    kind: Literal["affine"] = Field("affine", description="Rotation, shift, shear and zoom.")
    rotation_degrees: NonNegativeFloat = Field(description="Largest rotation, either way.")
    shift_ratio: NonNegativeFloat = Field(description="Largest shift, as a share of the side.")
    shear_degrees: NonNegativeFloat = Field(description="Largest shear angle, either way.")
    zoom_range: tuple[PositiveFloat, PositiveFloat] = Field(
        description="Smallest and largest factor, drawn for each axis."
    )


class FlipShift(Augmentation):
    """Random horizontal flips and shifts, whole pixels, reflected at the border."""

    kind: Literal["flip-shift"] = Field("flip-shift", description="Flips and shifts by whole pixels.")
    max_shift: NonNegativeInt = Field(2, description="Largest shift, in pixels, in each direction.")
    flip: bool = Field(True, description="Whether half of the images are mirrored.")
    alternate: bool = Field(
        False,
        description="Whether an image that was mirrored in one epoch is not in the next, and so on, in place "
        "of a draw in each epoch (Jordan, 2024).",
    )

    @model_validator(mode="after")
    def _alternates_what_flips(self) -> Self:
        if self.alternate and not self.flip:
            raise MisfitError(
                "flips that alternate need flip = true, or alternate = false", "flip", "alternate"
            )
        return self


class Crop(Augmentation):
    """A random part of each image at full size, mirrored, its colours varied, and a part of it erased.

    What photographs are usually trained with: random resized crops (Szegedy et al., 2015), colour jitter and
    random erasing (Zhong et al., 2020).
    """

    kind: Literal["crop"] = Field("crop", description="Random parts at full size, colours, erased parts.")
    min_area_ratio: float = Field(
        0.35, gt=0, le=1, description="Smallest share of an image's area that is shown; the largest is all."
    )
    max_aspect_ratio: float = Field(
        4 / 3, ge=1, le=10, description="Largest ratio of the sides of a shown part, wide or tall."
    )
    stored_ratio: float = Field(
        1.0,
        ge=1,
        le=2,
        description="Side of the stored pictures that parts are cut from, over the side of the images. From "
        "1.41 on, half of the area still has a pixel for each that is shown. Needs a second store.",
    )
    flip: bool = Field(True, description="Whether half of the images are mirrored.")
    brightness: float = Field(0.0, ge=0, le=1, description="Largest change of brightness, as a share of it.")
    contrast: float = Field(0.0, ge=0, le=1, description="Largest change of contrast, as a share of it.")
    saturation: float = Field(0.0, ge=0, le=1, description="Largest change of saturation, as a share of it.")
    hue: float = Field(
        0.0, ge=0, le=0.5, description="Largest change of hue, either way, in turns; 0.5 reaches every hue."
    )
    erase_probability: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the images of which a part, 2 to 33 % of the area, takes their mean colour.",
    )
    policy: Literal["none", "trivial-augment", "rand-augment"] = Field(
        "none",
        description="Operations that are drawn for each image, of 14: one of any strength (trivial-augment), "
        "or policy_operations of strength policy_magnitude (rand-augment).",
    )
    policy_operations: int = Field(
        2, ge=1, le=8, description="Operations of rand-augment, one after the other."
    )
    policy_magnitude: float = Field(
        0.3, ge=0, le=1, description="Strength of rand-augment; 1 is the strongest that each operation has."
    )

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of the values that have no say, the others being what they are."""
        of_rand = () if self.policy == "rand-augment" else ("policy_operations", "policy_magnitude")
        return (*super().unused, *of_rand)
