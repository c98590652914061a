"""`taskgraft export` as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import model_digest
from taskgraft.models import load_model
from taskgraft.recipe import Recipe
from taskgraft.remapping import remap
from taskgraft.taxonomy import Taxonomy

NOT_AT_HAND = "the study's validation pictures are not at hand"


@pytest.fixture(scope="module")
def study(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "study"
    data = load("shapes", num_train=160, num_test=32)
    compare(data, "shared", tiny_recipe, 1, out=out, listener=silent)
    return out


def test_a_study_is_written_and_checked_on_its_validation_pictures(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shapes.onnx"
    assert run(monkeypatch, "export", study, "--to", "onnx", "--out", out) == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert said.startswith(f"Wrote {out} (")
    assert "  model      shared, seed 0, of study" in said
    assert "  input      pixels: uint8 (batch, 3, 32, 32)" in said
    assert "Checked on 16 validation pictures of shapes, in batches of 1, 2 and 257:" in said
    assert "  decisions  path and depth are the model's on all 16" in said
    assert all(len(line) <= 80 for line in said.splitlines()[1:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shapes.onnx", "shapes.onnx.json"]


def test_the_labels_of_a_study_do_not_judge_a_model_that_was_remapped_since(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = study / "runs" / "shared-seed0" / "model.safetensors"
    taxonomy = load_model(original).taxonomy
    newer = Taxonomy.from_names(taxonomy.level_names, taxonomy.paths(1)[1:])
    remapped = remap(original, taxonomy=newer, out=original.with_name("newer.safetensors")).path
    accuracies = []
    for model in (original, remapped):
        words = [model, "--precision", "bf16", "--out", tmp_path / "model.pt2", "--json"]
        assert run(monkeypatch, "export", *words) == 0
        content = json.loads(capsys.readouterr().out)
        assert content["checked"]["pictures"] == "validation pictures of shapes"
        accuracies.append(content["checked"]["accuracies"])
    remapped.unlink()
    assert [set(each) for each in accuracies] == [set(taxonomy.level_names), set()]


def test_a_run_and_its_file_are_exported_alike_and_a_copy_elsewhere_is_checked_on_drawn_pictures(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = study / "runs" / "shared-seed0"
    copy = shutil.copy(place / "model.safetensors", tmp_path / "copy.safetensors")
    checked = {}
    for name, model in {"run": place, "file": place / "model.safetensors", "copy": copy}.items():
        assert run(monkeypatch, "export", model, "--out", tmp_path / f"{name}.pt2", "--json") == 0
        said, err = capsys.readouterr()
        assert (NOT_AT_HAND in err) == (name == "copy")
        checked[name] = json.loads(said)["checked"]
    validation = "validation pictures of shapes"
    assert [each["pictures"] for each in checked.values()] == [
        validation,
        validation,
        "pictures made for the check",
    ]
    loaded = load_model(place)
    digest = model_digest(loaded.network, loaded.description)
    assert {json.loads((tmp_path / f"{name}.pt2.json").read_text())["model_digest"] for name in checked} == {
        digest
    }


def test_int8_states_its_loss_at_every_level(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "small.onnx"
    assert run(monkeypatch, "export", study, "--precision", "int8", "--out", out) == 0
    said = capsys.readouterr().out
    assert "Checked on 8 validation pictures of shapes" in said
    lines = [line.split() for line in said.splitlines() if line.startswith("  accuracy")]
    assert [line[1] for line in lines] == ["family:", "shape:"]
    assert all(line[4] == "points" for line in lines)


def test_pictures_are_named_and_labelled_by_their_folders(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("plain/circle", "striped/ring"):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        Image.new("RGB", (40, 40), "red").save(tmp_path / "photos" / folder / "a.png")
    out, photos = tmp_path / "model.pt2", tmp_path / "photos"
    command = ["export", study, "--out", out, "--precision", "bf16", "--pictures", photos]
    assert run(monkeypatch, *command) == 0
    said = capsys.readouterr().out
    assert "Checked on 2 pictures given, in batches" in said
    assert "  accuracy   shape: " in said


def test_data_that_is_gone_or_changed_is_not_taken_for_the_studys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("food/apple", "food/pear", "tool/saw", "tool/axe"):
        (tmp_path / "shop" / name).mkdir(parents=True)
        for number in range(8):
            pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "shop" / name / f"{number}.png")
    brief = ["--recipe", "quick", "--epochs", "0.5", "--threads", "1", "--val-fraction", "0.3"]
    assert run(monkeypatch, "train", "shared", "--data", "shop", "--out", "study", *brief) == 0
    capsys.readouterr()

    def checked_on() -> str:
        assert run(monkeypatch, "export", "study", "--out", "model.pt2", "--json") == 0
        said, err = capsys.readouterr()
        on: str = json.loads(said)["checked"]["pictures"]
        assert (NOT_AT_HAND in err) == (on == "pictures made for the check")
        return on

    assert checked_on() == "validation pictures of shop"
    Image.new("RGB", (32, 32), "blue").save(tmp_path / "shop" / "tool" / "axe" / "0.png")
    assert checked_on() == "pictures made for the check"
    shutil.rmtree(tmp_path / "shop")
    assert checked_on() == "pictures made for the check"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--out", "model"], 2, "Expected --out to be a name that ends with one of .onnx, .pt2, .xml"),
        (
            ["--out", "m.pt2", "--precision", "int8"],
            2,
            "Expected --precision for torch to be one of f32, bf16",
        ),
        (["--out", "m.onnx", "--to", "onxx"], 2, "Did you mean 'onnx'?"),
        (["--out", "m.pt2", "--variant", "none"], 2, "Expected --variant to be one of shared"),
        (["--out", "m.pt2", "--target-accuracy", "2"], 2, "Expected --target-accuracy to be above 0"),
        (["--out", "m.pt2", "--pictures", "nowhere"], 1, "Expected the pictures to be readable"),
    ],
)
def test_a_wrong_request_is_one_line_and_leaves_nothing(
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "export", study, *options) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("taskgraft: Expected ")
    assert said in err.splitlines()[0]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(monkeypatch, "export", study, "--out", tmp_path / "file" / "m.pt2") == 2
    assert capsys.readouterr().err.startswith("taskgraft: Expected --out to be in a folder")


def test_what_is_no_file_is_not_written_over(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.pt2", "b.pt2.json", "c.bin"):
        (tmp_path / name).mkdir()
    for name in ("a.pt2", "b.pt2", "c.xml"):
        assert run(monkeypatch, "export", study, "--out", tmp_path / name) == 2
        assert capsys.readouterr().err.startswith("taskgraft: Expected --out")
