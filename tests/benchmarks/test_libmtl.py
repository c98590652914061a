from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.libmtl.__main__ import accuracies, figures
from benchmarks.libmtl.rows import ROWS, Length, job_of, trained_by_us
from benchmarks.libmtl.theirs import import_libmtl, trained_by_libmtl
from taskgraft.data import Dataset
from taskgraft.data.sources import load

# As much of LibMTL's interface as the bench uses, with the plainest of loops behind it.
_LIBRARY = """
import torch
from torch import nn
from torch.nn import functional as F

class metrics:
    AccMetric = object

class loss:
    class CELoss:
        def __call__(self, logits, targets):
            return F.cross_entropy(logits, targets)

class Model(nn.Module):
    def __init__(self, encoder, decoders):
        super().__init__()
        self.encoder, self.decoders = encoder, decoders

    def forward(self, pixels):
        features = self.encoder(pixels)
        return {name: head(features) for name, head in self.decoders.items()}

class Trainer(nn.Module):
    def __init__(self, tasks, weighting, architecture, encoder_class, decoders, rep_grad, multi_input,
                 optim_param, scheduler_param, weight_args, arch_args):
        super().__init__()
        self.device = torch.device("cuda:0")
        assert (weighting, architecture) == ("EW", "HPS")
        self.losses = {name: task["loss_fn"] for name, task in tasks.items()}
        self.model = Model(encoder_class(), decoders).to(self.device)
        rest = {key: value for key, value in optim_param.items() if key != "optim"}
        self.optimizer = torch.optim.SGD(self.model.parameters(), **rest)

    def train(self, loader, test_loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            for pixels, labels in loader:
                self.optimizer.zero_grad()
                logits = self.model(pixels)
                sum(loss(logits[name], labels[name]) for name, loss in self.losses.items()).backward()
                self.optimizer.step()
            self.test(test_loader, epoch)
"""


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load("shapes", num_train=160, num_test=48)


def test_a_plain_loop_written_elsewhere_trains_the_same_network(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "LibMTL").mkdir()
    (tmp_path / "LibMTL" / "__init__.py").write_text(_LIBRARY)
    monkeypatch.delitem(__import__("sys").modules, "LibMTL", raising=False)
    library = import_libmtl(tmp_path)
    length = Length(epochs=2, batch_size=32, rate=0.02)
    ours = trained_by_us(ROWS[0], length, data, seed=1)
    theirs = trained_by_libmtl(library, ROWS[0], length, data, seed=1)
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-3)
        assert np.ptp(one) > 0.1


def test_the_network_of_attention_looks_at_the_four_layers(data: Dataset) -> None:
    job = job_of(ROWS[2], Length(), data)
    assert [mixing.stage for mixing in job.architecture.mixers] == [2, 3, 4, 5]
    assert job.recipe.optimizer.kind == "sgd"
    assert job.recipe.balancing.kind == "equal"


def test_gradients_are_compared_at_the_weights_where_libmtl_compares_them(data: Dataset) -> None:
    assert job_of(ROWS[1], Length(), data).recipe.balancing.settings["at"] == "parameters"


def test_a_row_has_both_accuracies_and_their_difference_by_level(data: Dataset) -> None:
    logits = [np.eye(data.taxonomy.num_classes[0])[data.labels_of("test")[:, 0]], np.zeros((48, 16))]
    ours = accuracies([level.astype(np.float32) for level in logits], data)
    assert ours[0] == 1
    table = figures(ROWS[0], [(ours, ours - 0.01), (ours, ours - 0.03)], ("family", "shape"))
    assert table["family"]["ours"] == [100.0, 100.0, 100.0]
    assert table["family"]["libmtl"][0] == 98.0
    assert table["family"]["difference"][0] == 2.0
    assert (table["row"], table["seeds"]) == ("shared + equal", 2)
