"""The command as a user meets it: what it prints, where, and the code it exits with."""

import csv
import errno
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import run

from small_shapes import small_shapes, with_options
from taskgraft.architecture import BY_DEFAULT

# What the study of two seeds declares.
GOAL = {"prefer": None, "margin": 1.0, "max_seeds": 2}
TINY = small_shapes()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two architectures and two seeds, made by the command."""
    out = tmp_path_factory.mktemp("cli") / "study"
    with pytest.MonkeyPatch.context() as patch:
        arguments = ["compare", *TINY, "--architectures", "independent,shared", "--seeds", "2", "--out", out]
        assert run(patch, *arguments) == 0
    return out


def again(study: Path) -> list[str | Path]:
    return ["compare", *TINY, "--architectures", "independent,shared", "--seeds", "2", "--out", study]


def test_a_study_leaves_all_its_files(study: Path) -> None:
    assert {path.name for path in study.iterdir()} == {
        "study.json",
        "results.csv",
        "runs",
        "recommendation.json",
        "report.html",
        "figures",
        "inference.json",
        "gallery.safetensors",
        "images.jsonl",
        "data.json",
        "classes.csv",
        ".lock",
    }
    with (study / "results.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4
    assert (study / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_the_study_records_what_it_is_to_decide_and_keeps_to_it(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads((study / "study.json").read_text())["goal"] == GOAL
    copy = shutil.copytree(study, tmp_path / "copy")
    arguments = ["--prefer", "shape", "--margin", "2"]
    assert run(monkeypatch, *again(copy), *arguments) == 0
    out, err = capsys.readouterr()
    declared = "This study declared the usual score within 1 point, by at most 2 seeds when it began"
    assert declared in " ".join(err.split())
    assert "this report looks at shape within 2 points" in " ".join(out.split())
    assert json.loads((copy / "study.json").read_text())["goal"] == GOAL
    new = tmp_path / "new"
    tiny = ["compare", *TINY, "--architectures", "shared", "--out", new]
    assert run(monkeypatch, *tiny, *arguments) == 0
    assert json.loads((new / "study.json").read_text())["goal"] == {
        "prefer": "shape",
        "margin": 2.0,
        "max_seeds": 1,
    }


def test_the_study_records_the_command(study: Path) -> None:
    command = json.loads((study / "study.json").read_text())["command"]
    assert command.startswith("taskgraft compare --data shapes --data-option num_train=256")


def test_the_same_command_again_trains_nothing_and_shows_the_tables(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *again(study)) == 0
    out, err = capsys.readouterr()
    assert "finished already: 4; to do: 0" in err
    assert "begins" not in err
    assert "independent" in out
    assert "Only 2 seeds" in out
    assert f"Report: {study / 'report.html'}" in out
    assert max(len(line) for line in out.splitlines() if "Report:" not in line) <= 80
    assert "\x1b" not in out + err


def test_json_on_standard_output_is_json_alone(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *again(study), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["variant"] for row in told["standings"]] == ["independent", "shared"]
    row = told["standings"][1]
    assert {"accuracy.family", "accuracy.shape", "full_path_accuracy"} <= set(row["scores"])
    assert row["seeds"] == [0, 1]
    assert row["cost"]["macs"] > 0 < row["inference"]["images_per_second"]
    first = told["comparisons"][0]
    assert (first["first"], first["second"]) == ("shared", "independent")
    assert first["interval"]["num_seeds"] == 2
    assert first["is_detected"] in (False, True)


def test_another_request_on_the_same_directory_is_refused_with_what_differs(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *with_options(again(study), ["--epochs", "2"])) == 2
    assert "recipe.epochs: 1.0 before, 2.0 now" in capsys.readouterr().err


def test_a_dry_run_prints_the_runs_and_their_cost_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # how long its path is depends on the user's name
    out = Path("study")
    assert run(monkeypatch, "compare", *TINY, "--seeds", "2", "--out", out, "--dry-run") == 0
    printed = capsys.readouterr().out
    for name in BY_DEFAULT:
        assert printed.count(f"\n{name} ") == 2
    assert "0 of 14 runs are done; 14 to train: " in printed
    assert "minute on this machine as busy as it is now." in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    assert run(monkeypatch, "compare", *TINY, "--out", out, "--dry-run", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert [r["variant"] for r in plan["runs"]] == list(BY_DEFAULT)
    assert plan["expected_seconds"] > 0
    assert plan["train_pflop"] == pytest.approx(sum(r["train_pflop"] for r in plan["runs"]))
    assert not out.exists()


def test_a_dry_run_of_a_study_that_was_looked_at_goes_by_its_runs_and_its_looks(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *again(study), "--dry-run") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"With 2 seeds and .* as its runs of 2 seeds vary\.", said)
    more = ["3" if word == "2" else word for word in again(study)]
    assert run(monkeypatch, *more, "--dry-run") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"With 3 seeds where 2 were planned and .* as its runs of 2 seeds vary\.", said)


def test_train_does_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "one"
    assert run(monkeypatch, "train", "shared-coarse-to-fine", *TINY, "--seed", "7", "--out", out) == 0
    assert [path.name for path in (out / "runs").iterdir()] == ["shared-coarse-to-fine-seed7"]
    err = capsys.readouterr().err
    assert "[1/1] shared-coarse-to-fine seed 7: epoch 1/1, loss " in err
    assert "left: run 0m00s, study 0m00s" in err


WRONG = {
    "an unknown recipe": (["--recipe", "fsat"], "Did you mean 'fast'?"),
    "an unknown dataset": (["--data", "cifar10"], "Did you mean 'cifar100'?"),
    "an unknown architecture": (["--architectures", "sharde"], "Did you mean 'shared'?"),
    "an unknown device": (["--device", "cud"], "Did you mean 'cuda'?"),
    "no seeds": (["--seeds", "0"], "Expected the number of seeds to be 1 or more, but got 0."),
    "negative epochs": (["--epochs", "-1"], "Expected --epochs to be a number above 0"),
    "no threads": (["--threads", "0"], "Expected --threads to be at least 1"),
    "too many threads": (["--threads", "1000000"], "Expected --threads to be at most 1,024"),
    "a rate below zero": (
        ["--lr", "-1"],
        "Expected --lr to be a number above 0, but got -1. Leave it out for",
    ),
    "a batch of nothing": (
        ["--batch", "0"],
        "Expected --batch to be a whole number of at least 1, but got 0.",
    ),
    "a varied value out of range": (
        ["--vary", "batch_size=0,64"],
        "Expected batch_size of --vary to be a whole number of at least 1, but got 0.",
    ),
    "two values of one": (
        ["--lr", "0.1", "--set", "optimizer.learning_rate=0.2"],
        "set once, but got 0.2 by --set and 0.1 by --lr. Leave it out of one of --set and --lr.",
    ),
    "two shares of validation": (
        ["--val-fraction", "0.2", "--set", "val_fraction=0.3"],
        "set once, but got 0.3 by --set and 0.2 by --val-fraction.",
    ),
    "a value that is set and varied": (
        ["--batch", "64", "--vary", "batch_size=32,64"],
        "set once, but got 64 by --batch and 32, 64 by --vary.",
    ),
    "a value of one kind only": (
        ["--set", "optimizer.momentum=0.5", "--vary", "optimizer.kind=sgd,adam", "--lr", "0.1"],
        "It belongs to optimizer.kind=sgd|muon, and this recipe has optimizer.kind=adam.",
    ),
    "variants that are the same": (
        ["--vary", "batch_size=299,300", "--architectures", "shared"],
        "but got shared+batch_size=299 and shared+batch_size=300, which are the same. Leave one of them out.",
    ),
    "an architecture twice": (["--architectures", "shared,shared"], "to be different, but got shared twice."),
    "a recipe without a name": (["--set", 'name=""'], "Expected name to be one line of 1 to 100 characters"),
    "a level that is not there": (
        ["--set", "balance=loss", "--set", "balance_levels=fine"],
        "Expected a level of balance_levels to be one of family, shape, but got 'fine'.",
    ),
    "a side of drawn pictures": (["--size", "64"], "Expected --size to be used with a folder, a table, a"),
    "a match to nothing": (
        ["--match-to", "shared"],
        "Expected --match-to to be used with --match, but got",
    ),
    "a limit too small": (["--limit", "1"], "Expected --limit to be at least 2"),
    "a val fraction of one": (
        ["--val-fraction", "1"],
        "Expected --val-fraction to be a number above 0 and below 1, but got 1.",
    ),
    "an option without a value": (
        ["--data-option", "relatedness"],
        "Expected --data-option to be KEY=NUMBER",
    ),
    "an unknown data option": (["--data-option", "relatednes=1"], "Did you mean 'relatedness'?"),
    "an option that is the command's": (["--data-option", "limit=160"], "Use --limit."),
    "epochs without end": (
        ["--epochs", "1e300"],
        "Expected --epochs to be a number above 0 and at most 100,000, but got",
    ),
    "an unknown match": (["--match", "mac"], "Did you mean 'macs'?"),
    "a match to an unknown architecture": (
        ["--match", "macs", "--match-to", "sharde"],
        "Did you mean 'shared'?",
    ),
    "a twin of itself": (
        ["--architectures", "shared@shared-macs"],
        "of another architecture than its reference",
    ),
    "an unknown preference": (["--prefer", "fine"], "one of family, shape, full-path, latency"),
    "a folder for drawn data": (["--data-dir", "/"], "to be left out"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_one_line_and_exit_code_2(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options, message = WRONG[case]
    assert run(monkeypatch, *with_options(["compare", *TINY, "--out", str(tmp_path / "x")], options)) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_damaged_data_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cifar-100-binary.tar.gz").write_bytes(b"torn")
    damaged = ["--data", "cifar100", "--data-dir", tmp_path]
    assert run(monkeypatch, "compare", *damaged, "--out", tmp_path / "x") == 1
    err = capsys.readouterr().err
    assert "cifar-100-binary.tar.gz to be readable and whole" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_an_out_that_cannot_be_written_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As on a disk that fails between the plan and the study.
    def mkdir(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert run(monkeypatch, "compare", *TINY, "--out", tmp_path / "study") == 1
    err = capsys.readouterr().err
    assert "to be writable" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_options_that_typer_refuses_exit_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "compare", "--seeds", "many") == 2
    assert run(monkeypatch, "compare", "--sedes", "1") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_cifar100_from_a_folder_runs_end_to_end_and_says_that_it_is_unofficial(
    tiny_cifar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    options = ["--data", "cifar100", "--data-dir", tiny_cifar, "--recipe", "quick", "--epochs", "1"]
    assert run(monkeypatch, "compare", *options, "--architectures", "shared", "--out", out) == 0
    assert "cifar100 (unofficial split" in capsys.readouterr().out
    assert not json.loads((out / "study.json").read_text())["request"]["data"]["is_official"]


def test_data_show_prints_the_tree_and_draws_a_sheet(
    tiny_cifar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    assert run(monkeypatch, "data", "show", "cifar100", "--data-dir", tiny_cifar, "--sheet", sheet) == 0
    printed = capsys.readouterr().out
    assert "levels: coarse (3), fine (6)" in printed
    assert "\n  shark" in printed
    assert sheet.read_bytes().startswith(b"\x89PNG")
    json_out = ["data", "show", "cifar100", "--data-dir", tiny_cifar, "--sheet", sheet, "--json"]
    assert run(monkeypatch, *json_out) == 0
    told = json.loads(capsys.readouterr().out)
    assert [level["num_classes"] for level in told["levels"]] == [3, 6]
    fine = told["levels"][1]["classes"]
    assert sum(row["test"] for row in fine) == told["num_images"]["test"] == 60


def test_a_stopped_study_says_how_to_go_on(tmp_path: Path) -> None:
    """As its own program; what each signal does, and when, is in `tests/reliability/test_signals.py`."""
    command = [
        sys.executable,
        "-m",
        "taskgraft",
        "compare",
        *with_options(TINY, ["--epochs", "1000"]),
        "--out",
        tmp_path / "x",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch 1/" in line:
            break
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "the same command goes on from there" in err
    assert "Traceback" not in err
    assert time.monotonic() - started < 30
    assert {path.name for path in (tmp_path / "x").glob("**/.*")} <= {".lock"}
