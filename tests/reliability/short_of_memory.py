"""A training in a process that has little memory, or believes so."""

import resource
from pathlib import Path
from typing import Any
from unittest.mock import patch

from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.hardware import peak_memory_bytes
from taskgraft.hardware._memory import _status_bytes
from taskgraft.recipe import quick


def train_short_of_memory(
    out: Path, batch_size: int, megabytes: int, *, auto_batch: bool = False, is_limited: bool = False
) -> dict[str, Any]:
    """What came of it.

    Args:
        out: The study directory.
        batch_size: Of the recipe.
        megabytes: What is left when the study begins.
        auto_batch: Whether batches may be halved.
        is_limited: Whether the process is refused more, for good; otherwise the system only says that no more
            is left, as one does that would end it.
    """
    data = load("shapes", num_train=2560, num_test=64)
    recipe = quick().model_copy(update={"batch_size": batch_size, "epochs": 1.0})
    # Once through, so that all libraries are loaded and have started before the limit is set.
    compare(
        data,
        "shared",
        recipe.model_copy(update={"batch_size": 8, "epochs": 0.01}),
        out=f"{out}-first",
        num_threads=1,
        listener=silent,
    )
    held = _status_bytes("VmRSS")
    if is_limited:
        limit = _status_bytes("VmSize") + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def left(device: str) -> int | None:
        return None if is_limited else held + megabytes * 1_000_000 - _status_bytes("VmRSS")

    with patch("taskgraft.training._memory.available_bytes", left):
        study = compare(
            data, "shared", recipe, out=out, num_threads=1, auto_batch=auto_batch, listener=silent
        )
    return {
        "failures": [one.model_dump(mode="json") for one in study.failures],
        "runs": [(run.batch_size, run.steps) for run in study.runs],
        "growth": peak_memory_bytes("cpu") - held,
    }
