"""What reaches the terminal, whatever levels, classes and files are called, and whatever the streams take."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from command import run
from rich.console import Console

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.events import EpochDone, Note, TrainingStarted
from taskgraft.execution import RunBegan, RunProgress, StudyEnded, StudyNote, StudyStarted, progress_for
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe, Variant, quick
from taskgraft.request import DataOptions
from taskgraft.study import STUDY, Request, Study
from taskgraft.taxonomy import Level, Taxonomy

STEERING = "\x1b[31m\x9b2J\x07\u202e\u2066[bold]{}\r\nFAKE: done"
ASK = ["compare", "--architectures", "independent,shared", "--recipe", "quick", "--threads", "1"]


def check_calm(text: str) -> None:
    """Nothing that steers, no line that a name began, and nothing that cannot be encoded."""
    assert text
    assert text.replace("\n", "").isprintable()
    assert not [line for line in text.split("\n") if line.lstrip(" -").startswith("FAKE")]
    text.encode()


def load_instead(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Any]) -> None:
    for place in ("taskgraft.data.sources.load", "taskgraft.execution._planning.load"):
        monkeypatch.setattr(place, load)


def no_data_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    load_instead(monkeypatch, lambda **_: pytest.fail("the data was read"))


@pytest.fixture
def hostile(tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Data whose every name is hostile, in place of whatever the command line names."""
    levels = tuple(
        Level(f"{level.name}{STEERING}", tuple(f"{name}{STEERING}" for name in level.classes))
        for level in tiny_data.taxonomy.levels
    )
    taxonomy = Taxonomy(levels, tiny_data.taxonomy.parents)
    provenance = replace(
        tiny_data.provenance,
        source=f"data\udce9{STEERING}",
        split=f"a split{STEERING}",
        notes=(f"a note{STEERING}",),
        skipped=((f"caf\udce9{STEERING}.png", f"cut off{STEERING}"),),
    )
    names = [f"{i}\udce9{STEERING}.png" for i in range(len(tiny_data.images))]
    data = replace(tiny_data, taxonomy=taxonomy, provenance=provenance, names=names)
    load_instead(monkeypatch, lambda **_: data)
    recipe = tiny_recipe.model_copy(update={"epochs": 1.0})
    monkeypatch.setattr("taskgraft.execution._fit.recipe", lambda *_: recipe)
    return data


