"""`taskgraft report` as a user meets it."""

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import run

from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.study import RunRecord, read_record, write_record


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "study"
    compare(tiny_data, "independent,shared,coarse-to-fine", tiny_recipe, 2, out=out, listener=silent)
    return out


def test_a_study_is_concluded_again_without_its_data(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", study) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for said in (
        "No detectable difference",
        # A run of a few steps.
        "For full-path, nothing is recommended. Its runs have hardly begun to learn",
        "Hardly begun to learn: ",
        "full path",
        "Only 2 seeds",
    ):
        assert said in " ".join(out.split())
    assert max(len(line) for line in out.splitlines() if "Report:" not in line) <= 80
    assert (study / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert list((study / "figures").glob("*.svg"))
    assert (study / "gallery.safetensors").exists()


@pytest.mark.parametrize("verb", ["report", "report of two", "studies"])
def test_what_reads_records_needs_no_torch(study: Path, tmp_path: Path, verb: str) -> None:
    """Which takes longer to load than most reports to write."""
    other = shutil.copytree(study, tmp_path / "other")
    words = {
        "report": ["report", study],
        "report of two": ["report", study, other, "--out", tmp_path / "two.html"],
        "studies": ["studies", tmp_path],
    }
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{'torch', 'timm', 'sklearn'} & set(sys.modules), file=sys.stderr))\n"
        "from taskgraft.__main__ import main\n"
        "main()"
    )
    command = [sys.executable, "-c", code, *map(str, words[verb])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "full path" in done.stdout
    assert done.stderr == "\n"


def test_what_a_decoding_reads_is_on_record_and_worked_out_for_older_runs(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", study, "--json") == 0
    macs = _macs(capsys.readouterr().out)
    assert macs["independent", "summed"] < 0.6 * macs["independent", "independent"]
    assert macs["coarse-to-fine", "summed"] == macs["coarse-to-fine", "independent"]
    older = tmp_path / "older"
    shutil.copytree(study, older)
    for path in older.glob("runs/*/result.json"):
        record = read_record(path, RunRecord)
        assert record.cost.finest_macs is not None
        cost = record.cost.model_copy(update={"finest_macs": None})
        write_record(path, record.model_copy(update={"cost": cost}))
    assert run(monkeypatch, "report", older, "--json") == 0
    assert _macs(capsys.readouterr().out) == macs


def _macs(shown: str) -> dict[tuple[str, str], int]:
    """By variant and decoding."""
    return {(each["variant"], each["decoding"]): each["macs"] for each in json.loads(shown)["decodings"]}


def test_a_preference_decides_what_the_recommendation_is_for(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", study, "--prefer", "latency", "--json") == 0
    assert json.loads(capsys.readouterr().out)["recommendation"]["prefer"] == "latency"
    assert run(monkeypatch, "report", study, "--prefer", "speed") == 2
    err = capsys.readouterr().err
    assert "one of group, colour, full-path, latency, but got 'speed'" in err
    assert err.count("\n") == 1


def test_a_margin_decides_what_is_near_enough_and_another_than_declared_is_said(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", study, "--margin", "99", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["recommendation"]["margin"] == 0.99
    # Everything is near enough, but of runs of a few steps none is recommended.
    assert found["recommendation"]["variant"] is None
    assert found["recommendation"]["reason"].startswith("Its runs have hardly begun to learn")
    beside = found["recommendation"]["cautions"]
    assert beside == found["cautions"][: len(beside)]
    assert any(one.startswith("Hardly begun to learn: ") for one in beside)
    assert found["cautions"][0].startswith(
        "The study declared full-path within 1 point; this report looks at"
    )
    assert {one["place"] for one in found["recommendation"]["contenders"]} <= {"level"}
    assert found["primary"] == "full_path_accuracy"
    assert found["exploratory"]
    assert run(monkeypatch, "report", study, "--margin", "99") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Its runs have hardly begun to learn" in text
    assert "this report looks at full-path within 99 points" in text


def test_two_studies_stand_side_by_side(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page, other = tmp_path / "both.html", tmp_path / "other"
    third = tmp_path / "third"
    shutil.copytree(study, other)
    shutil.copytree(study, third)
    assert run(monkeypatch, "report", study, other, "--out", page, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["studies"]) == 2
    assert all(one["interval"]["estimate"] == 0 for one in found["between"]["differences"])
    assert page.read_text().count("independent") > 2
    assert run(monkeypatch, "report", study, other, "--out", page) == 0
    out = capsys.readouterr().out
    assert "No detectable difference between A and B" in " ".join(out.split())
    assert out.splitlines()[-1] == f"Page: {page}"
    assert len(out.splitlines()) <= 40
    for wrong, said in (
        ([study, other, study], "to be different ones"),
        ([study, other, third], "Expected the studies to be of two datasets or more, but got one"),
        ([study, study], "to be different ones"),
        ([study, "--out", page], "Expected --out to be used with several studies"),
        ([study, other, "--markdown", tmp_path / "x.md"], "Expected --markdown to be used with one study"),
    ):
        assert run(monkeypatch, "report", *wrong) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
    assert not (tmp_path / "x.md").exists()


def test_markdown_holds_the_figures_of_the_study(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "study.md"
    assert run(monkeypatch, "report", study, "--markdown", page) == 0
    text = page.read_text()
    capsys.readouterr()
    assert run(monkeypatch, "report", study, "--json") == 0
    shared = json.loads(capsys.readouterr().out)["standings"][1]["scores"]["accuracy.colour"]
    assert f"| {100 * shared['estimate']:.1f} ±" in text
    for heading in (
        "Leaderboard",
        "Cost",
        "Differences from independent",
        "Is the flow used?",
        "Decodings",
        "Calibration",
        "What was run",
    ):
        assert f"\n## {heading}\n" in text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "to be a study directory with a study.json"),
        (lambda path: path.mkdir(), "to be a study directory with a study.json"),
    ],
)
def test_something_else_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make, message: str
) -> None:
    make(tmp_path / "x")
    assert run(monkeypatch, "report", tmp_path / "x") == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_study_without_finished_runs_is_one_line(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.json").write_bytes((study / "study.json").read_bytes())
    assert run(monkeypatch, "report", tmp_path) == 1
    err = capsys.readouterr().err
    assert "a study with at least one finished run" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


def test_the_verdict_of_a_read_only_study_can_be_had_as_json(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path.open

    def refuse(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if "r" not in mode:
            raise OSError(errno.EROFS, "Read-only file system")
        return before(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert run(monkeypatch, "report", study, "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["headline"]
    assert "No page is written. Expected" in err
    assert "Read-only file system" in err
    assert err.count("\n") == 1
    assert run(monkeypatch, "report", study) == 1
    assert run(monkeypatch, "report", study, study.parent, "--json", "--out", study / "both.html") != 0


def test_damage_makes_the_exit_code_1_once_all_is_said_and_what_is_missing_does_not(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    shutil.rmtree(copy / "runs" / "shared-seed1")
    assert run(monkeypatch, "report", copy) == 0
    assert capsys.readouterr().err == ""
    (copy / "runs" / "shared-seed0" / "model.safetensors").write_bytes(b"torn")
    page = tmp_path / "both.html"
    for arguments in ([copy], [copy, "--json"], [study, copy, "--out", page], [study, copy, "--json"]):
        assert run(monkeypatch, "report", *arguments) == 1
        out, err = capsys.readouterr()
        assert err == (
            f"taskgraft: Expected {copy} to be undamaged, but got 1 damaged, on which no figure rests. The "
            "command of the study makes them again.\n"
            "  shared-seed0: model.safetensors does not match its digest\n"
        )
        if "--json" in arguments:
            said = json.loads(out)
            (damaged,) = (said["studies"][1] if "studies" in said else said)["damaged"]
            assert damaged == "shared-seed0: model.safetensors does not match its digest"
        else:
            assert out.splitlines()[-1].startswith(("Report: ", "Page: "))
