"""`compare --suggest`: one run first, and the command for what seems worth it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from command import run

import taskgraft as tg
from small_shapes import small_shapes
from taskgraft.architecture import BY_DEFAULT
from taskgraft.study import Study

# Long enough for a probe.
TINY = [*small_shapes(epochs="16"), "--batch", "16"]


@pytest.fixture(scope="module")
def suggested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study directory after the command."""
    out = tmp_path_factory.mktemp("suggest") / "study"
    with pytest.MonkeyPatch.context() as patch:
        assert run(patch, "compare", *TINY, "--seeds", "2", "--suggest", "--out", out) == 0
    return out


def test_it_trains_one_run_and_says_what_to_type_next(
    suggested: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [run.name for run in Study.open(suggested).runs] == ["shared-seed0"]
    command = ["compare", *TINY, "--seeds", "2", "--suggest", "--out", suggested]
    assert run(monkeypatch, *command) == 0
    shown = capsys.readouterr().out
    assert "as much for another as for that level" in shown
    assert "shows nothing of this data" in shown
    *paragraphs, line = shown.strip().splitlines()
    assert max(map(len, paragraphs)) <= 80
    words = shlex.split(line.removeprefix("Next: "))
    assert words[:2] == ["taskgraft", "compare"]
    assert "--suggest" not in words
    assert {*words[-1].split(",")} <= {*BY_DEFAULT}
    assert not (suggested / "report.html").exists()


def test_the_next_command_keeps_the_run_and_is_the_study_that_was_meant(
    suggested: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["compare", *TINY, "--seeds", "2", "--suggest", "--out", suggested]
    assert run(monkeypatch, *command, "--json") == 0
    suggestion = json.loads(capsys.readouterr().out)
    before = (suggested / "runs/shared-seed0/result.json").read_bytes()
    words = shlex.split(suggestion["command"])
    assert words[-1].split(",") == suggestion["worth"]
    assert run(monkeypatch, *words[1:-1], "shared,flat") == 0
    study = Study.open(suggested)
    assert {run.name for run in study.runs} == {f"{v}-seed{k}" for v in ("shared", "flat") for k in (0, 1)}
    assert (suggested / "runs/shared-seed0/result.json").read_bytes() == before
    assert study.record.goal.max_seeds == 2
    assert "chosen later" not in capsys.readouterr().out
    # What is worth training is no question any more.
    assert run(monkeypatch, *command) == 2
    line = capsys.readouterr().err
    assert "used before the rest of a study is trained" in line
    assert "(variants: 2, seeds: 2). Leave it out to continue" in line
    assert "--architectures" not in line


def test_from_python_it_is_the_study_of_one_run(tmp_path: Path) -> None:
    study = tg.compare(
        "shapes",
        recipe="quick",
        epochs=6,
        data_options={"num_train": 320, "num_test": 64},
        suggest=True,
        out=tmp_path / "study",
    )
    assert [run.name for run in study.runs] == ["shared-seed0"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--architectures", "shared,flat"], "Expected --architectures to be left out with --suggest"),
        (["--tune", "2"], "Expected --tune to be left out with --suggest"),
        (["--vary", "batch_size=16,32"], "Expected --vary to be left out with --suggest"),
        (["--forks", "all"], "Expected --forks to be left out with --suggest"),
        (["--until-decided"], "Expected --until-decided to be left out with --suggest"),
        (["--minutes", "5"], "Expected --minutes to be left out with --suggest"),
        (["--match", "macs"], "Expected --match to be left out with --suggest"),
    ],
)
def test_what_decides_the_variants_is_refused_beside_it(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "study"
    data = ["--data", "shapes", "--recipe", "quick"]
    assert run(monkeypatch, "compare", *data, *words, "--suggest", "--out", out) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_too_short_a_run_says_that_it_was_not_probed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert run(monkeypatch, "compare", *small_shapes(), "--suggest", "--out", out) == 1
    assert "finished and diagnosed, but got no probe of it" in capsys.readouterr().err


def test_beside_a_study_file_it_is_typed_and_in_it_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "study.toml"
    file.write_text('data = "shapes"\nrecipe = "quick"\nsuggest = true\n')
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "compare", file, "--dry-run") == 2
    error = capsys.readouterr().err
    assert "given beside a study file, but got true" in error.lower()
    assert "study.toml" in error
    file.write_text('data = "shapes"\nrecipe = "quick"\n')
    assert run(monkeypatch, "compare", file, "--suggest", "--dry-run") == 0
    assert "1 to train" in capsys.readouterr().out
