"""The checkpoints of a run, and what tells whether they are of the same numbers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from taskgraft.execution._environment import describe_environment
from taskgraft.execution._run_spec import RunSpec
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.training import Checkpoints


def checkpoints_of(spec: RunSpec, hardware: Hardware) -> Checkpoints:
    """Those of a run on this hardware."""
    return Checkpoints(spec.directory, _fingerprint(spec, hardware), _write)


def saved_step(spec: RunSpec) -> int | None:
    """At which step a run would go on here; None if it would begin."""
    return checkpoints_of(spec, spec.hardware).step()


def _write(path: Path, content: bytes) -> None:
    write_bytes(path, content, make_parents=False)


def _fingerprint(spec: RunSpec, hardware: Hardware) -> str:
    """Stands for all that decides a run's numbers to the bit, but for the processes that share it.

    Those decide no more than rounding, or are in the identity.
    """
    environment = describe_environment(hardware).model_dump(
        exclude={"num_cores", "num_jobs", "num_processes", "keeps_freed_memory"}, mode="json"
    )
    content = [spec.identity, spec.seed, environment, spec.batch_size]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
