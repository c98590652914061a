import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from taskgraft.errors import StudyError
from taskgraft.execution import Waiting
from taskgraft.execution._claim import claims
from taskgraft.study import lock, remove_leftovers, try_lock


class Spec(NamedTuple):
    """As much of a run as a claim needs."""

    name: str
    directory: Path


def share(names: list[str], study: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    done: list[str] = []
    waits: list[tuple[str, ...]] = []
    for claim in claims([Spec(name, study / name) for name in names]):  # type: ignore[misc]
        if isinstance(claim, Waiting):
            waits.append(tuple(name for name, _ in claim.holders))
        else:
            done.append(claim.name)
    return done, waits


def test_runs_that_nobody_does_are_done_in_order(tmp_path: Path) -> None:
    assert share(["b", "a", "c"], tmp_path) == (["b", "a", "c"], [])


def test_a_run_that_another_does_comes_last_and_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    others = lock(tmp_path / "a")
    others.__enter__()
    monkeypatch.setattr("time.sleep", lambda seconds: others.__exit__(None, None, None))
    assert share(["a", "b"], tmp_path) == (["b", "a"], [("a",)])


def test_what_is_added_while_runs_are_done_is_done_behind_them(tmp_path: Path) -> None:
    specs: list[Any] = [Spec(name, tmp_path / name) for name in "ab"]
    order = ""
    for claim in claims(specs):
        order += claim.name  # type: ignore[union-attr]
        if claim.name in "bc":  # type: ignore[union-attr]
            name = chr(ord(order[-1]) + 1)
            specs.append(Spec(name, tmp_path / name))
    assert order == "abcd"


def test_a_lock_is_held_until_the_next_run_and_given_back_by_whoever_goes(tmp_path: Path) -> None:
    taken = claims([Spec("a", tmp_path / "a"), Spec("b", tmp_path / "b")])  # type: ignore[list-item]
    next(taken)
    with try_lock(tmp_path / "a") as is_held:
        assert not is_held
    next(taken)
    with try_lock(tmp_path / "a") as is_held:
        assert is_held
    taken.close()
    with try_lock(tmp_path / "b") as is_held:
        assert is_held


def test_a_study_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"gone/a to be a directory that can be written"):
        share(["a"], tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="but got 'it is a link'"), lock(tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_leftovers_of_dead_processes_alone_are_removed(tmp_path: Path) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    names = [f".a.json.{int(dead.stdout)}.tmp", f".a.json.{os.getppid()}.tmp", "mine.tmp", ".lock"]
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, is_ours=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
    remove_leftovers(tmp_path, is_ours=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "mine.tmp"]
    remove_leftovers(tmp_path / "nowhere", is_ours=True)
