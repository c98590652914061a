"""A level that a balancer drives to nothing, and a gradient that blows up, are said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from taskgraft.history import Epoch
from taskgraft.verdict import _balances
from taskgraft.verdict._balances import about_balances


def row(weights: dict[str, float] | None = None, ratio: float | None = None) -> Epoch:
    return Epoch(
        epoch=1,
        step=5,
        seconds=1,
        learning_rate=0.1,
        train_loss=1,
        train_losses={"kind": 1, "thing": 1},
        val_losses={},
        val_accuracies={},
        level_weights=weights,
        gradient_ratio=ratio,
    )


def said(monkeypatch: pytest.MonkeyPatch, *last: Epoch) -> list[str]:
    """The sentences of one variant whose runs end so."""
    monkeypatch.setattr(_balances, "read_history", lambda directory, levels: [last[int(str(directory)[-1])]])
    study = SimpleNamespace(
        directory=SimpleNamespace(), taxonomy=SimpleNamespace(level_names=("kind", "thing"))
    )
    monkeypatch.setattr(_balances, "run_directory", lambda directory, name, seed: f"{name}-seed{seed}")
    runs = [SimpleNamespace(seed=seed) for seed in range(len(last))]
    evidence = SimpleNamespace(study=study, names=("shared+balancing=gradnorm",), runs=lambda name: runs)
    return list(about_balances(evidence))


def test_a_level_of_next_to_no_weight_in_half_of_the_runs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lost, fine = {"kind": 0.004, "thing": 1.996}, {"kind": 0.9, "thing": 1.1}
    assert said(monkeypatch, row(lost), row(fine)) == [
        "In shared+balancing=gradnorm the balancer drove the weight of kind to 0.4 % of the mean of all "
        "levels in one of 2 runs: kind was hardly trained at the end."
    ]
    assert said(monkeypatch, row(lost), row(fine), row(fine)) == []
    assert said(monkeypatch, row(), row()) == []


def test_a_gradient_of_ten_times_the_norm_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, row(ratio=9.9), row(ratio=0.1)) == []
    assert said(monkeypatch, row(ratio=9.9), row(ratio=37.04)) == [
        "In shared+balancing=gradnorm the balancer made gradients of up to 37 times the norm of their sum in "
        "the last epoch: its steps are longer than the learning rate was chosen for."
    ]
