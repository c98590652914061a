"""TrivialAugment and RandAugment: a batch against its images done one by one, in Pillow and in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from taskgraft.data.augmentation import augmenter
from taskgraft.data.augmentation._policy import OPERATIONS, Policy
from taskgraft.recipe import Crop

# As torchvision has them: at the strongest.
WIDE = {"slant": 0.99, "shift": 32 / 224, "degrees": 135, "factor": 0.99, "bits": 6}
NARROW = {"slant": 0.3, "shift": 150 / 331, "degrees": 30, "factor": 0.9, "bits": 4}
POLICIES = {"trivial-augment": WIDE, "rand-augment": NARROW}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int, height: int = 20, width: int = 26, channels: int = 3) -> torch.Tensor:
    """Smooth ones, of some contrast, that are not full of noise."""
    coarse = torch.rand(count, channels, 4, 4, generator=seeded(3)) * 180 + 30
    fine = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    return (fine + 6 * torch.rand(fine.shape, generator=seeded(4))).round()


def moved(image: np.ndarray, rows: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """One image, each pixel looked up among its four neighbours; the border goes on beyond it."""
    _, height, width = image.shape
    out = np.empty_like(image)
    (a, b, c), (d, e, f) = rows
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5 - width / 2, row + 0.5 - height / 2
            left, up = a * x + b * y + c + width / 2 - 0.5, d * x + e * y + f + height / 2 - 0.5
            left, up = min(max(left, 0.0), width - 1), min(max(up, 0.0), height - 1)
            x0, y0 = math.floor(left), math.floor(up)
            x1, y1 = min(x0 + 1, width - 1), min(y0 + 1, height - 1)
            across, down = left - x0, up - y0
            upper = image[:, y0, x0] * (1 - across) + image[:, y0, x1] * across
            lower = image[:, y1, x0] * (1 - across) + image[:, y1, x1] * across
            out[:, row, column] = upper * (1 - down) + lower * down
    return out


def by_pillow(name: str, picture: Image.Image, strength: float, most: dict[str, float]) -> Image.Image:
    enhanced = {
        "brightness": ImageEnhance.Brightness,
        "contrast": ImageEnhance.Contrast,
        "color": ImageEnhance.Color,
        "sharpness": ImageEnhance.Sharpness,
    }
    if name in enhanced:
        return enhanced[name](picture).enhance(1 + most["factor"] * strength)
    if name == "posterize":
        return ImageOps.posterize(picture, 8 - round(most["bits"] * abs(strength)))
    if name == "solarize":
        return ImageOps.solarize(picture, 255 * (1 - abs(strength)))
    return {"autocontrast": ImageOps.autocontrast, "equalize": ImageOps.equalize}[name](picture)


def by_hand(image: np.ndarray, name: str, strength: float, most: dict[str, float]) -> np.ndarray:
    _, height, width = image.shape
    slant, shift, angle = (most[key] * strength for key in ("slant", "shift", "degrees"))
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    maps = {
        "identity": ((1, 0, 0), (0, 1, 0)),
        "shear-x": ((1, slant, 0), (0, 1, 0)),
        "shear-y": ((1, 0, 0), (slant, 1, 0)),
        "translate-x": ((1, 0, shift * width), (0, 1, 0)),
        "translate-y": ((1, 0, 0), (0, 1, shift * height)),
        "rotate": ((cos, -sin, 0), (sin, cos, 0)),
    }
    if name in maps:
        return moved(image, maps[name])
    picture = Image.fromarray(image.transpose(1, 2, 0).astype(np.uint8))
    return np.asarray(by_pillow(name, picture, strength, most), dtype=np.float64).transpose(2, 0, 1)


def applied(policy: str, images: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """The operations of each image, all of which is shown."""
    count = draws.shape[1] // 2
    crops = augmenter(
        Crop(min_area_ratio=1, max_aspect_ratio=1, flip=False, policy=policy, policy_operations=count)
    )
    columns = crops.draw(len(images), tuple(images.shape[1:]), seeded())[:, :12]
    return crops.apply(images, torch.arange(len(images)), torch.cat([columns, draws], dim=1))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_that_of_one_image(name: str, policy: str) -> None:
    strengths = [-1.0, -0.4, 0.1, 0.5, 1.0]
    images = pictures(len(strengths))
    draws = torch.tensor([[float(OPERATIONS.index(name)), strength] for strength in strengths])
    result = applied(policy, images, draws)
    for image, strength, got in zip(images.numpy(), strengths, result.numpy(), strict=True):
        expected = by_hand(image.astype(np.float64), name, strength, POLICIES[policy])
        # Pillow rounds down, in a step or two.
        np.testing.assert_allclose(got, expected, atol=1.5 if name in OPERATIONS[6:] else 1e-2)


@pytest.mark.parametrize("policy", POLICIES)
def test_operations_of_a_batch_follow_one_another(policy: str) -> None:
    chosen = Policy(Crop(policy=policy, policy_operations=3, policy_magnitude=0.7))
    images, draws = pictures(24), chosen.draw(24, seeded(6))
    result = applied(policy, images, draws)
    alone = [applied(policy, images[i : i + 1], draws[i : i + 1]) for i in range(24)]
    torch.testing.assert_close(result, torch.cat(alone))


def test_moves_are_one_map_and_colours_come_behind() -> None:
    move, turn, brighten = (OPERATIONS.index(name) for name in ("translate-x", "rotate", "brightness"))
    images = pictures(1)
    draws = torch.tensor([[move, 0.5, brighten, -0.5, turn, 0.5]])
    shift, radians = 0.5 * NARROW["shift"] * images.shape[3], math.radians(15)
    cos, sin = math.cos(radians), math.sin(radians)
    image = moved(images[0].numpy().astype(np.float64), ((cos, -sin, shift), (sin, cos, 0)))
    got = applied("rand-augment", images, draws)[0].numpy()
    np.testing.assert_allclose(got, image * (1 - 0.5 * NARROW["factor"]), atol=0.02)


def test_what_is_drawn() -> None:
    trivial = Policy(Crop(policy="trivial-augment")).draw(20_000, seeded())
    rand = Policy(Crop(policy="rand-augment", policy_operations=2, policy_magnitude=0.3)).draw(
        20_000, seeded()
    )
    assert trivial.shape == (20_000, 2)
    assert rand.shape == (20_000, 4)
    for numbers in (trivial[:, 0], rand[:, 0], rand[:, 2]):
        shares = torch.bincount(numbers.long(), minlength=14) / 20_000
        assert len(shares) == len(OPERATIONS) == 14
        assert ((shares - 1 / 14).abs() < 0.01).all()
    assert len(trivial[:, 1].unique()) == 61
    assert sorted(rand[:, 1::2].unique().tolist()) == pytest.approx([-0.3, 0.3])


def test_one_channel_and_images_of_three_pixels_pass_through_everything() -> None:
    for shape in ((30, 1, 3, 2), (30, 2, 2, 9), (30, 3, 1, 1)):
        images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=seeded())
        augmentation = augmenter(Crop(policy="rand-augment", policy_operations=8, policy_magnitude=1.0))
        draws = augmentation.draw(30, shape[1:], seeded(1))
        result = augmentation.apply(images, torch.arange(30), draws)
        assert result.shape == shape
        assert result.isfinite().all()
        assert -0.01 <= result.min() <= result.max() <= 255.01


def test_a_policy_leaves_what_else_is_drawn_as_it_is() -> None:
    plain, more = (
        augmenter(Crop(policy=policy)).draw(9, (3, 8, 8), seeded()) for policy in ("none", "rand-augment")
    )
    assert torch.equal(plain, more[:, :12])


def test_sharpness_is_that_of_pillows_own_filter() -> None:
    image = pictures(1)
    smooth = Image.fromarray(image[0].numpy().transpose(1, 2, 0).astype(np.uint8)).filter(ImageFilter.SMOOTH)
    draws = torch.tensor([[float(OPERATIONS.index("sharpness")), -1.0]])
    policy = Policy(Crop(policy="rand-augment", policy_operations=1))
    policy._strongest = {**WIDE, "factor": 1.0}
    got = policy.apply(image.clone(), draws)[0].numpy()
    np.testing.assert_allclose(got, np.asarray(smooth, dtype=np.float64).transpose(2, 0, 1), atol=1)
