"""A file that cannot be read now stops the work with one line; nothing is trained or written in its place."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from small_study import NAMES, Watching, differing_files, small_study

from taskgraft.errors import RequestError, StudyError, UnreadableError
from taskgraft.study import Study, digest
from taskgraft.training import SLOTS, Checkpoints
from taskgraft.training._checkpoint import Snapshot

ERRORS = ("EACCES", "EIO", "EMFILE", "ENFILE", "ENOMEM", "ESTALE", "ETIMEDOUT")
RUN = f"runs/{NAMES[1]}-seed0"
FILES = (
    "study.json",
    "inference.json",
    "gallery.safetensors",
    "images.jsonl",
    "data.json",
    *(
        f"{RUN}/{name}"
        for name in (
            "result.json",
            "history.jsonl",
            "model.safetensors",
            "predictions.safetensors",
            "flows.safetensors",
        )
    ),
)


@contextmanager
def refusing(path: Path, name: str) -> Iterator[None]:
    """While it lasts the system refuses to open one file, and says why."""
    number, before = getattr(errno, name), Path.open

    def refuse(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if self == path and "r" in mode:
            raise OSError(number, os.strerror(number))
        return before(self, mode, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        yield


def state(study: Path) -> dict[str, str]:
    return {
        str(path.relative_to(study)): digest(path)
        for path in sorted(study.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize(
    ("file", "name"), [*((file, "EIO") for file in FILES), *((FILES[-3], name) for name in ERRORS)]
)
def test_a_finished_run_is_not_done_again(file: str, name: str, copy: Path) -> None:
    before, watching = state(copy), Watching()
    with refusing(copy / file, name):
        with pytest.raises(UnreadableError) as caught:
            small_study(copy, listener=watching)
        with pytest.raises(UnreadableError, match=name):
            Study.open(copy)
    line = str(caught.value)
    assert str(copy / file) in line
    assert f"({name})" in line
    assert "\n" not in line
    assert (watching.done, state(copy)) == ([], before)
    small_study(copy, listener=watching)
    assert (watching.done, state(copy)) == ([], before)


def test_a_failure_that_cannot_be_read_is_no_run_to_do(copy: Path) -> None:
    run = copy / RUN
    (run / "result.json").rename(run / "failure.json")
    with refusing(run / "failure.json", "EACCES"), pytest.raises(UnreadableError, match=r"failure\.json"):
        small_study(copy)


def test_a_lost_record_is_not_made_again_while_the_runs_cannot_be_listed(
    copy: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "study.json").unlink()
    before = Path.iterdir

    def refuse(self: Path) -> Iterator[Path]:
        if self == copy / "runs":
            raise OSError(errno.EIO, "Input/output error")
        return before(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", refuse)
        with pytest.raises(
            UnreadableError, match=r"runs to be readable, but got 'Input/output error \(EIO\)'"
        ):
            small_study(copy)
    assert not (copy / "study.json").exists()
    small_study(copy)
    assert differing_files(copy, sound) == []


def test_a_checkpoint_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    def write(path: Path, content: bytes) -> None:
        path.write_bytes(content)

    checkpoints = Checkpoints(tmp_path, "a run", write)
    for step in (1, 2):
        checkpoints.save(Snapshot({}, {"step": step, "history": []}))
    before = state(tmp_path)
    for slot in SLOTS:
        with (
            refusing(tmp_path / slot, "ESTALE"),
            pytest.raises(UnreadableError, match=rf"{slot}.*\(ESTALE\)"),
        ):
            list(checkpoints.snapshots(print))
    assert state(tmp_path) == before
    assert [snapshot.facts["step"] for snapshot in checkpoints.snapshots(print)] == [2, 1]


@pytest.mark.usefixtures("sound")  # torch looks where it is when it computes for the first time
def test_a_working_directory_that_is_gone_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(RequestError, match="Expected study to be a study directory"):
        Study.open("study")
    with pytest.raises(StudyError, match=r"Expected study.study\.json to be writable") as caught:
        small_study(Path("study"))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_working_directory_that_goes_while_a_study_runs_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)

    class Removing(Watching):
        def on_run(self, variant: str, seed: int) -> None:
            shutil.rmtree(gone)
            super().on_run(variant, seed)

    with pytest.raises(StudyError, match="No such file or directory") as caught:
        small_study(Path("study"), listener=Removing())
    assert "\n" not in str(caught.value)
