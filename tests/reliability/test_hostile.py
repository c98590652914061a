"""Models, studies and data from strangers: refused with one line, nothing run, nothing touched outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile_place import Case, Place
from watched import CASES, Watch, run_case

from forked import Forked
from taskgraft.architecture import read_architectures

HERE = Path(__file__).parent
_LONGEST_LINE = 4500
_MOST_SECONDS = 60.0
_FEWEST_CASES = 60


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of every case, each run under the hook in a process of its own kind."""
    folder = tmp_path_factory.mktemp("hostile")
    # Helpers of all tests stand beside this folder.
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / "watched.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize("name", list(CASES))
def test_a_hostile_case_does_no_harm(found: dict[str, dict[str, Any]], name: str) -> None:
    row = found[name]
    assert row["deeds"] == []
    assert row["faults"] == []
    assert row["outcome"] in (("refused", "done") if row["expected"] == "either" else (row["expected"],)), row
    assert "\n" not in row["message"]
    assert len(row["message"]) < _LONGEST_LINE
    assert row["seconds"] < _MOST_SECONDS


def test_there_are_as_many_as_promised(found: dict[str, dict[str, Any]]) -> None:
    assert set(found) == set(CASES)
    assert len(CASES) >= _FEWEST_CASES
    num_refused = sum(row["outcome"] == "refused" for row in found.values())
    longest = max(row["seconds"] for row in found.values())
    print(
        f"torture: hostile input: {len(found)} cases, {num_refused} refused with one line, the others "
        f"harmless; nothing run, nothing touched outside; {longest:.1f} s at most"
    )


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("import os; os.system('true')", "os.system"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import pickle; pickle.loads(b'cos\\nsystem\\n.')", "pickle.find_class"),
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
        ("open('../outside/secret.txt')", "open"),
        ("open('../outside/new', 'w')", "open for writing"),
        ("import os; os.mkdir('../outside/new')", "os.mkdir for writing"),
    ],
)
def test_the_watch_sees_what_it_should(tmp_path: Path, deed: str, told: str) -> None:
    # The hook stays for the life of a process, so each is tried in one that ends with it.
    (tmp_path / "mine.py").write_text(f"{deed}\n\ndef architectures(levels):\n    return []\n")
    assert any(told in one for one in Forked(deeds_of_python, tmp_path).result())


def deeds_of_python(folder: Path) -> list[str]:
    """What a Python file that the user named does: it is run, and the watch sees all of it."""
    base = folder / "base"
    base.mkdir()
    place = Place(folder / "case", base)
    path = place.inside / "mine.py"
    (folder / "mine.py").rename(path)
    case = Case(lambda _: lambda: read_architectures(path, ("a", "b")))
    return run_case(case, place, Watch())["deeds"]
