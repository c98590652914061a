"""`taskgraft predict` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import run
from PIL import Image

from taskgraft.inference import Model, versions_of
from taskgraft.models import load_model

Capture = pytest.CaptureFixture[str]
PER_LEVEL = ("predicted", "probability", "certainty")


def test_people_get_a_table(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(photos)
    assert run(monkeypatch, "predict", model_file, ".", "--top", "2") == 0
    out, err = capsys.readouterr()
    assert err == ""
    loaded = load_model(model_file)
    expected = ["picture     group > colour"]
    for prediction in loaded.predict(".", num_alternatives=2):
        first, second = (f"{node.name} {node.prob:.0%}" for node in prediction.path)
        expected.append(f"{prediction.name:10}  {first} > {second}")
        for path in prediction.alternatives:
            if path[-1].name != prediction.path[-1].name:
                classes = " > ".join(f"{node.name} {node.prob:.0%}" for node in path)
                expected.append(f"{'':12}or {classes}")
    assert out.splitlines() == [*expected, "", "Model: shared-coarse-to-fine, seed 0 of a study"]


@pytest.mark.parametrize("columns", [80, 46])
def test_what_is_sure_is_said_with_the_threshold_and_its_reason(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    demand = ["--target-accuracy", "0.8", "--confidence", "0.9"]
    assert run(monkeypatch, "predict", model_file, photos, *demand) == 0
    out = capsys.readouterr().out
    threshold = load_model(model_file).threshold(0.8, 0.9)
    assert threshold is not None
    promise = (
        f"Sure down to the last class whose certainty is {threshold:.3f} or more (in brackets where it is "
        "less). Then at least 80.0% of the answers are right on pictures like the 40 validation images, with "
        "a confidence of 90.0%."
    )
    assert promise in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= columns
    assert run(monkeypatch, "predict", model_file, photos, *demand, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["threshold"] == threshold
    for prediction in content["predictions"]:
        assert all(node["certainty"] >= threshold for node in prediction["path"][: prediction["depth"]])
        assert prediction["threshold"] == threshold


def test_programs_get_csv_json_lines_and_json_of_the_same(
    model_file: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    expected = load_model(model_file).predict(photos, num_alternatives=2)
    printed = {}
    for form in ("csv", "jsonl", "json"):
        assert run(monkeypatch, "predict", model_file, photos, "--top", "2", f"--{form}") == 0
        printed[form] = capfdbinary.readouterr().out
        # By its name, or by the option; a link is written through.
        target = tmp_path / "deep" / f"{form}.{form}"
        link = tmp_path / f"link-{form}"
        link.symlink_to(target)
        for out, options in ((target, []), (link, [f"--{form}"])):
            assert run(monkeypatch, "predict", model_file, photos, "--top", "2", "--out", out, *options) == 0
            assert capfdbinary.readouterr().out.decode() == f"Wrote 3 predictions: {out}\n"
            assert target.read_bytes() == printed[form]
        assert link.is_symlink()
    assert printed["csv"] == expected.as_csv()
    assert printed["jsonl"].decode().splitlines() == list(expected.as_jsonl())
    content = json.loads(printed["json"])
    assert {key: content[key] for key in expected.to_dict()} == expected.to_dict()
    description = load_model(model_file).description
    assert content["model"] == {
        **description.origin.model_dump(),
        "decoding": description.decoding,
        "taxonomy_digest": description.taxonomy.digest,
        "tree_versions": [each.model_dump() for each in versions_of(description)],
    }
    assert printed["json"].isascii()


def test_bad_pictures_are_a_line_each_and_the_rest_goes_on(
    model_file: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (photos / "b.png").write_bytes(b"no picture")
    (photos / "e\x1b[31m.png").touch()
    out = tmp_path / "p.csv"
    assert run(monkeypatch, "predict", model_file, photos, photos / "gone.png", "--out", out) == 1
    shown, err = capsys.readouterr()
    assert shown == f"Wrote 2 predictions: {out}\n"
    lines = err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"taskgraft: {photos}/b.png: not a JPEG")
    assert lines[1].endswith("e\\x1b[31m.png': an empty file")
    assert lines[2] == f"taskgraft: {photos}/gone.png: no such file, or a link to a missing one"
    assert lines[3].startswith(
        "taskgraft: Expected every picture to be readable, but got 3 of 5 that are not."
    )
    names = [row["name"] for row in csv.DictReader(io.StringIO(out.read_text(), newline=""))]
    assert names == [str(photos / "a.png"), str(photos / "deep/c.png")]


@pytest.mark.parametrize("form", ["--csv", "--jsonl", "--json"])
def test_of_nothing_that_can_be_read_the_output_is_still_whole(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, form: str
) -> None:
    assert run(monkeypatch, "predict", model_file, tmp_path / "gone.png", form) == 1
    out = capsys.readouterr().out
    if form == "--csv":
        of_levels = [f"{what}.{level}" for level in ("group", "colour") for what in PER_LEVEL]
        assert out.splitlines() == [",".join(["name", *of_levels, "depth", "sure"])]
    elif form == "--json":
        content = json.loads(out)
        assert content["predictions"] == []
        assert [one["name"] for one in content["bad"]] == [str(tmp_path / "gone.png")]
    else:
        assert out == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--csv", "--json"], "Expected the output to be one of --csv, --jsonl, --json"),
        (["--out", "p.txt"], "Expected --out to be a .csv, .jsonl or .json, but got 'p.txt'"),
        (["--out", "/dev/null"], "Expected --out to be the name of a file, but got '/dev/null'"),
        (["--out", "x" * 300 + ".csv"], "to be at most 235 bytes long"),
        (["--confidence", "0.9"], "Expected --confidence to be used with --target-accuracy"),
        (["--target-accuracy", "2"], "Expected --target-accuracy to be above 0 and below 1, but got 2.0"),
        (["--target-accuracy", "0.9999"], "Expected --target-accuracy to be one that 40 validation images"),
        (["--variant", "shared"], "Expected --variant to be left out where the model is no study's"),
        (["--top", "0"], "--top"),
        (["--data-dir", "nowhere", "t.csv"], "Expected --data-dir nowhere to be a folder"),
    ],
)
def test_a_wrong_request_is_one_line_and_does_nothing(
    model_file: Path,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("path\na.png\n")
    before = sorted(tmp_path.rglob("*"))
    assert run(monkeypatch, "predict", model_file, photos, *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_cannot_be_finished_is_not_begun(
    model_file: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def fails(*_: Any) -> Any:
        raise MemoryError

    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "p.csv"
    old.write_text("old")
    monkeypatch.setattr(Model, "_logits_of", fails)
    assert run(monkeypatch, "predict", model_file, photos, "--out", old) == 1
    assert "Out of memory" in capsys.readouterr().err
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["old"]


def test_a_note_is_said_once_however_many_pictures(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    Image.new("RGB", (50, 20)).save(photos / "wide.png")
    (photos / "list.txt").write_text("wide.png\n" * 600)
    assert run(monkeypatch, "predict", model_file, photos / "list.txt", "--jsonl") == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 600
    assert err.count("Pictures of another size were cropped to 12 x 12.") == 1


MODULES = """
import json, os, sys
from taskgraft.cli.main import main
sys.argv = ["taskgraft", "predict", *sys.argv[1:]]
try:
    main()
