"""What the recipes did before they could follow sizes, balance classes or mask labels, they still do."""

import pytest

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.hardware import Hardware
from taskgraft.history import Silent
from taskgraft.recipe import follow_images, recipe
from taskgraft.training import train

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)

# Recipe, batch size, epochs, mean loss of each level over the steps, taken down once and not to be changed
# (but for `fast`, whose last stage draws other first weights since `docs/decisions/0025`).
GOLDEN = [
    ("quick", "shared-coarse-to-fine", 64, 1.0, [1.4285547733306885, 2.8970935344696045]),
    ("quick", "independent", 64, 1.0, [1.4154248237609863, 2.848356246948242]),
    ("fast", "shared-coarse-to-fine", 32, 4 / 9, [1.7681018114089966, 3.799445152282715]),
    ("fast", "independent", 32, 4 / 9, [1.8562501668930054, 3.916811943054199]),
    ("compact", "shared-coarse-to-fine", 32, 4 / 9, [2.0115959644317627, 3.2996480464935303]),
    ("compact", "independent", 32, 4 / 9, [1.9819793701171875, 3.290022373199463]),
    ("original", "shared-coarse-to-fine", 16, 2 / 16, [1.94901704788208, 3.7631072998046875]),
]


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    return load("shapes", num_train=320, num_test=16)


@pytest.mark.parametrize(("name", "architecture", "batch_size", "epochs", "losses"), GOLDEN)
def test_the_first_steps_of_a_recipe_have_the_losses_they_always_had(
    pictures: Dataset, name: str, architecture: str, batch_size: int, epochs: float, losses: list[float]
) -> None:
    known = follow_images(recipe(name), pictures.image_shape)
    short = known.model_copy(update={"batch_size": batch_size, "epochs": epochs})
    chosen = catalogue(pictures.taxonomy.level_names)[architecture]
    _, history = train(chosen, pictures, short, 0, F32, Silent())
    # To the bit on one machine; another's sums run in another order.
    assert list(history[-1].train_losses.values()) == pytest.approx(losses, rel=1e-4)
