"""A training in a process that may hold little more than it does already."""

import re
import resource
from pathlib import Path
from typing import Any

from taskgraft.data.sources import load
from taskgraft.execution import compare
from taskgraft.execution._observer import SilentStudy
from taskgraft.recipe import quick


def train_short_of_memory(
    out: Path, batch_size: int, megabytes: int, *, auto_batch: bool = False
) -> dict[str, Any]:
    """What came of it; for good, the process has no more memory than this."""
    data = load("shapes", num_train=2560, num_test=64)
    recipe = quick().model_copy(update={"batch_size": batch_size, "epochs": 1.0})
    # Once through, so that all libraries are loaded and have started before the limit is set.
    compare(
        data,
        "shared",
        recipe.model_copy(update={"batch_size": 8, "epochs": 0.01}),
        out=f"{out}-first",
        num_threads=1,
        observer=SilentStudy(),
    )
    held = int(re.search(r"VmSize:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    limit = held + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    study = compare(
        data, "shared", recipe, out=out, num_threads=1, auto_batch=auto_batch, observer=SilentStudy()
    )
    return {
        "failures": [one.model_dump(mode="json") for one in study.failures],
        "runs": [(run.batch_size, run.steps) for run in study.runs],
    }
