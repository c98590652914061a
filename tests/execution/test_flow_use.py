"""Networks whose flow decides, by construction, or decides nothing."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from taskgraft.architecture import INTERVENTIONS, Architecture, Flow, catalogue
from taskgraft.data import Dataset, Split
from taskgraft.execution._flow_use import preds_under_interventions
from taskgraft.hardware import choose_hardware
from taskgraft.inference import predict_logits
from taskgraft.network import Network, carry
from taskgraft.recipe import Recipe
from taskgraft.training import train

HARDWARE = choose_hardware("cpu", 1)


@pytest.fixture(scope="module")
def trained(tiny_data: Dataset, tiny_recipe: Recipe) -> Network:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared-coarse-to-fine"]
    recipe = tiny_recipe.model_copy(update={"epochs": 6.0})
    network, _ = train(architecture, tiny_data, recipe, 0, HARDWARE)
    return network


def preds(network: Network, data: Dataset, seed: int = 0) -> dict[str, np.ndarray]:
    logits = {s: predict_logits(network, data, s, HARDWARE) for s in ("val", "test")}
    found = preds_under_interventions(network, data, logits, seed, HARDWARE)
    return {kind: found["group", "colour", kind] for kind in INTERVENTIONS}


def reference(network: Network, data: Dataset, given: torch.Tensor) -> np.ndarray:
    """The target's predictions, with something of our own flowing, without folding or batches."""
    images = torch.from_numpy(data.images[data.indices["test"]])
    with torch.no_grad():
        logits = network.decide(network.features(images), {("group", "colour"): given})
    return logits[1].argmax(dim=1).numpy()


def test_nothing_replaced_is_what_the_network_predicts(trained: Network, tiny_data: Dataset) -> None:
    logits = predict_logits(trained, tiny_data, "test", HARDWARE)
    np.testing.assert_array_equal(preds(trained, tiny_data)["none"], logits[1].argmax(axis=1))


def test_interventions_are_what_they_say(trained: Network, tiny_data: Dataset) -> None:
    found = preds(trained, tiny_data)
    val, test = (
        torch.from_numpy(predict_logits(trained, tiny_data, s, HARDWARE)[0]) for s in ("val", "test")
    )
    mean = val.mean(dim=0).expand_as(test)
    # Folding and bf16 may turn an image that lies on the edge.
    assert np.mean(found["mean"] == reference(trained, tiny_data, mean)) > 0.95
    labels = tiny_data.labels_of("val")[:, 0]
    at_true = np.mean([row[label] for row, label in zip(val.numpy(), labels, strict=True)])
    at_other = np.mean([row[1 - label] for row, label in zip(val.numpy(), labels, strict=True)])
    truth = np.eye(2)[tiny_data.labels_of("test")[:, 0]]
    oracle = torch.tensor(at_other + (at_true - at_other) * truth, dtype=torch.float32)
    assert np.mean(found["oracle"] == reference(trained, tiny_data, oracle)) > 0.95


def _set_flow_weight(network: Network, weight: float) -> Network:
    """Makes the target's hidden layer see the flow with a weight of our own, and nothing else."""
    dense = network.branches[1].fc_2[0][0]
    with torch.no_grad():
        dense.weight[:, -2:] *= weight
    return network


def test_a_flow_that_is_not_looked_at_changes_nothing(trained: Network, tiny_data: Dataset) -> None:
    deaf = _set_flow_weight(copy.deepcopy(trained), 0.0)
    found = preds(deaf, tiny_data)
    for kind in INTERVENTIONS:
        np.testing.assert_array_equal(found[kind], found["none"])


def test_a_flow_that_is_looked_at_hard_does(trained: Network, tiny_data: Dataset) -> None:
    found = preds(_set_flow_weight(copy.deepcopy(trained), 50.0), tiny_data)
    assert np.mean(found["shuffled"] != found["none"]) > 0.05


def test_the_shuffle_belongs_to_the_seed(trained: Network, tiny_data: Dataset) -> None:
    loud = _set_flow_weight(copy.deepcopy(trained), 50.0)
    first, again, other = (preds(loud, tiny_data, seed)["shuffled"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_without_flows_there_is_nothing_to_replace(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    network = Network(
        catalogue(["group", "colour"])["shared"], tiny_recipe.network, (2, 4), (3, 12, 12)
    ).eval()
    assert preds_under_interventions(network, tiny_data, {}, 0, HARDWARE) == {}


def test_what_a_flow_of_probabilities_carries_sums_to_one() -> None:
    flow = Flow("a", "b", carries="probs")
    assert Architecture("x", ("a", "b"), "shared", (flow,)).flows == (flow,)
    hidden, logits = torch.randn(3, 2), torch.randn(3, 4)
    torch.testing.assert_close(carry(flow, hidden, logits), logits.softmax(dim=1))


@pytest.fixture(scope="module")
def trained_on_features(tiny_data: Dataset, tiny_recipe: Recipe) -> Network:
    levels = tiny_data.taxonomy.level_names
    architecture = Architecture(
        "mine", levels, "forked", (Flow("group", "colour", "features"),), forks=(1, 2)
    )
    recipe = tiny_recipe.model_copy(update={"epochs": 3.0})
    network, _ = train(architecture, tiny_data, recipe, 0, HARDWARE)
    return network


def hidden_of_group(network: Network, data: Dataset, split: Split) -> torch.Tensor:
    """What `fc_1` of the source gives, one image at a time and without folding."""
    images = torch.from_numpy(data.images[data.indices[split]])
    with torch.no_grad():
        return torch.cat([network.embed(network.features(image[None]), "group") for image in images])


def with_unknown(data: Dataset, rows: np.ndarray) -> Dataset:
    """The data with the class that flows, of the coarser level, not known of these of its images."""
    labels = data.labels.copy()
    labels[rows, 0] = -1
    return replace(data, labels=labels)


@pytest.mark.parametrize("num_unknown", [0, 7])
def test_interventions_on_features_are_what_they_say(
    trained_on_features: Network, tiny_data: Dataset, num_unknown: int
) -> None:
    network = trained_on_features
    rows = np.concatenate([tiny_data.indices[s][:num_unknown] for s in ("val", "test")])
    data = with_unknown(tiny_data, rows)
    found = preds(network, data)
    val = hidden_of_group(network, data, "val")
    labels, wanted = (data.labels_of(split)[:, 0] for split in ("val", "test"))
    means = [val[torch.from_numpy(labels == k)].mean(dim=0) for k in range(2)] + [val.mean(dim=0)]
    # The last stands for -1, too.
    oracle = torch.stack(means)[torch.from_numpy(wanted)]
    assert np.mean(found["oracle"] == reference(network, data, oracle)) > 0.95
    assert np.mean(found["mean"] == reference(network, data, means[2].expand(len(wanted), -1))) > 0.95
    own = reference(network, data, hidden_of_group(network, data, "test"))
    assert np.mean(found["none"] == own) > 0.95


def test_of_an_unknown_class_the_oracle_knows_only_the_mean(trained: Network, tiny_data: Dataset) -> None:
    nothing = with_unknown(tiny_data, np.arange(len(tiny_data.labels)))
    found = preds(trained, nothing)
    np.testing.assert_array_equal(found["oracle"], found["mean"])
    half = with_unknown(tiny_data, tiny_data.indices["test"][:30])
    found, known = preds(trained, half), preds(trained, tiny_data)
    np.testing.assert_array_equal(found["oracle"][:30], known["mean"][:30])
    np.testing.assert_array_equal(found["oracle"][30:], known["oracle"][30:])
