import pytest
import torch

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.network import cost
from taskgraft.recipe import Recipe
from taskgraft.training import train_pflop
from taskgraft.training._growth import shrink, side_ratio


def test_every_size_has_its_equal_part_of_the_steps() -> None:
    ratios = [side_ratio((0.5, 0.75, 1.0), step, 30) for step in range(30)]
    assert ratios == [0.5] * 10 + [0.75] * 10 + [1.0] * 10


def test_without_growth_images_are_left_alone() -> None:
    images = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    assert shrink(images, side_ratio((), 0, 10)) is images


def test_shrinking_averages_and_keeps_a_flat_picture_flat() -> None:
    flat = torch.full((2, 3, 32, 32), 77, dtype=torch.uint8)
    assert shrink(flat, 0.625).shape == (2, 3, 20, 20)
    assert (shrink(flat, 0.625) == 77).all()
    # Antialiasing: a fine chequerboard turns grey, where picking pixels would leave it black and white.
    board = ((torch.arange(32)[:, None] + torch.arange(32)) % 2 * 200).to(torch.uint8).expand(1, 1, 32, 32)
    grey = shrink(board, 0.5)[0, 0, 1:-1, 1:-1].float()
    assert (grey - 100).abs().max() <= 5


def test_shrinking_floats_and_bytes_agree() -> None:
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    assert (shrink(images, 0.75).float() - shrink(images.float(), 0.75)).abs().max() <= 1


def test_pflop_counts_each_step_at_its_size(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    growing = tiny_recipe.model_copy(update={"growth": (0.75, 1.0)})

    def macs(side: int) -> int:
        return cost(architecture, growing.network, tiny_data.taxonomy.num_classes, (3, side, side)).macs

    # Ten steps of 32 images; the first five of 9x9 pixels.
    assert train_pflop(architecture, growing, tiny_data) == pytest.approx(
        6 * 32 * 5 * (macs(9) + macs(12)) / 1e15
    )
    assert train_pflop(architecture, growing, tiny_data, steps=3) == pytest.approx(
        6 * 32 * 3 * macs(9) / 1e15
    )
    assert train_pflop(architecture, tiny_recipe, tiny_data) == pytest.approx(6 * 320 * macs(12) / 1e15)
