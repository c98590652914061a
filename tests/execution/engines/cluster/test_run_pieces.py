"""Files of a run on their way: whole, or not written."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.execution.engines.cluster import _files
from taskgraft.execution.engines.cluster._files import Arrivals, TornError, needed_files, pieces, sent_names
from taskgraft.execution.engines.cluster._messages import Piece


def sent(folder: Path, content: bytes) -> list[Piece]:
    sender = folder / "sender"
    sender.mkdir(exist_ok=True)
    (sender / "model.safetensors").write_bytes(content)
    return list(pieces(sender / "model.safetensors"))


@given(st.binary(max_size=50), st.integers(1, 20))
def test_a_file_of_any_length_comes_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_files, "PIECE_BYTES", size)
        parts = sent(folder, content)
    assert all(len(part.content) <= size for part in parts)
    assert [part.digest is None for part in parts] == [True] * (len(parts) - 1) + [False]
    assert parts[-1].digest == hashlib.sha256(content).hexdigest()
    arrivals = Arrivals(folder)
    assert [arrivals.take(part) for part in parts] == [None] * (len(parts) - 1) + ["model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == content


@pytest.mark.parametrize("fault", ["missing", "twice", "shorter", "other"])
def test_what_is_torn_is_refused_and_what_stood_there_stays(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_files, "PIECE_BYTES", 4)
    first, second, *rest = sent(tmp_path, b"all of the weights")
    torn = {
        "missing": [first, *rest],
        "twice": [first, second, second, *rest],
        "shorter": [replace(first, content=first.content[:-1]), second, *rest],
        "other": [second, first, *rest],
    }[fault]
    (tmp_path / "model.safetensors").write_bytes(b"before")
    arrivals = Arrivals(tmp_path)
    for piece in torn[:-1]:
        assert arrivals.take(piece) is None
    with pytest.raises(TornError, match=r"Expected model\.safetensors to be complete"):
        arrivals.take(torn[-1])
    assert (tmp_path / "model.safetensors").read_bytes() == b"before"


def test_a_name_that_leads_out_of_the_run_is_refused(tmp_path: Path) -> None:
    (piece,) = sent(tmp_path, b"x")
    inside = tmp_path / "run"
    inside.mkdir()
    with pytest.raises(TornError):
        Arrivals(inside).take(replace(piece, name="../out"))
    assert not (tmp_path / "out").exists()


def test_the_result_goes_last_and_what_is_the_processes_alone_stays(tmp_path: Path) -> None:
    for name in ("result.json", "history.jsonl", ".lock", ".model.safetensors.77.tmp", "model.safetensors"):
        (tmp_path / name).write_bytes(b"")
    assert sent_names(tmp_path) == ["history.jsonl", "model.safetensors", "result.json"]


def test_a_run_goes_on_from_checkpoints_and_its_failure_alone(tmp_path: Path) -> None:
    for name in ("result.json", "checkpoint-b.safetensors", "failure.json", "model.safetensors"):
        (tmp_path / name).write_bytes(name.encode())
    assert needed_files(tmp_path) == {
        "checkpoint-b.safetensors": b"checkpoint-b.safetensors",
        "failure.json": b"failure.json",
    }
