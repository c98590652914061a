"""Writes the golden study of the present format, with the installed version of taskgraft.

To be run once a format: the test that reads it fails when a record changes and the format stays the same.
"""

import shutil
import sys
from pathlib import Path
from unittest.mock import patch

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from small_study import small_study  # noqa: E402

if __name__ == "__main__":
    shutil.rmtree(HERE / "study", ignore_errors=True)
    with patch("taskgraft.study._environment._processor", return_value="Imagined CPU"):
        small_study(HERE / "study")
    # What a study can do without, and what belongs to a process.
    (HERE / "study" / "results.csv").unlink()
    for lock in (HERE / "study").rglob(".lock"):
        lock.unlink()
    shutil.rmtree(HERE / "__pycache__", ignore_errors=True)
