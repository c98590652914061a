"""What a machine offers this package, and whether it works: a list of checks, each with what to do."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import torch

from taskgraft.data.files import cache_dir
from taskgraft.doctor._self_test import fault_of_resuming
from taskgraft.errors import RequestError
from taskgraft.execution import describe_environment
from taskgraft.hardware import Hardware, choose_hardware

State = Literal["ok", "note", "not ok"]
# By extra: the package that it brings.
_EXTRAS = {
    "hub": "datasets",
    "mtl": "torchjd",
    "openvino": "openvino",
    "parquet": "pyarrow",
    "ray": "ray",
    "search": "optuna",
    "sklearn": "sklearn",
    "timm": "timm",
}
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
_LIBRARIES = ("torch", "numpy", "scipy", "safetensors", "pydantic", "pillow")
_LEAST_DISK_BYTES = 1 << 30
_LEAST_MEMORY_BYTES = 2 << 30


@dataclass(frozen=True)
class Check:
    """The result of one check. Nothing in it names a user or a folder.

    Attributes:
        name: Of the check.
        state: `ok`, `note` (worth knowing, and no fault) or `not ok`.
        result: What the machine has, in words.
        remedy: What to do; empty where nothing is to be done.
    """

    name: str
    state: State
    result: str
    remedy: str = ""


def examine() -> Iterator[Check]:
    """Looks at everything in turn; the self-test of saving and resuming comes last and takes seconds.

    Example:
        >>> next(examine()).name
        'versions'
    """
    hardware = choose_hardware()
    yield _versions()
    yield _system(hardware)
    yield _memory()
    yield _accelerator(hardware)
    yield _precision(hardware)
    yield _threads(hardware)
    yield _disk("disk, cache", cache_dir, "Make room, or set TASKGRAFT_CACHE to another folder.")
    yield _disk("disk, here", Path.cwd, "Make room, or work in another folder.")
    yield _extras()
    yield _save_and_resume(hardware)


def _versions() -> Check:
    named = (f"{name} {_version(name)}" for name in ("taskgraft", *_LIBRARIES))
    return Check("versions", "ok", f"{', '.join(named)}, Python {platform.python_version()}")


def _system(hardware: Hardware) -> Check:
    here = describe_environment(hardware)
    cores = f"{here.num_cores} core{'s' if here.num_cores > 1 else ''}"
    return Check("machine", "ok", f"{here.platform} {platform.release()}; {here.processor}, {cores}")


def _memory() -> Check:
    total, free = _memory_bytes()
    if total is None:
        return Check("memory", "note", "this system does not say")
    result = f"{total / 1e9:.1f} GB" + (f", {free / 1e9:.1f} GB of it free" if free is not None else "")
    is_short = (total if free is None else free) < _LEAST_MEMORY_BYTES
    return Check(
        "memory",
        "note" if is_short else "ok",
        result,
        "Close programs, or use --recipe quick." if is_short else "",
    )


def _memory_bytes() -> tuple[int | None, int | None]:
    """All memory of the machine, and what of it is free; None where the system does not say."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        lines = Path("/proc/meminfo").read_text().splitlines()
    except (OSError, ValueError, AttributeError):
        return None, None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    return total, free


def _accelerator(hardware: Hardware) -> Check:
    if hardware.device == "cpu":
        return Check("accelerator", "note", "none that torch can use: computes on the CPU")
    return Check("accelerator", "ok", hardware.accelerator_name or hardware.device)


def _precision(hardware: Hardware) -> Check:
    if hardware.precision == "bf16":
        return Check("precision", "ok", "bf16 is native, and used; weights stay f32")
    return Check("precision", "ok", "f32; bf16 is not native here, and would be slower")


def _threads(hardware: Hardware) -> Check:
    cores = describe_environment(hardware).num_cores
    result = f"{hardware.num_threads} for {cores} core{'s' if cores > 1 else ''}"
    if hardware.num_threads == cores:
        return Check("threads", "ok", result)
    return Check(
        "threads", "note", result, f"--threads {cores} uses all; OMP_NUM_THREADS sets another number."
    )


def _disk(name: str, folder_of: Callable[[], Path], remedy: str) -> Check:
    """Whether files can be written to a folder, and whether it has room."""
    try:
        folder = folder_of()
        existing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
        with tempfile.NamedTemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except RequestError:
        return Check(name, "not ok", "lies in a home directory that does not exist", remedy)
    except OSError as error:
        return Check(name, "not ok", f"cannot be written: {error.strerror}", remedy)
    result = f"{free / 1e9:.1f} GB free"
    return Check(name, "ok", result) if free >= _LEAST_DISK_BYTES else Check(name, "not ok", result, remedy)


def _extras() -> Check:
    versions = {extra: _version_of(package) for extra, package in _EXTRAS.items()}
    result = ", ".join(f"{extra} ({version})" for extra, version in versions.items() if version) or "none"
    missing = [extra for extra, version in versions.items() if not version]
    if not missing:
        return Check("extras", "ok", result)
    return Check(
        "extras",
        "note",
        f"{result}; not installed: {', '.join(missing)}",
        f"Where wanted: pip install taskgraft[{','.join(missing)}]",
    )


def _version_of(package: str) -> str | None:
    """The version of a package that can be imported; None of one that cannot."""
    if importlib.util.find_spec(package) is None:
        return None
    return _version(_DISTRIBUTIONS.get(package, package))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _save_and_resume(hardware: Hardware) -> Check:
    threads = torch.get_num_threads()
    fault = fault_of_resuming(hardware)
    if fault is None:
        result = f"an interrupted and resumed run is the same to the bit ({threads} threads)"
        return Check("save, resume", "ok", result)
    return Check(
        "save, resume", "not ok", fault, "Do not trust interrupted runs here, and please report this."
    )
