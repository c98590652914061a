"""Model files out to harm, given to everything that takes one: one line or a harmless answer, in bounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hostile_models import HEADERS, MODELS, NOT_MODELS
from watched_models import FACES

HERE = Path(__file__).parent
_MOST_SECONDS, _MOST_BYTES = 10.0, 400_000_000
_LONGEST_LINE = 4_500
_FEWEST_FILES = 60
# One function reads all files: the other faces are left to the full count.
_QUICK = ("load_model", "predict")
_QUICK_FILES = (*NOT_MODELS, *HEADERS)

Rows = dict[tuple[str, str], dict[str, Any]]


def given(folder: Path, faces: tuple[str, ...], files: Collection[str]) -> Rows:
    """What came of files at some faces, under the hook in a process of its own."""
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, str(HERE / "watched_models.py"), str(folder), ",".join(faces), *files],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        timeout=3_600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(row["name"], row["face"]): row for row in rows}


def check(row: dict[str, Any]) -> None:
    """One case did no harm."""
    assert row["deeds"] == [], row
    assert row["faults"] == [], row
    assert row["outcome"] in ("refused", "done"), row
    if row["outcome"] == "refused":
        assert row["left"] == [], row
        assert "\n" not in row["message"], row
    assert len(row["message"]) < _LONGEST_LINE
    assert row["seconds"] < _MOST_SECONDS, row
    assert row["bytes"] < _MOST_BYTES, row


def figures(rows: Rows) -> str:
    """The line of a torture."""
    num_refused = sum(row["outcome"] == "refused" for row in rows.values())
    longest, largest = (max(row[what] for row in rows.values()) for what in ("seconds", "bytes"))
    return (
        f"torture: hostile models: {len({name for name, _ in rows})} files, {len(rows):,} cases, "
        f"{num_refused:,} refused with one line, the others harmless; "
        f"{longest:.1f} CPU s and {largest / 1e6:.0f} MB at most"
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return given(tmp_path_factory.mktemp("hostile-models"), _QUICK, _QUICK_FILES)


@pytest.mark.parametrize("name", _QUICK_FILES)
def test_a_hostile_model_is_refused_or_harmless(loaded: Rows, name: str) -> None:
    for face in _QUICK:
        check(loaded[name, face])


def test_there_are_enough_of_them(loaded: Rows) -> None:
    assert len(MODELS) >= _FEWEST_FILES
    print(figures(loaded))


@pytest.mark.torture
def test_everything_that_takes_a_model_is_given_all(tmp_path: Path) -> None:
    rows = given(tmp_path, tuple(FACES), MODELS)
    assert set(rows) == {(name, face) for name in MODELS for face in FACES}
    for row in rows.values():
        check(row)
    print(figures(rows))
