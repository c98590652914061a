"""A study of other numerics whose checksums hold: refused in one line, with its ways out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run

import taskgraft as tg
from taskgraft.execution import _request as request_module
from taskgraft.execution import _run_spec as run_spec_module
from taskgraft.numerics import NUMERICS
from taskgraft.study import STUDY
from taskgraft.study._checked import checksum

ASK = [
    *("compare", "--data", "shapes", "--data-option", "num_train=256", "--data-option", "num_test=64"),
    *("--recipe", "quick", "--epochs", "0.5", "--threads", "1", "--architectures", "independent,shared"),
]


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study as a taskgraft of the numerics before made it."""
    out = tmp_path_factory.mktemp("older") / "study"
    with pytest.MonkeyPatch.context() as patch:
        for module in (request_module, run_spec_module):
            patch.setattr(module, "NUMERICS", NUMERICS - 1)
        assert run(patch, *ASK, "--out", out) == 0
    return out


def files(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--seeds", "2"], ["--retry-failed"]])
def test_it_is_refused_and_left_as_it_is(
    more: list[str], older: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(older)
    assert run(monkeypatch, *ASK, *more, "--out", older) == 2
    out, err = capsys.readouterr()
    version, date = tg.__version__, json.loads((older / STUDY).read_text())["created"][:10]
    assert out == ""
    assert err == (
        f"taskgraft: Expected the study in {older} to be begun at numerics {NUMERICS}, which this taskgraft "
        f"computes, but got numerics {NUMERICS - 1}. Use another --out, or the taskgraft {version} that "
        f"began it on {date}. Reports still read it.\n"
    )
    assert files(older) == before


def test_its_ways_out_lead_out(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", older) == 0
    assert run(monkeypatch, "predictions", older, "--run", "shared-seed0", "--out", tmp_path / "p.csv") == 0
    assert capsys.readouterr().err == ""
    assert tg.load_model(older / "runs" / "shared-seed0" / "model.safetensors").taxonomy.num_levels == 2
    assert run(monkeypatch, *ASK, "--out", tmp_path / "another") == 0
    assert run(monkeypatch, "report", older, tmp_path / "another", "--out", tmp_path / "both.html") == 0
    # The version that began it goes on with it.
    for module in (request_module, run_spec_module):
        monkeypatch.setattr(module, "NUMERICS", NUMERICS - 1)
    assert run(monkeypatch, *ASK, "--out", older, "--dry-run") == 0
    assert "2 of 2 runs are done; 0 to train" in capsys.readouterr().out


def test_a_record_that_only_says_so_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert run(monkeypatch, *ASK, "--out", out) == 0
    record = json.loads((out / STUDY).read_text())
    record["request"]["numerics"] = NUMERICS + 1
    record["checksum"] = checksum({name: value for name, value in record.items() if name != "checksum"})
    (out / STUDY).write_text(json.dumps(record))
    before = files(out)
    capsys.readouterr()
    assert run(monkeypatch, *ASK, "--out", out) == 2
    assert f"but got numerics {NUMERICS + 1}. Use another --out" in capsys.readouterr().err
    assert files(out) == before
    # Its runs are of the numerics that they were made with, so they are none of such a study.
    assert run(monkeypatch, "report", out) == 1
    assert "at least one finished run, but got none" in capsys.readouterr().err
