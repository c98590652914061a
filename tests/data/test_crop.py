"""Random parts, colours and erased parts: a batch against its images done one by one in NumPy."""

from __future__ import annotations

import colorsys
import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from taskgraft.data.augmentation import _operations as operations
from taskgraft.data.augmentation import augmenter
from taskgraft.recipe import Crop

Image = npt.NDArray[np.float64]
FULL = Crop(brightness=0.4, contrast=0.4, saturation=0.4, erase_probability=0.5)
HUED = FULL.model_copy(update={"hue": 0.5})


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=seeded(5))


def at(start: float, part: float, sides: tuple[int, int], is_mirrored: bool) -> npt.NDArray[np.float64]:
    """Where, in pixels from the centre of the first, the centres of the output lie along one axis."""
    side, shown_side = sides
    shares = (np.arange(shown_side) + 0.5) / shown_side
    shares = shares[::-1] if is_mirrored else shares
    return np.clip((start + part * shares) * side - 0.5, 0, side - 1)


def shown(image: Image, shape: tuple[int, int], part: list[float], is_mirrored: bool) -> Image:
    """A part of one image in a shape: the mean of its four neighbours, weighted by how near they are."""
    _, height, width = image.shape
    left, top, across, down = part
    rows, columns = at(top, down, (height, shape[0]), False), at(left, across, (width, shape[1]), is_mirrored)
    above, before = np.floor(rows).astype(int), np.floor(columns).astype(int)
    below, behind = np.minimum(above + 1, height - 1), np.minimum(before + 1, width - 1)
    share_down, share_right = (rows - above)[:, None], (columns - before)[None, :]
    upper = image[:, above][:, :, before] * (1 - share_right) + image[:, above][:, :, behind] * share_right
    lower = image[:, below][:, :, before] * (1 - share_right) + image[:, below][:, :, behind] * share_right
    return upper * (1 - share_down) + lower * share_down


def grey_of(image: Image) -> Image:
    weights = [0.299, 0.587, 0.114] if len(image) == 3 else [1.0]
    return sum(weight * channel for weight, channel in zip(weights, image, strict=True))


def coloured(image: Image, brightness: float, contrast: float, saturation: float) -> Image:
    """One image, each of the three applied after the other, and cut to what a pixel can be at the end."""
    image = image * brightness
    image = contrast * image + (1 - contrast) * grey_of(image).mean()
    image = saturation * image + (1 - saturation) * grey_of(image)
    return np.clip(image, 0, 255)


def hued(image: Image, turns: float) -> Image:
    """One image of colours, pixel by pixel, by the standard library's HSV."""
    if len(image) != 3:
        return image
    _, height, width = image.shape
    changed = np.empty_like(image)
    for row in range(height):
        for column in range(width):
            hue, saturation, value = colorsys.rgb_to_hsv(*(image[:, row, column] / 255))
            changed[:, row, column] = colorsys.hsv_to_rgb((hue + turns) % 1, saturation, value)
    return 255 * changed


def erased(image: Image, left: float, top: float, across: float, down: float) -> Image:
    """One image with its mean colour wherever the centre of a pixel lies in a part."""
    image, mean = image.copy(), image.mean(axis=(1, 2))
    _, height, width = image.shape
    for row in range(height):
        for column in range(width):
            x, y = (column + 0.5) / width, (row + 0.5) / height
            if left <= x < left + across and top <= y < top + down:
                image[:, row, column] = mean
    return image


def by_hand(image: Image, draw: list[float], spec: Crop, shape: tuple[int, int]) -> Image:
    image = shown(image, shape, draw[:4], bool(draw[4]))
    if spec.brightness:
        image = coloured(image, *draw[5:8])
    if spec.hue:
        image = hued(image, draw[-1])
    return erased(image, *draw[8:12])


@pytest.mark.parametrize(
    "spec", [FULL, HUED, Crop(hue=0.1), Crop(), Crop(min_area_ratio=1, max_aspect_ratio=1)], ids=repr
)
@pytest.mark.parametrize(
    ("shape", "wanted"), [((12, 3, 24, 24), None), ((12, 1, 9, 14), None), ((12, 3, 24, 30), (19, 17))]
)
def test_a_batch_equals_its_images_done_one_by_one(
    shape: tuple[int, ...], wanted: tuple[int, int] | None, spec: Crop
) -> None:
    images = pictures(*shape)
    augmentation = augmenter(spec, wanted)
    indices = torch.randperm(shape[0], generator=seeded(1))[:10]
    draws = augmentation.draw(10, (shape[1], shape[2], shape[3]), seeded(2))
    result = augmentation.apply(images, indices, draws)
    for index, draw, varied in zip(indices.tolist(), draws.tolist(), result.numpy(), strict=True):
        expected = by_hand(
            images[index].numpy().astype(np.float64), draw, spec, wanted or (shape[2], shape[3])
        )
        assert varied.shape == expected.shape
        # A pixel whose centre lies on the edge of a part, within rounding, may fall on either side.
        is_close = np.isclose(varied, expected, rtol=0, atol=0.02)
        assert is_close.mean() > 0.99


