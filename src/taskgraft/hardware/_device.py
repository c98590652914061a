"""Where and how a run computes: device, precision, memory layout, threads. Chosen here, once."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import torch

from taskgraft.choices import DEVICES, SYNCHRONISED
from taskgraft.errors import RequestError, unknown_name
from taskgraft.hardware._allocator import keep_freed_memory
from taskgraft.parameter import Parameter

Precision = Literal["bf16", "f32"]
PRECISIONS: tuple[Precision, ...] = ("f32", "bf16")

_MOST_THREADS = 1_024


@dataclass(frozen=True)
class Hardware:
    """The choices one run computes with, as the study records them.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        precision: `bf16` (autocast; weights stay f32) or `f32`.
        channels_last: Whether images and convolution weights are laid out (B, H, W, C) in memory.
        num_threads: CPU threads.
        keeps_freed_memory: Whether the process keeps memory it freed for its next step.
        cpu_capability: The instructions that torch computes with, where the CPU does; None elsewhere.
        num_jobs: Runs that compute at once, each in its process; one where it is alone.
        num_processes: Processes that make each run together, with so many threads each.
        batch_norm: Whose rows batch norms see where there are several: `synchronised`, those of all, or
            `each`, those of one process.
    """

    device: str
    precision: Precision
    channels_last: bool
    num_threads: int
    keeps_freed_memory: bool = False
    cpu_capability: str | None = None
    num_jobs: int = 1
    num_processes: int = 1
    batch_norm: str = SYNCHRONISED

    @property
    def jobs_and_threads(self) -> str:
        """How many runs at once, with how many processes and threads each.

        Example:
            >>> Hardware("cpu", "f32", channels_last=True, num_threads=1, num_jobs=2).jobs_and_threads
            '2 jobs x 1 thread'
            >>> Hardware("cpu", "f32", channels_last=True, num_threads=1, num_processes=2).jobs_and_threads
            '1 job x 2 processes x 1 thread, batch norm synchronised'
        """
        jobs = "1 job" if self.num_jobs == 1 else f"{self.num_jobs} jobs"
        threads = "1 thread" if self.num_threads == 1 else f"{self.num_threads} threads"
        if self.num_processes == 1:
            return f"{jobs} x {threads}"
        return f"{jobs} x {self.num_processes} processes x {threads}, batch norm {self.batch_norm}"

    @property
    def synchronises(self) -> bool:
        """Whether batch norms see the rows of all processes."""
        return self.batch_norm == SYNCHRONISED

    def computing(
        self,
        precision: Literal["auto", "bf16", "f32"],
        layout: Literal["auto", "channels-last", "channels-first"],
    ) -> Hardware:
        """The same hardware in the precision and layout of a recipe.

        Args:
            precision: `bf16`, `f32`, or `auto` for what it computes in by itself.
            layout: `channels-last`, `channels-first`, or `auto`.

        Example:
            >>> chosen = Hardware("cpu", "bf16", channels_last=True, num_threads=1)
            >>> chosen.computing("f32", "auto") == replace(chosen, precision="f32")
            True
        """
        return replace(
            self,
            precision=self.precision if precision == "auto" else precision,
            channels_last=self.channels_last if layout == "auto" else layout == "channels-last",
        )

    @property
    def memory_format(self) -> torch.memory_format:
        """Layout of image batches and of the network's weights."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    @property
    def dtype(self) -> torch.dtype:
        """What convolutions and matrix products multiply."""
        return torch.bfloat16 if self.precision == "bf16" else torch.float32

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which a network runs."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    @property
    def accelerator_name(self) -> str | None:
        """Model name of the GPU in use; None on a CPU."""
        return torch.cuda.get_device_name() if self.device == "cuda" else None


def choose_hardware(device: str = "auto", num_threads: int | None = None) -> Hardware:
    """Chooses how to compute on this machine.

    bf16 is taken where the hardware multiplies it natively: emulated, it is slower than f32.

    Args:
        device: `auto` (cuda, else mps, else cpu) or one of them by name.
        num_threads: CPU threads, set for the process; by default what torch chose.

    Raises:
        RequestError: For a device that is unknown or missing, and for a thread count out of range.
    """
    if device not in DEVICES:
        raise unknown_name(Parameter("device"), device, DEVICES)
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        device = next(name for name in ("cuda", "mps", "cpu") if available[name])
    elif not available[device]:
        names = ", ".join(name for name, is_available in available.items() if is_available)
        raise RequestError.expected(
            Parameter("device"), f"available here ({names})", device, "Choose one of these."
        )
    if num_threads is not None:
        if not 1 <= num_threads <= _MOST_THREADS:
            rule = "at least 1" if num_threads < 1 else f"at most {_MOST_THREADS:,}"
            raise RequestError.expected(
                Parameter("num_threads"), rule, num_threads, "Leave it out for all cores."
            )
        torch.set_num_threads(num_threads)
    precision: Precision = "bf16" if multiplies_bf16(device) else "f32"
    return Hardware(
        device,
        precision,
        channels_last=device != "mps",
        num_threads=torch.get_num_threads(),
        keeps_freed_memory=device == "cpu" and keep_freed_memory(),
        cpu_capability=cpu_capability() if device == "cpu" else None,
    )


@contextmanager
def keeping_threads() -> Iterator[None]:
    """Afterwards the process has as many CPU threads as before, whatever was chosen within.

    Example:
        >>> before = torch.get_num_threads()
        >>> with keeping_threads():
        ...     choose_hardware("cpu", before + 1).num_threads == before + 1
        True
        >>> torch.get_num_threads() == before
        True
    """
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def using_threads(num_threads: int) -> Iterator[None]:
    """The number of CPU threads for the work within; afterwards it is what it was.

    Args:
        num_threads: At least 1.

    Example:
        >>> before = torch.get_num_threads()
        >>> with using_threads(1):
        ...     torch.get_num_threads()
        1
        >>> torch.get_num_threads() == before
        True
    """
    with keeping_threads():
        torch.set_num_threads(num_threads)
        yield


def num_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def multiplies_bf16(device: str) -> bool:
    """Whether a kind of device has instructions for products in bf16; without them torch imitates them.

    Args:
        device: `cpu`, `cuda` or `mps`.

    Example:
        >>> multiplies_bf16("mps")
        False
    """
    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "mps":
        return False
    # Private in torch, with no public name for the same question; absent, the answer is no.
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)


def cpu_capability() -> str:
    """The instructions that torch computes with on the CPU, such as `AVX2`.

    They are the best of the machine, or those of the variable `ATEN_CPU_CAPABILITY`.

    Example:
        >>> cpu_capability() == cpu_capability().upper()
        True
    """
    with warnings.catch_warnings():
        # torch ignores a value that it does not know, and says so.
        warnings.simplefilter("ignore")
        return torch.backends.cpu.get_cpu_capability()


def synchronise(device: str) -> None:
    """Waits until an accelerator has done what it was given; a CPU has already."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()
