"""Onto the hub and back, against a stand-in for its HTTP interface."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import hf_xet
import numpy as np
import pytest
from huggingface_hub import close_session
from PIL import Image

import taskgraft as tg
from hub_stand_in import Hub, hub
from taskgraft.cli.main import main
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import compare
from taskgraft.models import HubError, model_file
from taskgraft.recipe import Recipe
from taskgraft.sharing import push_model
from taskgraft.study import Study


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("pushed") / "study"
    return compare(tiny_data, "shared", tiny_recipe, 1, out=out, num_threads=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One for all tests: the library keeps to the hub that it spoke with first."""
    with hub() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", server.address)
        patch.setenv("HF_TOKEN", "hf_of_a_test")
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path_factory.mktemp("hub")))
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        # A client that was made offline, or for another server, stays so.
        close_session()
        yield server
        close_session()


def test_a_model_goes_to_the_hub_with_its_card_and_comes_back_the_same(
    study: Study, tiny_data: Dataset, server: Hub
) -> None:
    address = push_model(study.directory, "hf:me/colours", private=True)
    assert address.startswith(f"{server.address}/me/colours/commit/")
    files = server.repositories["me/colours"]
    assert sorted(files) == ["README.md", "model.safetensors"]
    assert server.private["me/colours"]
    assert files["README.md"].startswith(b"---\nlibrary_name: taskgraft\n")
    assert b'tg.load_model("hf:me/colours")' in files["README.md"]
    images = tiny_data.images[:5]
    model = tg.load_model("hf:me/colours")
    np.testing.assert_array_equal(
        model.predict(images).preds, tg.load_model(study.directory).predict(images).preds
    )
    before = len(server.requests)
    tg.load_model("hf:me/colours")
    assert not [line for line in server.requests[before:] if line.startswith("GET")]


@pytest.mark.parametrize("num_parts", [1, 3])
def test_a_file_of_a_models_size_goes_as_a_large_one_and_comes_back_whole(
    num_parts: int,
    study: Study,
    tiny_data: Dataset,
    server: Hub,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = study.directory / "runs" / "shared-seed0" / "model.safetensors"
    # By LFS, in parts of their own requests.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    size = file.stat().st_size
    monkeypatch.setattr(server, "smallest_large", size)
    monkeypatch.setattr(server, "part_bytes", None if num_parts == 1 else -(-size // num_parts))
    monkeypatch.setattr(server, "objects", {})
    before = len(server.requests)
    push_model(study.directory, "hf:me/large")
    sent = [line.split("/")[2] for line in server.requests[before:] if line.startswith("PUT")]
    assert sent == (["whole"] if num_parts == 1 else ["part"] * num_parts)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert list(server.objects) == [digest]
    assert server.repositories["me/large"]["model.safetensors"] == file.read_bytes()
    assert server.repositories["me/large"]["README.md"].startswith(b"---")
    before = len(server.requests)
    images = tiny_data.images[:5]
    model = tg.load_model("hf:me/large")
    np.testing.assert_array_equal(
        model.predict(images).preds, tg.load_model(study.directory).predict(images).preds
    )
    assert f"GET /lfs/content/{digest}" in server.requests[before:]
    # What is there is not sent again.
    before = len(server.requests)
    push_model(study.directory, "hf:me/large")
    assert not [line for line in server.requests[before:] if line.startswith("PUT")]


def test_a_large_file_goes_by_xet_and_comes_back_whole(
    study: Study, server: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = study.directory / "runs" / "shared-seed0" / "model.safetensors"
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    (name,) = (each.hash for each in hf_xet.hash_files([str(file)]))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_XET_CACHE", str(tmp_path / "xet"))
    monkeypatch.setattr(server, "smallest_large", len(content))
    monkeypatch.setattr(server, "xet_store", tmp_path / "store")
    monkeypatch.setattr(server, "xet_files", {digest: (name, len(content))})
    before = len(server.requests)
    push_model(study.directory, "hf:me/chunked")
    assert not [line for line in server.requests[before:] if line.startswith("PUT")]
    assert server.repositories["me/chunked"]["model.safetensors"] == digest.encode()
    assert sum(path.stat().st_size for path in (tmp_path / "store").rglob("*")) > 0
    assert model_file("hf:me/chunked").read_bytes() == content


def test_a_large_file_that_xet_refuses_is_one_line(
    study: Study, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "smallest_large", 0)
    with pytest.raises(HubError, match=r"^Expected hf:me/refused to be within reach, but got ") as caught:
        push_model(study.directory, "hf:me/refused")
    assert "\n" not in str(caught.value)
    assert "me/refused" not in server.repositories or not server.repositories["me/refused"]


def test_the_commands_take_a_place_on_the_hub(
    study: Study,
    server: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert command(monkeypatch, "push", study.directory, "hf:me/typed") == 0
    assert f"{server.address}/me/typed/commit/" in capsys.readouterr().out
    Image.new("RGB", (12, 12), "red").save(tmp_path / "a.png")
    assert command(monkeypatch, "predict", "hf:me/typed", tmp_path / "a.png", "--csv") == 0
    from_hub = capsys.readouterr().out
    assert command(monkeypatch, "predict", study.directory, tmp_path / "a.png", "--csv") == 0
    assert capsys.readouterr().out == from_hub
    assert command(monkeypatch, "predict", "hf:me/nothing", tmp_path / "a.png") == 1
    assert "hf:me/nothing to be a repository that you may read" in capsys.readouterr().err


def command(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """The command, run in this process; its exit code."""
    monkeypatch.setattr("sys.argv", ["taskgraft", *map(str, words)])
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the tests' own handlers stay
    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def test_what_the_hub_does_not_have_is_one_line(server: Hub) -> None:
    with pytest.raises(HubError, match="hf:me/nothing to be a repository that you may read, but got none"):
        tg.load_model("hf:me/nothing")
    server.repositories["me/empty"] = {}
    with pytest.raises(HubError, match=r"hf:me/empty to be a repository with a model\.safetensors"):
        tg.load_model("hf:me/empty")
    server.repositories["me/broken"] = {"model.safetensors": b"no model"}
    with pytest.raises(tg.TaskgraftError, match="to be a trained model of taskgraft"):
        tg.load_model("hf:me/broken")


def test_a_hub_out_of_reach_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(HubError) as caught:
        tg.load_model("hf:me/colours")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["hf:", "hf:me", "hf:me/a/b", "hf:me/a b", "hf:../x/y"])
def test_other_places_are_refused(place: str, study: Study) -> None:
    with pytest.raises(RequestError, match="Expected the place to be hf:USER/NAME"):
        tg.load_model(place)
    with pytest.raises(RequestError, match="Expected the place to be hf:USER/NAME"):
        push_model(study.directory, place)


def test_a_variant_is_only_of_a_study() -> None:
    with pytest.raises(RequestError, match="variant to be left out where the model is no study's"):
        tg.load_model("hf:me/colours", variant="shared")
