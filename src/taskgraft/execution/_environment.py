"""What this process computes with, for the records of what it does."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from pathlib import Path

from taskgraft.hardware import Hardware, cpu_capability, num_cores
from taskgraft.study import Environment


def describe_environment(hardware: Hardware) -> Environment:
    """The environment of this process, computing on this hardware."""
    packages = ("taskgraft", "torch", "numpy", "scipy")
    return Environment(
        versions={"python": platform.python_version(), **{name: metadata.version(name) for name in packages}},
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(hardware),
        num_cores=num_cores(),
        device=hardware.device,
        precision=hardware.precision,
        channels_last=hardware.channels_last,
        num_threads=hardware.num_threads,
        keeps_freed_memory=hardware.keeps_freed_memory,
        cpu_capability=cpu_capability(),
        num_jobs=hardware.num_jobs,
        num_processes=hardware.num_processes,
    )


def _processor(hardware: Hardware) -> str:
    if name := hardware.accelerator_name:
        return name
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (match := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())):
        return match.group(1).strip()
    return platform.processor() or platform.machine()