def test_all_of_an_image_is_itself_or_its_mirror_image() -> None:
    images = pictures(40, 3, 16, 16)
    augmentation = augmenter(Crop(min_area_ratio=1, max_aspect_ratio=1))
    draws = augmentation.draw(40, (3, 16, 16), seeded())
    result = augmentation.apply(images, torch.arange(40), draws)
    mirrored = draws[:, 4].bool()
    assert 5 < mirrored.sum() < 35
    expected = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
    torch.testing.assert_close(result, expected.float(), rtol=0, atol=1e-2)


def test_draws_are_within_their_ranges_and_reach_them() -> None:
    draws = augmenter(FULL).draw(4000, (3, 32, 32), seeded())
    shown, is_flipped, colours, erased = draws.split((4, 1, 3, 4), dim=1)
    for part in (shown, erased):
        assert (part[:, :2] >= 0).all()
        assert (part[:, :2] + part[:, 2:] <= 1 + 1e-6).all()
    areas, aspects = shown[:, 2] * shown[:, 3], shown[:, 2] / shown[:, 3]
    assert 0.34 < areas.min() < 0.36
    assert areas.max() > 0.98
    assert 0.74 < aspects.min() < 0.78
    assert 1.28 < aspects.max() < 1.34
    assert (is_flipped.mean() - 0.5).abs() < 0.03
    assert ((colours.amin(0) - 0.6).abs() < 0.01).all()
    assert ((colours.amax(0) - 1.4).abs() < 0.01).all()
    is_erased = erased[:, 2] > 0
    assert abs(is_erased.float().mean().item() - 0.5) < 0.03
    sizes = (erased[:, 2] * erased[:, 3])[is_erased]
    assert sizes.min() == pytest.approx(0.02, abs=0.002)
    assert sizes.max() < 1 / 3 + 1e-6
    assert math.isclose(sizes.mean().item(), 0.17, abs_tol=0.02)


def test_what_is_not_wanted_is_not_done() -> None:
    draws = augmenter(Crop(flip=False)).draw(100, (3, 8, 8), seeded())
    assert not draws[:, 4].any()
    assert (draws[:, 5:8] == 1).all()
    assert not draws[:, 8:].any()


@pytest.mark.parametrize("policy", ["none", "trivial-augment", "rand-augment"])
def test_hues_are_drawn_behind_all_else(policy: str) -> None:
    plain, varied = (spec.model_copy(update={"policy": policy}) for spec in (FULL, HUED))
    before, after = (augmenter(spec).draw(4000, (3, 8, 8), seeded()) for spec in (plain, varied))
    assert torch.equal(after[:, :-1], before)
    hue = after[:, -1]
    assert -0.5 <= hue.min() < -0.49
    assert 0.49 < hue.max() <= 0.5
    assert hue.mean().abs() < 0.02


COLOURS = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=12)


@settings(deadline=None)
@given(colours=COLOURS, turns=st.floats(-0.5, 0.5))
def test_a_hue_goes_round_its_circle_and_brightest_and_darkest_channel_stay(
    colours: list[tuple[int, int, int]], turns: float
) -> None:
    batch = torch.tensor(colours, dtype=torch.float32).T[None, :, None, :]
    moved = operations.hued(batch.clone(), torch.tensor([turns]))
    for one, other in ((moved.amax(1), batch.amax(1)), (moved.amin(1), batch.amin(1))):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-3)
    expected = hued(batch[0].numpy().astype(np.float64), turns)
    np.testing.assert_allclose(moved[0].numpy(), expected, rtol=0, atol=0.01)
    back = operations.hued(moved, torch.tensor([-turns]))
    torch.testing.assert_close(back, batch, rtol=0, atol=0.02)


def test_primary_colours_take_turns_and_grey_stays() -> None:
    red, green, blue, grey = ([255, 0, 0], [0, 255, 0], [0, 0, 255], [99, 99, 99])
    batch = torch.tensor([red, green, blue, grey], dtype=torch.float32)[:, :, None, None]
    moved = operations.hued(batch, torch.full((4,), 1 / 3))
    assert moved[:, :, 0, 0].round().int().tolist() == [green, blue, red, grey]


def test_draws_follow_from_their_stream_alone() -> None:
    first, second = (augmenter(FULL).draw(20, (3, side, side), seeded(9)) for side in (8, 64))
    assert torch.equal(first, second)
