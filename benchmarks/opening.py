"""`python -m benchmarks.opening`: what it takes to open a folder again, by the number of its files.

Tiny pictures in folders of 100, all decoded beforehand. Each opening is a process that has just begun: with
the manifest of the opening before, and without one, so that the folder is read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from benchmarks.command import run_main
from taskgraft.data.files import SETTLED_SECONDS
from taskgraft.printing import note, say

_SIDE, _FILES_A_FOLDER, _FOLDERS_A_KIND = 16, 100, 25
_OPEN = """
import sys, time
from taskgraft.data.sources import load
start = time.process_time()
load(sys.argv[1])
print(time.process_time() - start)
"""


def bench(
    sizes: Annotated[list[int], typer.Option("--files", help="Numbers of files.")] = [10_000],  # noqa: B006
    rounds: Annotated[int, typer.Option(help="Of each way, in alternation.")] = 3,
) -> None:
    """Measure second openings in CPU seconds, with a manifest and without."""
    for num_files in sizes:
        with tempfile.TemporaryDirectory(prefix="taskgraft-opening-") as folder:
            root, cache = Path(folder) / "pictures", Path(folder) / "cache"
            _write(root, num_files)
            note(f"{num_files:,} files: written")
            time.sleep(SETTLED_SECONDS)
            first = _opened(root, cache)
            manifest, read = [], []
            for _ in range(rounds):
                manifest.append(_opened(root, cache))
                for path in cache.rglob("folder-*.npz"):
                    path.unlink()
                read.append(_opened(root, cache))
        again = f"again {median(manifest):.3f} s with the manifest, {median(read):.2f} s without"
        say(f"{num_files:,} files", f"first {first:.2f} s, {again}")


def _write(root: Path, num_files: int) -> None:
    rng = np.random.default_rng(0)
    for start in range(0, num_files, _FILES_A_FOLDER):
        number = start // _FILES_A_FOLDER
        folder = root / f"kind {number // _FOLDERS_A_KIND}" / f"thing {number}"
        folder.mkdir(parents=True)
        for k in range(start, min(start + _FILES_A_FOLDER, num_files)):
            pixels = rng.integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.bmp")


def _opened(root: Path, cache: Path) -> float:
    """CPU seconds of `load` alone."""
    environment = {**os.environ, "TASKGRAFT_CACHE": str(cache)}
    command = [sys.executable, "-c", _OPEN, str(root)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


if __name__ == "__main__":
    run_main(bench)
