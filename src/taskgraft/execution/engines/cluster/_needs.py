"""What a run needs of a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._run_bytes import run_bytes

# A GPU's memory is the step's; what is left is the process, with the libraries of the GPU.
_GPU_PROCESS_BYTES = 3_000_000_000


@dataclass(frozen=True)
class Needs:
    """Of one run.

    Attributes:
        cores: CPU cores, one a thread.
        gpus: GPUs.
        memory_bytes: Of the machine.
    """

    cores: int
    gpus: int
    memory_bytes: int

    def covering(self, other: Needs) -> Needs:
        """What is enough for either.

        Example:
            >>> Needs(2, 0, 10**9).covering(Needs(1, 0, 3 * 10**9))
            Needs(cores=2, gpus=0, memory_bytes=3000000000)
        """
        return Needs(
            max(self.cores, other.cores),
            max(self.gpus, other.gpus),
            max(self.memory_bytes, other.memory_bytes),
        )

    def __str__(self) -> str:
        """These in words.

        Example:
            >>> str(Needs(1, 0, 10**9)), str(Needs(2, 1, 3 * 10**9))
            ('1 core, 1.0 GB', '2 cores, 1 GPU, 3.0 GB')
        """
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        gpus = [f"{self.gpus} GPU{'s' if self.gpus > 1 else ''}"] if self.gpus else []
        return ", ".join([cores, *gpus, f"{self.memory_bytes / 1e9:.1f} GB"])


def needs_of(specs: Sequence[RunSpec]) -> Needs:
    """What each of some runs needs at most: the largest step among them, and a process."""
    hardware = specs[0].hardware
    if hardware.device == "cuda":
        return Needs(hardware.num_threads, 1, _GPU_PROCESS_BYTES)
    largest = {(spec.variant.name, spec.batch_size): spec for spec in specs}.values()
    return Needs(hardware.num_threads, 0, max(run_bytes(spec, spec.hardware) for spec in largest))
