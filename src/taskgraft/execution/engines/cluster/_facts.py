"""What a machine brings that decides numbers: versions, the code itself, instructions, processor."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from taskgraft.execution._environment import describe_environment
from taskgraft.hardware import Hardware
from taskgraft.numerics import NUMERICS


@dataclass(frozen=True)
class Facts:
    """Of one machine.

    Attributes:
        versions: Of Python, the packages that decide numbers, our numerics and our code. Runs of one study
            are made with one of each.
        cpu_capability: The instructions that torch computes with on the CPU.
        processor: Model name of the CPU.
    """

    versions: dict[str, str]
    cpu_capability: str
    processor: str

    def difference(self, other: Facts, *, on_cpu: bool) -> str:
        """Why runs of this machine's study are not made on another one; empty where they are.

        Args:
            other: Of the other.
            on_cpu: Whether runs compute on the CPU.

        Example:
            >>> mine = Facts({"python": "3.11.7", "torch": "2.13.0"}, "AVX2", "A")
            >>> mine.difference(Facts({"python": "3.11.7", "torch": "2.12.0"}, "AVX2", "B"), on_cpu=True)
            'torch 2.12.0 (here 2.13.0)'
        """
        names = self.versions.keys() | other.versions.keys()
        pairs = {name: (other.versions.get(name, "none"), self.versions.get(name, "none")) for name in names}
        if on_cpu:
            pairs["instructions of the CPU"] = (other.cpu_capability, self.cpu_capability)
        return ", ".join(
            f"{name} {its} (here {ours})" for name, (its, ours) in sorted(pairs.items()) if its != ours
        )


@functools.cache
def facts() -> Facts:
    """Those of this machine, as this process sees them."""
    here = describe_environment(Hardware("cpu", "f32", channels_last=True, num_threads=1))
    ours = {"taskgraft's numerics": str(NUMERICS), "taskgraft's code": _code()}
    return Facts({**here.versions, **ours}, here.cpu_capability, here.processor)


def _code() -> str:
    """The beginning of a digest of our modules: versions under development have one number."""
    sha = hashlib.sha256()
    root = Path(__file__).parents[3]
    for path in sorted(root.rglob("*.py")):
        sha.update(path.relative_to(root).as_posix().encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()[:12]
