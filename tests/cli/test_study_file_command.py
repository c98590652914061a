"""`taskgraft compare STUDY.toml`: a study of named variants, and refusals that name the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from command import run

import taskgraft as tg
from taskgraft.events import silent
from taskgraft.study import STUDY

TINY = """
data = "shapes"
recipe = "quick"
threads = 1
jobs = 1
data_option = { num_train = 192, num_test = 64 }
epochs = 0.5
"""
TWO = f"""{TINY}
[variants.small]
architecture = "shared"
set.batch_size = 32

[variants.gentle]
architecture = "independent"
recipe = "gentle.toml"
"""


def written(folder: Path, text: str, name: str = "study.TOML") -> Path:
    (folder / name).write_text(text)
    (folder / "gentle.toml").write_text('base = "quick"\n[optimizer]\nlearning_rate = 0.05')
    return folder / name


def request_of(study: Path) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((study / STUDY).read_text())["request"]
    return recorded


def test_named_variants_of_a_file_are_trained_by_the_command_and_by_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, TWO)
    assert run(monkeypatch, "compare", path, "--out", tmp_path / "a") == 0
    out, err = capsys.readouterr()
    assert "[2/2] gentle seed 0: done" in err
    assert {"small", "gentle"} <= {line.split()[0] for line in out.splitlines() if line}
    variants = request_of(tmp_path / "a")["variants"]
    assert [(each["name"], each["recipe"]["batch_size"]) for each in variants] == [
        ("small", 32),
        ("gentle", 128),
    ]
    assert variants[1]["recipe"]["optimizer"]["learning_rate"] == 0.05
    # The same file from Python continues the command's study, and finds it finished.
    study = tg.compare(str(path), out=tmp_path / "a", listener=silent)
    assert study.record.request.names == ("small", "gentle")
    assert study.record.command is not None
    direct = tg.compare(
        tg.load("shapes", num_train=192, num_test=64),
        recipe="quick",
        epochs=0.5,
        variants={
            "small": {"architecture": "shared", "set": {"batch_size": 32}},
            "gentle": {"architecture": "independent", "recipe": str(tmp_path / "gentle.toml")},
        },
        out=tmp_path / "b",
        num_threads=1,
        jobs=1,
        listener=silent,
    )
    assert [run.scores for run in direct.runs] == [run.scores for run in study.runs]


def test_a_variant_that_is_added_later_is_all_that_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "compare", written(tmp_path, TWO)) == 0
    capsys.readouterr()
    written(tmp_path, f"{TWO}\n[variants.plain]\narchitecture = 'shared'")
    assert run(monkeypatch, "compare", "study.TOML") == 0
    assert "finished already: 2; to do: 1" in capsys.readouterr().err
    assert [each["name"] for each in request_of(tmp_path / "studies" / "study")["variants"]] == [
        "small",
        "gentle",
        "plain",
    ]


WRONG = [
    ("lr = -1", "Expected lr to be a number above 0, but got -1."),
    ("device = 'cud'", "Expected device to be one of auto, cpu, cuda, mps, but got 'cud'."),
    ("architectures = 'sharde'", "Expected architecture to be one of independent"),
    ("architectures = 'shared,shared'", "Expected the architectures to be different, but got shared twice."),
    ("architecture_file = 'none.toml'", "Expected architecture_file '"),
    ("forks = 9", "Expected forks to be all, or numbers from 1 to 2"),
    ("limit = 1", "Expected limit to be at least 2"),
    ("size = 64", "Expected size to be used with a folder"),
    ("no-tree = true", "Expected no-tree to be used with a folder"),
    ("data-dir = '.'", "Expected data-dir with shapes to be left out"),
    ("val_fraction = 2", "Expected val_fraction to be a number above 0 and below 1, but got 2."),
    ("trunk = 'resnet'", "Expected trunk to be timm/<network>, but got 'resnet'."),
    ("trunk_weights = 'hub'", "Expected trunk_weights to be used with trunk"),
    ("balance = 'x'", "Expected balance to be none, loss, sampler"),
    ("prefer = 'fine'", "Expected prefer to be one of family, shape"),
    ("[set]\nbalancing = 'nope'", "Expected balancing to be one of "),
    (
        "[set]\nbatch_size = true",
        "Expected batch_size to be a whole number of at least 1, but got true, a truth",
    ),
    (
        "[vary]\nbatch_size = ['8']",
        "Expected batch_size of vary to be a whole number of at least 1, but got '8'",
    ),
    ("[vary]\nbatch_size = [299, 300]", "Expected every two variants to be different in what is trained"),
    ("[vary]\nval_fraction = [0.1, 0.2]", "Expected val_fraction to be the same for all variants"),
    ("[variants.a]\narchitecture = 'sharde'", "variants.a: Expected architecture to be one of"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_refusal_of_what_a_file_says_begins_with_its_name(
    text: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, f"{TINY.replace('threads = 1', '')}{text}")
    assert run(monkeypatch, "compare", path, "--out", tmp_path / "x") == 2
    err = capsys.readouterr().err
    assert err.startswith(f"taskgraft: study.TOML: {message}"), err
    assert err.count("\n") == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[set]\noptimizer.kind = 'adam'",
        "[vary]\noptimizer.kind = ['adam']",
        "[data_options]\nrelatedness = 7",
        "[data_options]\nrelatednes = 1",
    ],
)
def test_a_file_that_says_little_is_named_too(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = ["--recipe", "quick", "--architectures", "shared", "--out", tmp_path / "x"]
    assert run(monkeypatch, "compare", written(tmp_path, text), *beside) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("taskgraft: study.TOML")


def test_a_refusal_of_what_stands_beside_a_file_does_not_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, f"{TINY}lr = 0.1")
    for beside, message in (
        (["--lr", "-1"], "Expected --lr to be a number above 0, but got -1."),
        (["--device", "cud"], "Expected --device to be one of"),
        (["--set", "optimizer.momentum=2"], "Expected optimizer.momentum to be a number of at least 0"),
        (["--threads", "0"], "Expected --threads to be at least 1"),
    ):
        assert run(monkeypatch, "compare", path, *beside, "--out", tmp_path / "x") == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith(f"taskgraft: {message}")
