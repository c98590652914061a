"""`taskgraft predictions` as a user meets it, and the names of what report and `data show` show."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command import run

from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe


@pytest.fixture(scope="module")
def study(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("predictions") / "study"
    data = load("shapes", num_train=160, num_test=32)
    compare(data, "independent,shared", tiny_recipe, 1, out=out, listener=silent)
    return out


def test_a_run_is_written_to_standard_output_and_to_a_file(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(monkeypatch, "predictions", study, "--run", "shared-seed0") == 0
    out, err = capfdbinary.readouterr()
    assert err == b""
    header, first, *rest = out.decode().split("\r\n")
    assert header == (
        "name,split,true.family,predicted.family,probability.family,right.family,"
        "true.shape,predicted.shape,probability.shape,right.shape"
    )
    assert first.startswith("test 0,test,")
    assert len(rest) == 32
    table = tmp_path / "deep" / "p.csv"
    link = tmp_path / "link.csv"
    link.symlink_to(table)
    assert run(monkeypatch, "predictions", study, "--run", "shared-seed0", "--out", link) == 0
    assert capfdbinary.readouterr().out.decode() == f"Wrote 32 rows: {link}\n"
    assert table.read_bytes() == out
    assert link.is_symlink()
    asked = ["--split", "val", "--decoding", "top-down"]
    assert run(monkeypatch, "predictions", study, "--run", "independent-seed0", *asked) == 0
    rows = list(csv.DictReader(capfdbinary.readouterr().out.decode().splitlines()))
    assert {row["split"] for row in rows} == {"val"}
    assert all(row["name"].startswith("train ") for row in rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Expected --run to be given, one of the 2 finished runs"),
        (["--run", "shared"], "Did you mean 'shared-seed0'?"),
        (["--run", "shared-seed0", "--split", "train"], "Expected --split to be one of val, test"),
        (["--run", "shared-seed0", "--decoding", "best"], "Expected --decoding to be one of independent"),
        (["--run", "shared-seed0", "--out", "/dev/null"], "Expected --out to be the name of a file"),
    ],
)
def test_a_wrong_request_is_one_line_and_writes_nothing(
    study: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    assert run(monkeypatch, "predictions", study, *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "rule"), [("x" * 300, "to be at most 235 bytes long"), ("file/p.csv", "to be in a folder, but")]
)
def test_a_place_where_no_file_can_be_is_a_wrong_request(
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    rule: str,
) -> None:
    (tmp_path / "file").touch()
    assert run(monkeypatch, "predictions", study, "--run", "shared-seed0", "--out", tmp_path / name) == 2
    err = capsys.readouterr().err
    assert rule in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_report_calls_its_pictures_by_their_names(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", study, "--json") == 0
    gallery = json.loads(capsys.readouterr().out)["gallery"]
    assert gallery["worst"]
    table = {}
    for name in ("independent-seed0", "shared-seed0"):
        assert run(monkeypatch, "predictions", study, "--run", name) == 0
        rows = csv.DictReader(capsys.readouterr().out.splitlines())
        table[name.removesuffix("-seed0")] = {row["name"]: row for row in rows}
    page = (study / "report.html").read_text()
    for picture in (*gallery["worst"], *gallery["disagreements"]):
        assert f"<bdi>{picture['name']}</bdi>" in page
        for name, path in picture["predicted"].items():
            row = table[name][picture["name"]]
            assert picture["true"] == [row["true.family"], row["true.shape"]]
            assert path == [row["predicted.family"], row["predicted.shape"]]


def test_the_contact_sheet_tells_which_images_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--data-option", "num_train=160", "--data-option", "num_test=32"]
    assert run(monkeypatch, "data", "show", "shapes", *few, "--sheet", tmp_path / "s.png", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["contact_sheet_rows"]
    data = load("shapes", num_train=160, num_test=32)
    classes = data.taxonomy.levels[1].classes
    assert {row["class"] for row in rows} == set(classes)
    by_name = dict(zip(data.names_of("train"), data.labels_of("train")[:, 1].tolist(), strict=True))
    for row in rows:
        assert row["images"]
        assert {classes[by_name[name]] for name in row["images"]} == {row["class"]}


def test_a_run_that_is_not_finished_is_work_to_do_and_no_wrong_request(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    (copy / "runs" / "shared-seed0" / "model.safetensors").write_bytes(b"torn")
    assert run(monkeypatch, "predictions", copy, "--run", "shared-seed0") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Expected the run shared-seed0 to be finished, but got shared-seed0: model.safetensors " in err
    assert err.endswith("Run the command of the study again.\n")
    shutil.rmtree(copy / "runs" / "shared-seed0")
    assert run(monkeypatch, "predictions", copy, "--run", "shared-seed0") == 1
    assert "to be finished, but got one still to be done. Run" in capsys.readouterr().err
    # The other one is what is left, and what is meant.
    assert run(monkeypatch, "predictions", copy) == 0
    capsys.readouterr()
    shutil.rmtree(copy / "runs" / "independent-seed0")
    for option in ([], ["--run", "shared-seed0"], ["--run", "nonsense"]):
        assert run(monkeypatch, "predictions", copy, *option) == 1
        assert capsys.readouterr().err == (
            f"taskgraft: Expected {copy} to be a study with at least one finished run, but got none. Run the "
            "command of the study again to finish it.\n"
        )
