"""`taskgraft adapt`: what it says and keeps, and where the report and the card show it again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from taskgraft.data.sources import load
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.sharing import model_card

Capture = pytest.CaptureFixture[str]
OLD = {
    "warm/red": (200, 60, 60),
    "warm/yellow": (220, 200, 60),
    "cold/green": (60, 180, 90),
    "cold/blue": (60, 60, 200),
}
NEW = {
    "warm/red": OLD["warm/red"],
    "warm/amber": OLD["warm/yellow"],
    "cold/green": OLD["cold/green"],
    "cold/teal": (60, 160, 160),
}


def draw(root: Path, colours: dict[str, tuple[int, int, int]]) -> Path:
    """Pictures of 16 pixels, in splits."""
    rng = np.random.default_rng(0)
    for split, number in {"train": 16, "val": 6, "test": 8}.items():
        for name, colour in colours.items():
            folder = root / split / name
            folder.mkdir(parents=True)
            for k in range(number):
                pixels = np.clip(rng.normal(colour, 25, (16, 16, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{k}.png")
    return root


@pytest.fixture(scope="module")
def place(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study, and pictures of a tree in which `yellow` is called amber, `blue` is gone and `teal` is new."""
    root = tmp_path_factory.mktemp("adapted")
    data = load(draw(root / "older", OLD), levels="group,colour", size=16)
    compare(data, "shared", tiny_recipe, 1, out=root / "study", num_threads=1)
    draw(root / "pictures", NEW)
    (root / "renames.toml").write_text('[renames]\n"warm > amber" = "warm > yellow"\n')
    return root


def words_of(place: Path, out: Path, pictures: Path | None = None) -> list[str | Path]:
    data = ["--data", pictures or place / "pictures", "--levels", "group,colour"]
    training = ["--epochs", "1", "--threads", "1"]
    return ["adapt", place / "study", *data, *training, "--rename", place / "renames.toml", "--out", out]


def test_a_dry_run_says_what_becomes_of_the_classes_and_writes_nothing(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    words = words_of(place, tmp_path / "out")
    assert run(monkeypatch, *words, "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "New: cold > teal",
        "Retired: cold > blue",
        "Renamed: warm > yellow to warm > amber",
    ]
    assert "0 of 1 runs are done; 1 to train" in lines[-2]
    assert lines[-1].endswith("on this machine as busy as it is now.")
    assert run(monkeypatch, *words, "--dry-run", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["renamed"] == [[["warm", "amber"], [["warm", "yellow"]]]]
    assert len(content["runs"]) == 1
    assert not (tmp_path / "out").exists()


def test_the_comparison_is_said_kept_and_shown_again(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out = tmp_path / "out"
    words = words_of(place, out)
    assert run(monkeypatch, *words) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80 or str(tmp_path) in said
    text = said.removesuffix(f"\nStudy: {out}\n").rstrip("\n")
    for part in (
        "Renamed: warm > yellow to warm > amber",
        "24 test images of old classes, per cent, with 95 % intervals over images",
        "difference, points",
        "On 8 test images of new classes: group ",
    ):
        assert part in " ".join(text.split())
    record = json.loads((out / "adaptation.json").read_text())
    assert record["renamed"] == [[["warm", "amber"], [["warm", "yellow"]]]]
    shown = f"{100 * record['newer']['full-path']['estimate']:.1f} ("
    assert shown in text
    assert run(monkeypatch, "report", out, "--markdown", tmp_path / "verdict.md") == 0
    assert text in capsys.readouterr().out
    page = (out / "report.html").read_text()
    assert 'id="adapted-table"' in page
    assert shown in page
    assert shown in (tmp_path / "verdict.md").read_text()
    card = model_card(out / "runs" / "shared-seed0" / "model.safetensors")
    assert "## The classes it had before" in card
    assert shown in card
    assert run(monkeypatch, "report", out, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["adaptation"]["num_old_images"] == 24
    # The same command finds all done, and says the same.
    assert run(monkeypatch, *words, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["difference"] == record["difference"]
    assert again["directory"] == str(out)


def test_the_recipe_is_the_models_unless_one_is_named(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, "adapt", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "[default: that of the model's study; quick for a model by itself]" in said
    assert "auto, which chooses" not in said
    assert "default: shapes" not in said
    assert run(monkeypatch, *words_of(place, tmp_path / "out"), "--recipe", "auto", "--dry-run") == 2
    err = capsys.readouterr().err
    assert "Expected --recipe to be one by name or a .toml file, but got 'auto'. Leave it out" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--trunk", "timm/test_resnet"), ("--vary", "lr=1,2"), ("--match-to", "shared")],
)
def test_what_is_the_models_is_refused_and_never_suggested(
    option: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, "adapt", "study", "--data", "x", option, value) == 2
    assert "It is the model's." in capsys.readouterr().err
    assert run(monkeypatch, "adapt", "study", "--data", "x", f"{option}x", value) == 2
    assert f"Did you mean {option}?" not in capsys.readouterr().err


def test_data_to_be_mended_is_said_before_it_trains(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    shutil.copytree(place / "pictures", pictures)
    for path in (pictures / "test").rglob("*.png"):
        shutil.copy(pictures / "train" / path.relative_to(pictures / "test"), path)
    words = words_of(place, out, pictures)
    assert run(monkeypatch, *words, "--dry-run") == 0
    assert "Data to mend first: 32 test images" in " ".join(capsys.readouterr().out.split())
    assert run(monkeypatch, *words) == 0
    err = " ".join(capsys.readouterr().err.split())
    assert err.index("Data to mend first: 32 test images") < err.index("shared seed 0")
    assert run(monkeypatch, *words) == 0
    assert "mend first" not in capsys.readouterr().err
