"""The commands of docs/scale.md, typed as they stand on the page."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgraft.study import Study

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
PORT = "6380"


def commands() -> list[str]:
    """What starts a cluster of two nodes, and the study on it."""
    (block,) = re.findall(r"### Try it.*?\n\n((?:    .*\n)+)", PAGE.read_text("utf-8"))
    return [line.strip() for line in block.splitlines()]


@pytest.fixture
def session() -> Iterator[Path]:
    """A folder for the files of a cluster, whose processes end with the test."""
    # Sockets lie in it, whose paths are short.
    with tempfile.TemporaryDirectory(prefix="ray") as name:
        yield Path(name)
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                is_ours = name.encode() in path.read_bytes()
            except OSError:
                continue
            if is_ours and int(path.parent.name) != os.getpid():
                os.kill(int(path.parent.name), signal.SIGKILL)


def typed(line: str, session: Path, folder: Path, port: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    variables = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(root / "src"),
        "RAY_TMPDIR": str(session),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    return subprocess.run(
        ["bash", "-c", line.replace(PORT, port)],
        env={**os.environ, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


@pytest.mark.slow
def test_the_two_commands_of_the_page_do_the_demo_on_two_nodes(session: Path, tmp_path: Path) -> None:
    start, study = commands()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    started = typed(start, session, tmp_path, port)
    assert started.returncode == 0, started.stderr
    done = typed(study, session, tmp_path, port)
    assert done.returncode == 0, done.stderr
    assert "runs at once: 2 jobs x 1 thread" in done.stderr
    made = Study.open(tmp_path / "demo-ray")
    assert (len(made.runs), made.missing, made.failures) == (14, (), ())
    assert (tmp_path / "demo-ray" / "report.html").is_file()