def test_hostile_names_of_a_whole_study_are_only_text(
    hostile: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert run(monkeypatch, *ASK, "--out", out, "--dry-run") == 0
    check_calm(capsys.readouterr().out)
    assert run(monkeypatch, *ASK, "--out", out) == 0
    told = capsys.readouterr()
    for text in (told.out, told.err):
        check_calm(text)
    assert r"data\xe9" in told.out
    assert run(monkeypatch, "report", out) == 0
    check_calm(capsys.readouterr().out)
    assert run(monkeypatch, "report", out, "--json", "--markdown", tmp_path / "verdict.md") == 0
    assert "accuracy.group" + STEERING in json.loads(capsys.readouterr().out)["score_names"]
    # A byte that is no UTF-8 stands in every record as it is shown.
    assert Study.open(out).record.request.data.skipped[0][0].startswith(r"caf\xe9")
    assert r"caf\xe9" in (out / "report.html").read_text("utf-8")
    assert r"caf\\xe9" in (out / STUDY).read_text("utf-8")


@pytest.mark.parametrize("verb", ["show", "check"])
def test_hostile_names_of_data_are_only_text(
    verb: str,
    hostile: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    option = ["--sheet", tmp_path / "s.png"] if verb == "show" else ["--out", tmp_path / "p.html"]
    assert run(monkeypatch, "data", verb, "x", *option) == 0
    text = capsys.readouterr().out
    check_calm(text)
    assert r"caf\xe9" in text
    assert run(monkeypatch, "data", verb, "x", *option, "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["levels"][0]["name"] == hostile.taxonomy.level_names[0]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_hostile_names_in_lines_and_bars_of_progress_are_only_text(is_terminal: bool) -> None:
    text = io.StringIO()
    variant = Variant(f"a{STEERING}", Architecture("a", "b"), quick())
    request = Request.model_construct(variants=(variant,))
    console = Console(file=text, force_terminal=is_terminal, width=300, color_system=None)
    show = progress_for(request, console)
    name = f"a{STEERING}"
    show(StudyStarted(((name, 0, 1.0),), 1, "1 job x 1 thread", False, Path(), cast(Any, None)))
    show(RunBegan(name, 0))
    row = {"step": 5, "epoch": 1.0, "seconds": 1.0, "train_loss": 0.5, "learning_rate": 0.1}
    epoch = Epoch.model_construct(**row, val_accuracies={f"l{STEERING}": 0.5})
    for event in (TrainingStarted(10), EpochDone(epoch), Note(f"a note{STEERING}")):
        show(RunProgress(name, 0, event))
    show(StudyNote(f"another{STEERING}"))
    show(StudyEnded())
    shown = text.getvalue()
    assert "a note" in shown
    for sign in ("\x1b[31m", "\x9b", "\x07", "\u202e", "\u2066", "\nFAKE"):
        assert sign not in shown
    if not is_terminal:
        check_calm(shown)


@pytest.mark.parametrize(
    "words",
    [
        ["data", "show", f"x/{STEERING}\udce9"],
        ["data", "show", "shapes", "--data-option", f"{STEERING}=1"],
        ["data", "show", "shapes", "--fit", STEERING],
        ["report", f"x{STEERING}\udce9"],
        ["compare", "--recipe", STEERING],
        ["compare", "--epochs", STEERING],
        ["architectures", f"x{STEERING}"],
        ["architectures", "--levels", f"a{STEERING}=2,a{STEERING}=3"],
        [f"verb{STEERING}"],
    ],
)
def test_hostile_words_of_the_command_are_only_text_in_its_errors(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    check_calm(told.err)


def test_where_nothing_can_be_printed_the_study_is_complete(
    tiny_data: Dataset,
    hostile: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "study"
    with open("/dev/full", "w", encoding="utf-8") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        assert run(patch, *ASK, "--out", out) == 1
    lines = capsys.readouterr().err.rstrip("\n").split("\n")
    assert lines[-1].startswith("taskgraft: Expected standard output to be writable, but got 'No space left")
    assert not [line for line in lines if "Traceback" in line]
    assert Study.open(out).missing == ()
    assert (out / "report.html").exists()


def test_a_dead_standard_error_does_not_end_a_training(
    hostile: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = io.TextIOWrapper(io.FileIO("/dev/full", "w"), "utf-8", write_through=True)
    monkeypatch.setattr(sys, "stderr", full)
    assert run(monkeypatch, *ASK, "--out", tmp_path / "study") == 0
    assert "Report: " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["a" * 256, "caf\udce9", "x/" * 2000])
def test_a_place_that_no_study_can_have_is_one_line_before_any_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    no_data_is_read(monkeypatch)
    assert run(monkeypatch, *ASK, "--out", name) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--out" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["show", "x", "--sheet"], ["check", "x", "--out"], ["export", "x", "--out"]]
)
def test_a_place_that_no_file_can_have_is_one_line_before_any_work(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_data_is_read(monkeypatch)
    assert run(monkeypatch, "data", *words, "a" * 256) == 2
    assert "at most 235 bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EIO, "Input/output error", "x\x1b[31m"), "refused a file or a stream 'x"),
        (OSError(errno.EAGAIN, "Resource temporarily unavailable"), "starts no more processes or threads"),
        (RuntimeError("can't start new thread"), "starts no more processes or threads"),
        (MemoryError(), "Out of memory"),
    ],
)
def test_what_the_system_refuses_is_one_line_wherever_it_comes_from(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(**_: object) -> Dataset:
        raise error

    monkeypatch.setattr("taskgraft.data.sources.load", load)
    assert run(monkeypatch, "data", "show", "x") == 1
    told = capsys.readouterr()
    check_calm(told.err)
    assert words in told.err
    assert told.err.count("\n") == 1


def test_a_fault_of_ours_is_not_taken_for_the_system_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(**_: object) -> Dataset:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("taskgraft.data.sources.load", load)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run(monkeypatch, "data", "show", "x")


def test_data_of_a_long_name_gives_places_that_can_be(tiny_data: Dataset) -> None:
    title = DataOptions.of({"data": "/data/" + "ü" * 120}).title
    assert len(f"studies/{title}-fast-{'a' * 60}-seed4294967295".encode()) < 255
