import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from taskgraft.architecture import NAMES, catalogue
from taskgraft.data import Dataset, Split
from taskgraft.errors import TaskgraftError
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.hardware._device import Precision
from taskgraft.history import Epoch
from taskgraft.inference import predict_logits
from taskgraft.network import Network
from taskgraft.network import _convolution as convolution
from taskgraft.recipe import EarlyStop, Recipe, Sgd
from taskgraft.recipe._recipes import original
from taskgraft.training import Job, new_network, train, untrained_network
from taskgraft.training._batches import Batches
from taskgraft.training._epoch_end import has_stalled
from taskgraft.training._loss import level_losses

F32 = Hardware("cpu", "f32", channels_last=False, num_threads=1)


def run(data: Dataset, recipe: Recipe, name: str = "shared", seed: int = 0) -> tuple[Network, list[Epoch]]:
    architecture = catalogue(data.taxonomy.level_names)[name]
    return train(architecture, data, recipe, seed, choose_hardware())


@pytest.mark.parametrize("name", ["independent", "shared-fine-to-coarse"])
def test_the_same_seed_gives_bit_identical_weights(
    tiny_data: Dataset, tiny_recipe: Recipe, name: str
) -> None:
    (one, history), (other, again) = run(tiny_data, tiny_recipe, name), run(tiny_data, tiny_recipe, name)
    for key, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[key]), key
    assert [row.train_losses for row in history] == [row.train_losses for row in again]
    third, _ = run(tiny_data, tiny_recipe, name, seed=1)
    assert not torch.equal(one.branches[0].head.weight, third.branches[0].head.weight)


def test_every_architecture_of_a_seed_sees_the_same_images_in_the_same_order(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[bytes]] = {}
    features = Network.features

    def noted(network: Network, images: torch.Tensor) -> list[torch.Tensor]:
        if network.training:
            seen.setdefault(network.architecture.name, []).append(images.numpy().tobytes())
        return features(network, images)

    monkeypatch.setattr(Network, "features", noted)
    for name in NAMES:
        run(tiny_data, tiny_recipe, name)
    assert len(seen) == 6
    assert len(seen["shared"]) == 10
    assert all(batches == seen["shared"] for batches in seen.values())


