"""Writes a golden study with the version of taskgraft that is installed: python make.py format-N.

To be run once a format, before it is released; a golden study is never made again.
"""

import shutil
import sys
from pathlib import Path
from unittest.mock import patch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from small_study import small_study  # noqa: E402

if __name__ == "__main__":
    with patch("taskgraft.study._environment._processor", return_value="Imagined CPU"):
        small_study(HERE / sys.argv[1])
    # What a study can do without, and what belongs to a process.
    (HERE / sys.argv[1] / "results.csv").unlink()
    for lock in (HERE / sys.argv[1]).rglob(".lock"):
        lock.unlink()
    shutil.rmtree(HERE / "__pycache__", ignore_errors=True)
