"""The command where its streams are closed, or its working directory is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from small_shapes import small_shapes
from taskgraft.study import Study

COMMAND = [sys.executable, "-m", "taskgraft"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
TRAIN = small_shapes("train", "shared")


def test_closed_streams_take_everything_and_no_file_takes_their_place(tmp_path: Path) -> None:
    # Whatever is opened first would get the numbers of the closed streams, and all that they are sent.
    script = 'exec "$@" >&- 2>&-'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *COMMAND, *TRAIN, "--out", str(tmp_path / "study")],
        check=False,
        env=ENVIRONMENT,
        timeout=120,
    )
    assert done.returncode == 0
    study = Study.open(tmp_path / "study")
    assert (len(study.runs), study.missing, study.damaged) == (1, (), ())


def test_a_working_directory_that_is_gone_is_one_line(tmp_path: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *COMMAND, "data", "show", "shapes"],
        check=False,
        env=ENVIRONMENT,
        timeout=120,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("taskgraft: Expected the working directory to be a directory that is there")
    assert done.stderr.count("\n") == 1
