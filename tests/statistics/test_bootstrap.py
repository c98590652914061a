import numpy as np
import pytest

from taskgraft.errors import RequestError
from taskgraft.statistics import image_weights, weight_blocks


def test_every_draw_is_whole_images_that_sum_to_one() -> None:
    weights = image_weights(50, num_draws=20)
    assert weights.shape == (20, 50)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(weights * 50, np.round(weights * 50), atol=1e-5)


def test_the_same_seed_draws_the_same_images() -> None:
    np.testing.assert_array_equal(image_weights(30, 5, seed=3), image_weights(30, 5, seed=3))
    assert not np.array_equal(image_weights(30, 5, seed=3), image_weights(30, 5, seed=4))


def test_the_variance_of_a_mean_is_the_plug_in_one() -> None:
    scores = np.random.default_rng(0).normal(size=400)
    drawn = (image_weights(400, 4000) @ scores).var(ddof=1)
    assert drawn == pytest.approx(scores.var() / 400, rel=5 * np.sqrt(2 / 4000))


@pytest.mark.parametrize(("num_images", "num_draws"), [(0, 10), (10, 0)])
def test_nothing_cannot_be_drawn(num_images: int, num_draws: int) -> None:
    with pytest.raises(RequestError, match="at least 1"):
        image_weights(num_images, num_draws)


@pytest.mark.parametrize("num_bytes", [1, 500, 10**9])
def test_blocks_are_the_same_draws_some_at_a_time(num_bytes: int) -> None:
    blocks = list(weight_blocks(30, 20, seed=3, num_bytes=num_bytes))
    np.testing.assert_array_equal(np.concatenate(blocks), image_weights(30, 20, seed=3))
    assert max(map(len, blocks)) == {1: 1, 500: 4}.get(num_bytes, 20)
