import pytest
import torch

from balancer_laws import assert_gradients_equal_weighted_sum, assert_order_of_levels_is_no_matter
from taskgraft.training.balancers import Fixed


@pytest.mark.parametrize("weights", [[1.0, 1.0, 2.0], [0.0, 0.5, 3.0]])
def test_fixed_is_the_weighted_sum_to_the_bit(weights: list[float]) -> None:
    assert_gradients_equal_weighted_sum(Fixed, torch.tensor(weights))


def test_fixed_does_not_mind_the_order_of_levels() -> None:
    assert_order_of_levels_is_no_matter(Fixed)
