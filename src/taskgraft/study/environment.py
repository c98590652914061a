"""What a run ran on: versions, machine and the choices made for it."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from taskgraft.hardware.device import Hardware


class Environment(BaseModel):
    """Versions and hardware, as they stand in the records.

    Attributes:
        versions: Of Python and of the packages that decide numbers.
        platform: Operating system and architecture.
        processor: Model name of the CPU, or of the accelerator in use.
        num_cores: Cores this process may use.
        device: `cpu`, `cuda` or `mps`.
        precision: `bf16` or `f32`.
        channels_last: Memory layout of images and convolutions.
        num_threads: CPU threads of torch.
        keeps_freed_memory: Whether the process kept memory it freed for its next step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    versions: dict[str, str]
    platform: str
    processor: str
    num_cores: int
    device: str
    precision: str
    channels_last: bool
    num_threads: int
    keeps_freed_memory: bool = False


def describe_environment(hardware: Hardware) -> Environment:
    """The environment of this process, computing on this hardware."""
    packages = ("taskgraft", "torch", "numpy", "scipy")
    return Environment(
        versions={"python": platform.python_version(), **{name: metadata.version(name) for name in packages}},
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(hardware),
        num_cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        device=hardware.device,
        precision=hardware.precision,
        channels_last=hardware.channels_last,
        num_threads=hardware.num_threads,
        keeps_freed_memory=hardware.keeps_freed_memory,
    )


def _processor(hardware: Hardware) -> str:
    if name := hardware.accelerator_name:
        return name
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (found := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())):
        return found.group(1).strip()
    return platform.processor() or platform.machine()
