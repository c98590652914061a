from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.estimator._pixels import PixelMap
from taskgraft.estimator._refusal import EstimatorError

PICTURES = np.random.default_rng(0).integers(0, 256, (6, 3, 20, 17), dtype=np.uint8)
FLAT = PICTURES.reshape(6, -1)


def test_pixels_of_uint8_are_not_touched() -> None:
    assert PixelMap.learn(PICTURES)(PICTURES) is not None
    np.testing.assert_array_equal(PixelMap.learn(PICTURES[:2])(PICTURES), PICTURES)


@pytest.mark.parametrize(
    ("given_as", "image_shape"),
    [
        (PICTURES.transpose(0, 2, 3, 1), None),
        (PICTURES.transpose(0, 2, 3, 1), (3, 20, 17)),
        (PICTURES, (3, 20, 17)),
        (FLAT, (3, 20, 17)),
        (FLAT, [3, 20, 17]),
    ],
)
def test_every_layout_gives_the_same_images(
    given_as: np.ndarray, image_shape: tuple[int, ...] | None
) -> None:
    np.testing.assert_array_equal(PixelMap.learn(given_as, image_shape)(given_as), PICTURES)


def test_grey_pictures_need_no_channel() -> None:
    grey = PICTURES[:, 0]
    for given_as, shape in ((grey, None), (grey, (20, 17)), (grey.reshape(6, -1), (20, 17))):
        np.testing.assert_array_equal(PixelMap.learn(given_as, shape)(given_as), grey[:, None])


def test_image_shape_decides_where_the_channels_are() -> None:
    odd = np.zeros((4, 20, 20, 19), dtype=np.uint8)
    assert PixelMap.learn(odd)(odd).shape == (4, 19, 20, 20)
    assert PixelMap.learn(odd, (20, 20, 19))(odd).shape == (4, 20, 20, 19)


def test_other_numbers_are_stretched_between_the_extremes_of_the_train_pixels() -> None:
    train = PICTURES.copy()
    train[0, 0, 0, :2] = 0, 255
    for scaled in (train / 255, train * 3.0 - 7, train.astype(np.int64)):
        np.testing.assert_array_equal(PixelMap.learn(scaled)(scaled), train)


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_each_feature_of_a_table_is_a_channel_stretched_by_itself(num_features: int, seed: int) -> None:
    table = np.random.default_rng(seed).normal(5, 3, (9, num_features)) * np.arange(1, num_features + 1)
    images = PixelMap.learn(table)(table)
    assert images.shape == (9, num_features, 16, 16)
    assert (images == images[:, :, :1, :1]).all()
    values = images[:, :, 0, 0].astype(int)
    assert (values.min(0) == 0).all()
    assert (values.max(0) == 255).all()
    low, high = table.min(0), table.max(0)
    np.testing.assert_allclose(low + values / 255 * (high - low), table, atol=(high - low).max() / 500)


def test_what_lies_beyond_the_train_range_is_clipped() -> None:
    to_images = PixelMap.learn(np.array([[0.0, 1.0], [10.0, 1.0]]))
    assert to_images(np.array([[-5.0, 0.0], [99.0, 9.0]]))[:, :, 0, 0].tolist() == [[0, 0], [255, 255]]


def test_small_pictures_are_enlarged_by_repeating_pixels() -> None:
    small = PICTURES[:, :, :8, :6]
    images = PixelMap.learn(small)(small)
    assert images.shape == (6, 3, 24, 18)
    np.testing.assert_array_equal(images[:, :, ::3, ::3], small)
    assert (images.reshape(6, 3, 8, 3, 6, 3) == small[:, :, :, None, :, None]).all()


def test_read_only_pictures_can_be_given_to_torch() -> None:
    frozen = PICTURES.copy()
    frozen.flags.writeable = False
    assert PixelMap.learn(frozen)(frozen).flags.writeable


@pytest.mark.parametrize(
    ("shape", "image_shape", "message"),
    [
        (
            (4, 12),
            (3, 2, 3),
            r"a sample's shape in X to be that of images of image_shape, \(3, 2, 3\), but got \(12,\)",
        ),
        (
            (4, 12),
            (12,),
            r"image_shape to be \(channels, height, width\) or \(height, width\), but got \(12,\)",
        ),
        ((4, 3, 0, 5), (3, 0, 5), "image_shape to be"),
        ((4, 2, 3, 4, 5), None, r"a sample's shape in X to be of one to three axes, but got \(2, 3, 4, 5\)"),
    ],
)
def test_a_wrong_layout_is_one_line(
    shape: tuple[int, ...], image_shape: tuple[int, ...] | None, message: str
) -> None:
    with pytest.raises(EstimatorError, match=message):
        PixelMap.learn(np.zeros(shape), image_shape)


def test_samples_of_another_shape_than_the_train_ones_are_refused() -> None:
    with pytest.raises(
        EstimatorError, match=r"shape in X to be \(3, 20, 17\) as in fit, but got \(3, 19, 17\)"
    ):
        PixelMap.learn(PICTURES)(PICTURES[:, :, :19])
