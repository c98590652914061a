import sys
from pathlib import Path

import pytest
import torch

from forked import Forked
from taskgraft.architecture import catalogue
from taskgraft.errors import RequestError
from taskgraft.hardware import Hardware
from taskgraft.inference import TorchEngine
from taskgraft.inference import _openvino as openvino_import
from taskgraft.inference import _openvino_engine as openvino_engine
from taskgraft.inference import _predictor as predictor
from taskgraft.inference._openvino_engine import OpenVinoEngine
from taskgraft.network import Network, initialise
from taskgraft.recipe import quick

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
SHAPE = (3, 32, 32)


@pytest.fixture(scope="module")
def network() -> Network:
    built = Network(catalogue(["a", "b"])["coarse-to-fine"], quick().network, (2, 4), SHAPE)
    initialise(built, 0)
    return built.eval()


def pixels(count: int) -> torch.Tensor:
    return torch.randint(
        0, 256, (count, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )


@pytest.mark.parametrize("batch_size", [1, 5])
def test_both_engines_give_the_networks_logits(network: Network, batch_size: int) -> None:
    images = pixels(batch_size)
    with torch.no_grad():
        expected = network(images)
    for engine in ("torch", "openvino"):
        predict = predictor.predictor(network, F32, batch_size, SHAPE, engine=engine)
        for ours, plain in zip(predict(images), expected, strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-3, atol=1e-3)


def test_answers_do_not_change_under_the_next_call(network: Network) -> None:
    predict = predictor.predictor(network, F32, 1, SHAPE, engine="openvino")
    kept = predict(pixels(1))
    first = [logits.clone() for logits in kept]
    predict(255 - pixels(1))
    assert all(torch.equal(a, b) for a, b in zip(kept, first, strict=True))


def test_auto_takes_openvino_for_small_batches_only(network: Network) -> None:
    assert isinstance(predictor.predictor(network, F32, 1, SHAPE), OpenVinoEngine)
    assert isinstance(predictor.predictor(network, F32, 256, SHAPE), TorchEngine)


def test_auto_does_without_the_extra(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "has_openvino", lambda: False)
    assert isinstance(predictor.predictor(network, F32, 1, SHAPE), TorchEngine)


def import_openvino() -> None:
    openvino_import.import_openvino("openvino.frontend")


def test_openvino_reports_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package would send an event for each import; it keeps an identity for that in ~/intel."""
    monkeypatch.setenv("HOME", str(tmp_path))
    Forked(import_openvino).result()
    assert list(tmp_path.iterdir()) == []


def test_asking_for_a_missing_extra_names_it(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(openvino_engine, "has_openvino", lambda: False)
    with pytest.raises(RequestError, match=r"pip install taskgraft\[openvino\]"):
        predictor.predictor(network, F32, 1, SHAPE, engine="openvino")
