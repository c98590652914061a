"""What a request names outside of itself is looked at before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from planned import planned
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import DataError, RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.network import _timm_weights as timm_weights
from taskgraft.network import weights_digest
from taskgraft.network._timm_import import import_timm

NAME = "test_resnet"
TRUNK = f"timm/{NAME}"


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load("shapes", num_train=160, num_test=20)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "w.safetensors"
    save_file(import_timm().create_model(NAME, pretrained=False).state_dict(), path)
    return path


def spoilt(weights: Path, how: str) -> Path:
    """The file, so that no run could begin with it."""
    if how == "missing":
        weights.unlink()
    elif how == "garbage":
        weights.write_bytes(b"garbage")
    elif how == "cut off":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif how == "of another network":
        save_file({"a": torch.zeros(1)}, weights)
    elif how == "a tensor too few":
        tensors = load_file(weights)
        tensors.pop(next(name for name, tensor in tensors.items() if tensor.ndim == 4))
        save_file(tensors, weights)
    else:
        weights.unlink()
        weights.mkdir()
    return weights


SPOILT = ["missing", "garbage", "cut off", "of another network", "a tensor too few", "a folder"]


@pytest.mark.parametrize("how", SPOILT)
def test_weights_that_no_run_could_begin_with_are_a_wrong_request(
    how: str, data: Dataset, weights: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"trunk": TRUNK, "trunk_weights": spoilt(weights, how), "out": tmp_path / "s"}
    for attempt in (planned, compare):
        with pytest.raises(RequestError, match=r"Expected .*w\.safetensors|or a \.safetensors") as caught:
            attempt(data, "shared", "quick", 1, epochs=1, **options)
        assert caught.value.exit_code == 2
        assert "\n" not in str(caught.value)
        assert not options["out"].exists()


@pytest.mark.parametrize("how", SPOILT)
def test_weights_in_a_recipe_are_looked_at_too(
    how: str, data: Dataset, weights: Path, tmp_path: Path
) -> None:
    trunk = {
        "family": "timm",
        "backbone": NAME,
        "weights": str(weights),
        "weights_sha256": weights_digest(weights),
    }
    spoilt(weights, how)
    changes = {"network": {"trunk": trunk}, "growth": []}
    with pytest.raises(RequestError):
        compare(data, "shared", "quick", 1, set=changes, out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_weights_in_a_recipe_need_their_digest(data: Dataset, weights: Path, tmp_path: Path) -> None:
    trunk = {"family": "timm", "backbone": NAME, "weights": str(weights)}
    rule = "network.trunk.weights_sha256 to be set with network.trunk.weights=.*, but got none. Set it to "
    with pytest.raises(RequestError, match=rule + weights_digest(weights)):
        planned(data, "shared", "quick", 1, set={"network": {"trunk": trunk}}, out=tmp_path / "s")


def test_published_weights_are_fetched_before_a_study_is_written(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*args: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(timm_weights, "create_backbone", offline)
    options: dict[str, Any] = {"trunk": TRUNK, "trunk_weights": "hub", "out": tmp_path / "s"}
    # A plan downloads nothing, so it finds no fault.
    assert len(planned(data, "shared", "quick", 1, **options).todo) == 1
    with pytest.raises(DataError, match="available from the hub, but got 'OSError: no route to host'"):
        compare(data, "shared", "quick", 1, listener=silent, **options)
    assert not (tmp_path / "s").exists()


def test_a_network_without_published_weights_cannot_begin_with_them(data: Dataset, tmp_path: Path) -> None:
    unpublished = next(
        name
        for name in import_timm().list_models("resnet*")
        if not (import_timm().get_pretrained_cfg(name) or timm_config()).has_weights
    )
    with pytest.raises(RequestError, match=f"timm/{unpublished}.* to be a network with published weights"):
        planned(
            data,
            "shared",
            "quick",
            1,
            trunk=f"timm/{unpublished}",
            trunk_weights="hub",
            out=tmp_path / "s",
        )


def timm_config() -> Any:
    return import_timm().models.PretrainedCfg()
