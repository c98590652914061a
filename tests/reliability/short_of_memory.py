"""Runs one training in a process that may hold little more than it does already; prints a line of JSON.

python short_of_memory.py STUDY BATCH_SIZE MEGABYTES [auto]
"""

import json
import re
import resource
import sys
from pathlib import Path

from taskgraft.data.sources import load
from taskgraft.study.compare import compare
from taskgraft.study.observer import SilentStudy
from taskgraft.training.recipes import quick


def main() -> None:
    out, batch_size, megabytes, *rest = sys.argv[1:]
    data = load("shapes", num_train=2560, num_test=64)
    recipe = quick().model_copy(update={"batch_size": int(batch_size), "epochs": 1.0})
    # Once through, so that all libraries are loaded and have started before the limit is set.
    compare(data, "shared", recipe.model_copy(update={"batch_size": 8, "epochs": 0.01}), out=f"{out}-first",
            num_threads=1, observer=SilentStudy())  # fmt: skip
    held = int(re.search(r"VmSize:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    limit = held + int(megabytes) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    study = compare(data, "shared", recipe, out=out, num_threads=1, auto_batch="auto" in rest,
                    observer=SilentStudy())  # fmt: skip
    print(json.dumps({
        "failures": [json.loads(one.model_dump_json()) for one in study.failures],
        "runs": [(run.batch_size, run.steps) for run in study.runs],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
