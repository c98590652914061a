"""`taskgraft evaluate` as a user meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe

KINDS = {("round", "disc"): 60, ("round", "ring"): 120, ("flat", "bar"): 180, ("flat", "line"): 230}


@pytest.fixture(scope="module")
def root(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photographs, and a study of them."""
    folder = tmp_path_factory.mktemp("evaluate")
    rng = np.random.default_rng(0)
    for (kind, sort), grey in KINDS.items():
        place = folder / "photos" / kind / sort
        place.mkdir(parents=True)
        for k in range(20):
            pixels = np.clip(grey + rng.normal(0, 30, (30, 26, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{k}.png")
    data = load(folder / "photos", levels="kind,sort", size=16)
    compare(data, "shared", tiny_recipe, 1, out=folder / "study", listener=silent)
    return folder


def test_it_prints_a_screen_and_writes_page_and_csv(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    photos = root / "photos"
    assert (
        run(monkeypatch, "evaluate", root / "study", photos, "--levels", "kind,sort", "--csv", "c.csv") == 0
    )
    out, err = capsys.readouterr()
    assert err == ""
    words = " ".join(out.split())
    assert "shared, seed 0 of study on" in words
    assert "16 images, the test split of the study that trained the model" in words
    assert out.endswith("\nPage: photos-evaluation.html\n")
    assert len(out.splitlines()) <= 40
    assert "<!DOCTYPE html>" in (tmp_path / "photos-evaluation.html").read_text()[:100]
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text().splitlines()))
    assert [row["class"] for row in rows if row["level"] == "kind"] == ["flat", "round"]
    assert sum(int(row["support"]) for row in rows if row["level"] == "sort") == 16


def test_it_gives_json_of_a_run_and_a_split(root, tmp_path, monkeypatch, capsys):
    out = tmp_path / "page.html"
    place = next((root / "study" / "runs").iterdir())
    options = ["--split", "all", "--target-accuracy", "0.6", "--json", "--out", out]
    assert run(monkeypatch, "evaluate", place, root / "photos", *options) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["split"] == "all"
    assert content["num_images"] == 80
    assert "The model was trained on" in content["cautions"][0]
    assert [one["target_accuracy"] for one in content["promises"]] == [0.6]
    assert content["page"] == str(out)
    assert out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--split", "tset"], "Expected --split to be one of train, val, test, all, but got 'tset'."),
        (["--variant", "sahred"], "Expected --variant to be one of shared, but got 'sahred'."),
        (["--target-accuracy", "2"], "Expected --target-accuracy to be above 0 and below 1, but got 2.0."),
        (
            ["--size", "32"],
            "Expected the images to be of the model's shape (3, 16, 16), but got (3, 32, 32).",
        ),
        (["--out", "a" * 300], "Expected each name in --out"),
        (["--csv", "a" * 300], "Expected each name in --csv"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(root, tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "evaluate", root / "study", root / "photos", *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_classes_of_other_data_are_named(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for kind, sort in [("round", "disc"), ("round", "discs"), ("flat", "bar")]:
        place = tmp_path / "new" / kind / sort
        place.mkdir(parents=True)
        Image.new("RGB", (20, 20), (90, 90, 90)).save(place / "1.png")
    assert run(monkeypatch, "evaluate", root / "study", "new") == 0
    out = capsys.readouterr().out
    assert "  round > discs (sort, 1 image); closest: round > disc\n" in out
    assert "Classes without images here: 2 of sort (line, ring)." in out
    assert "every image: the data bring no test split" in " ".join(out.split())
