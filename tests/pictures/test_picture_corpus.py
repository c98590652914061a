from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_WHOLE_CORPUS = """
import json, os, sys
from pathlib import Path
from picture_corpus import broken, good, write
from drawn_pictures import saved
from PIL import Image
from taskgraft.data.store import build_store

folder = Path(sys.argv[1])
good, broken = list(good()), list(broken())
large = folder / "large.png"
Image.new("RGBA", (8000, 7900), (0, 0, 0, 0)).save(large, compress_level=1)
try:
    Path("/proc/self/clear_refs").write_text("5")
except OSError:
    pass
(folder / "loop.png").symlink_to(folder / "loop.png")
(folder / "gone.png").symlink_to(folder / "nothing.png")
(folder / "folder.png").mkdir()
os.mkfifo(folder / "pipe.png")
odd = [folder / f"{name}.png" for name in ("loop", "gone", "folder", "pipe", "missing")]
paths = [*write(good, folder / "good"), *write(broken, folder / "broken"), *odd, *[large] * 4]
store = build_store(paths, [path.name for path in paths], cache=folder / "cache", on_bad="skip")
peak = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(json.dumps({
    "num_good": len(good), "num_broken": len(broken), "peak_kb": int(peak[0]),
    "held": store.positions.tolist(), "shape": store.images.shape, "lines": [bad.line for bad in store.bad],
    "may_be_good": [case.shown is not None for case in broken],
}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of one program")
def test_the_whole_corpus_in_little_memory_and_silence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WHOLE_CORPUS, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "always"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    num_good, num_broken = shown["num_good"], shown["num_broken"]
    num_files = num_good + num_broken + 5 + 4
    held = set(shown["held"])
    assert set(range(num_good)) <= held
    assert set(range(num_files - 4, num_files)) <= held
    for index, may_be_good in enumerate(shown["may_be_good"]):
        assert may_be_good or num_good + index not in held
    assert len(shown["lines"]) == num_files - len(held)
    assert all(line.isprintable() for line in shown["lines"])
    # One large picture at a time, whose memory another thread's may not take over.
    assert shown["peak_kb"] < 1_250_000