def test_separate_networks_trained_together_are_the_networks_trained_alone(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    """The control is what it says: another level's loss does not touch a level's weights."""
    both, _ = run(tiny_data, tiny_recipe, "independent")
    labels = tiny_data.labels.copy()
    labels[:, 0] = 1 - labels[:, 0]
    other, _ = run(replace(tiny_data, labels=labels), tiny_recipe, "independent")
    pairs = list(zip(both.named_parameters(), other.named_parameters(), strict=True))
    fine = [(one, two) for (name, one), (_, two) in pairs if re.search(r"lanes\.1\.|branches\.1\.", name)]
    assert len(fine) == len(pairs) // 2
    assert all(torch.equal(one, two) for one, two in fine)
    assert not torch.equal(both.branches[0].head.weight, other.branches[0].head.weight)


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_the_original_networks_train(tiny_data: Dataset, precision: Precision) -> None:
    hardware = Hardware("cpu", precision, channels_last=True, num_threads=1)
    recipe = original().model_copy(update={"epochs": 2.0, "batch_size": 32})
    for architecture in catalogue(tiny_data.taxonomy.level_names).values():
        _, history = train(architecture, tiny_data, recipe, 0, hardware)
        assert history[-1].train_loss < history[0].train_loss


def test_learning_happens(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    _, history = run(tiny_data, tiny_recipe.model_copy(update={"epochs": 8.0}))
    assert history[-1].train_loss < history[0].train_loss
    assert history[-1].val_accuracies["colour"] > 0.7
    assert [row.epoch for row in history] == list(range(1, 9))


def test_neither_test_images_nor_val_labels_reach_the_weights(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    images, labels = tiny_data.images.copy(), tiny_data.labels.copy()
    images[tiny_data.indices["test"]] = 7
    labels[tiny_data.indices["val"]] = 0
    one, _ = run(tiny_data, tiny_recipe)
    other, _ = run(replace(tiny_data, images=images, labels=labels), tiny_recipe)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_loop_does_what_a_plain_loop_does(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.model_copy(update={"epochs": 1.0, "finest_weight": 2.0})
    architecture = catalogue(tiny_data.taxonomy.level_names)["coarse-to-fine"]
    _, history = train(architecture, tiny_data, recipe, 0, F32)
    network = untrained_network(Job(architecture, tiny_data, recipe, F32), 0)
    assert isinstance(recipe.optimizer, Sgd)
    decayed = [p for p in network.parameters() if p.ndim > 1 and p.requires_grad]
    optimizer = torch.optim.SGD(network.parameters(), lr=1, momentum=0.9, nesterov=True)
    sums = torch.zeros(2)
    for step, (images, targets, *_) in enumerate(Batches(tiny_data, recipe, 0, "cpu").epoch(0)):
        # Five steps, a quarter of them rising: one half-way up, then the peak, then down.
        optimizer.param_groups[0]["lr"] = recipe.optimizer.learning_rate * [0.5, 1, 0.75, 0.5, 0.25][step]
        losses = level_losses(network(images), targets, recipe.label_smoothing)
        optimizer.zero_grad()
        (losses[0] + 2 * losses[1]).backward()
        for weight in decayed:
            weight.grad += recipe.optimizer.weight_decay * weight.detach()
        optimizer.step()
        sums += losses.detach()
    assert list(history[0].train_losses.values()) == pytest.approx((sums / 5).tolist(), abs=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("precision", "bound"), [("f32", 1e-5), ("bf16", 0.02)])
def test_the_fast_path_trains_as_the_plain_one(
    tiny_data: Dataset, tiny_recipe: Recipe, name: str, precision: Precision, bound: float
) -> None:
    """Channels last, maps of few pixels by matrix products and kept memory, against plain convolutions."""
    recipe = tiny_recipe.model_copy(update={"batch_size": 64, "growth": (0.75, 1.0), "epochs": 3.0})
    architecture = catalogue(tiny_data.taxonomy.level_names)[name]
    fast = Hardware("cpu", precision, channels_last=True, num_threads=1)
    _, ours = train(architecture, tiny_data, recipe, 0, fast)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "_SMALL_SIDE", 0)
        _, plain = train(architecture, tiny_data, recipe, 0, F32)
    assert ours[-1].step == 6
    for one, other in zip(ours, plain, strict=True):
        assert one.train_losses == pytest.approx(other.train_losses, rel=bound, abs=bound)


def test_a_run_may_end_in_the_middle_of_an_epoch(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    _, history = run(tiny_data, tiny_recipe.model_copy(update={"epochs": 1.6}))
    assert [(row.epoch, row.step) for row in history] == [(1.0, 5), (1.6, 8)]


def test_a_loss_that_is_no_number_ends_the_run_with_one_line(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    wild = tiny_recipe.model_copy(update={"optimizer": Sgd(learning_rate=1e30, momentum=0.9)})
    with pytest.raises(
        TaskgraftError, match=r"the loss of level 'group' at step 2 to be a finite number, but got nan\."
    ):
        run(tiny_data, wild)


def row(loss: float) -> Epoch:
    return Epoch(
        epoch=1,
        step=1,
        seconds=0,
        learning_rate=1,
        train_loss=loss,
        train_losses={},
        val_losses={},
        val_accuracies={},
    )


def test_early_stopping_counts_epochs_without_improvement_as_keras_does() -> None:
    rule = EarlyStop(patience=2, min_delta=0.1)
    assert not has_stalled([row(x) for x in (1.0, 0.95)], rule)
    assert has_stalled([row(x) for x in (1.0, 0.95, 0.91)], rule)
    assert not has_stalled([row(x) for x in (1.0, 0.95, 0.85)], rule)
    assert has_stalled([row(x) for x in (1.0, 0.85, 0.9, 0.84)], rule)
    assert not has_stalled([row(math.inf)] * 50, None)


def test_a_stalled_run_ends_early(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    rule = EarlyStop(patience=1, min_delta=100.0)
    _, history = run(tiny_data, tiny_recipe.model_copy(update={"epochs": 9.0, "early_stop": rule}))
    assert len(history) == 2


def test_standard_normalisation_centres_the_train_split(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    network = new_network(Job(architecture, tiny_data, tiny_recipe, F32))
    train_images = tiny_data.images[tiny_data.indices["train"]].astype(np.float64)
    np.testing.assert_allclose(network.pixel_mean.flatten(), train_images.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(network.pixel_std.flatten(), train_images.std((0, 2, 3)), rtol=1e-5)


def test_flipped_logits_are_the_mean_over_both_views(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    network, _ = run(tiny_data, tiny_recipe)
    plain = predict_logits(network, tiny_data, "test", F32)
    mirrored = replace(tiny_data, images=np.ascontiguousarray(tiny_data.images[..., ::-1]))
    other = predict_logits(network, mirrored, "test", F32)
    both = predict_logits(network, tiny_data, "test", F32, flip=True)
    for a, b, mean in zip(plain, other, both, strict=True):
        np.testing.assert_allclose((a + b) / 2, mean, atol=1e-5)
        assert mean.dtype == np.float32
    assert [level.shape for level in plain] == [(60, 2), (60, 4)]


def with_unknown(data: Dataset, split: Split, level: int, which: slice = slice(None)) -> Dataset:
    labels = data.labels.copy()
    labels[data.indices[split][which], level] = -1
    return replace(data, labels=labels)


def test_runs_train_on_images_of_which_some_classes_are_unknown(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    patchy = with_unknown(tiny_data, "train", 1, slice(None, None, 2))
    _, history = run(patchy, tiny_recipe.model_copy(update={"epochs": 8.0}), "shared-coarse-to-fine")
    assert history[-1].val_accuracies["colour"] > 0.7


def test_an_image_without_any_label_teaches_nothing(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    """A batch norm sees it all the same, so the control is a level of its own that nothing is known of."""
    blind = with_unknown(tiny_data, "train", 1)
    network, history = run(blind, tiny_recipe, "independent")
    start = untrained_network(Job(network.architecture, blind, tiny_recipe, choose_hardware()), 0)
    assert torch.equal(network.branches[1].head.bias, start.branches[1].head.bias)
    assert not torch.equal(network.branches[0].head.bias, start.branches[0].head.bias)
    assert history[-1].train_losses["colour"] == 0
    assert history[-1].train_losses["group"] > 0


def test_train_losses_are_means_over_the_steps_that_knew_the_level(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    """One image is known at the level: its step's loss is the epoch's, not a fifth of it."""
    recipe = tiny_recipe.model_copy(update={"epochs": 1.0})
    _, history = run(with_unknown(tiny_data, "train", 1, slice(1, None)), recipe, "independent")
    # Four classes at an untrained network: log 4, give or take; a fifth of that would be 0.28.
    assert history[0].train_losses["colour"] > 0.6


def test_unknown_val_classes_are_left_out_of_the_epochs_scores(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    _, whole = run(tiny_data, tiny_recipe)
    fewer = {**tiny_data.indices, "val": tiny_data.indices["val"][10:]}
    _, rest = run(replace(tiny_data, indices=fewer), tiny_recipe)
    _, patchy = run(with_unknown(tiny_data, "val", 1, slice(10)), tiny_recipe)
    assert patchy[-1].val_accuracies["group"] == whole[-1].val_accuracies["group"]
    assert patchy[-1].val_accuracies["colour"] == rest[-1].val_accuracies["colour"]
    assert patchy[-1].val_losses["colour"] == pytest.approx(rest[-1].val_losses["colour"])


def test_a_level_that_val_knows_nothing_of_is_not_in_the_history(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    _, history = run(with_unknown(tiny_data, "val", 1), tiny_recipe)
    assert set(history[-1].val_accuracies) == set(history[-1].val_losses) == {"group"}
    assert Epoch.model_validate_json(history[-1].model_dump_json()) == history[-1]