finally:
    os.write(3, json.dumps(list(sys.modules)).encode())
"""
# Each takes a while to load, and none is needed for pictures and a model's file.
NEEDLESS = (
    "scipy.stats",
    "scipy.optimize",
    "pooch",
    "jinja2",
    "pyarrow",
    "pandas",
    "timm",
    "taskgraft.data",
    "taskgraft.training",
    "taskgraft.study",
    "taskgraft.execution",
    "taskgraft.verdict",
    "taskgraft.report",
)


@pytest.mark.parametrize("demand", [[], ["--target-accuracy", "0.8"]])
def test_a_cold_command_loads_nothing_that_it_does_not_need(
    model_file: Path, photos: Path, tmp_path: Path, demand: list[str]
) -> None:
    seen = tmp_path / "modules.json"
    with seen.open("wb") as file:
        command = ["bash", "-c", f'exec "$0" "$@" 3>&{file.fileno()}', sys.executable, "-c", MODULES]
        done = subprocess.run(
            [*command, str(model_file), str(photos), *demand],
            pass_fds=[file.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 4
    loaded = set(json.loads(seen.read_bytes()))
    assert [name for name in NEEDLESS if name in loaded] == []


def test_a_picture_is_what_python_says_of_it(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Also by the command in parts: every number that it prints is that of `Model.predict`."""
    assert run(monkeypatch, "predict", model_file, photos, "--jsonl") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    pixels = np.stack([np.asarray(Image.open(line["name"])) for line in lines])
    predictions = load_model(model_file).predict(pixels.transpose(0, 3, 1, 2))
    for line, prediction in zip(lines, predictions, strict=True):
        assert line["path"] == prediction.to_dict()["path"]
