"""What a run ran on: versions, machine and the choices made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# What decides numbers, if only in their last bits; the other fields decide seconds and memory alone.
NUMERIC = frozenset(
    {
        "versions",
        "platform",
        "processor",
        "device",
        "precision",
        "channels_last",
        "num_threads",
        "num_processes",
        "cpu_capability",
    }
)


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
        cpu_capability: The instructions that torch computes with on the CPU.
        num_jobs: Runs that computed at once, each in its process.
        num_processes: Processes that made each run together; written where there were several.
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
    keeps_freed_memory: bool
    cpu_capability: str
    num_jobs: int = 1
    num_processes: Annotated[int, Field(ge=1, exclude_if=lambda number: number == 1)] = 1


def differing(environments: Sequence[Environment]) -> dict[str, str]:
    """In what environments differ: the values by the name of the field.

    Example:
        >>> here = Environment(
        ...     versions={"torch": "2.13.0", "numpy": "2.0"}, platform="Linux", processor="A", num_cores=2,
        ...     device="cpu", precision="f32", channels_last=True, num_threads=1, keeps_freed_memory=False,
        ...     cpu_capability="AVX2",
        ... )
        >>> differing([here, here.model_copy(update={"versions": {"torch": "2.14.0", "numpy": "2.0"}})])
        {'versions': 'torch 2.13.0 and 2.14.0'}
    """
    values_of = {name: [getattr(one, name) for one in environments] for name in Environment.model_fields}
    packages = dict.fromkeys(package for versions in values_of.pop("versions") for package in versions)
    versions = {
        package: _different([one.versions[package] for one in environments if package in one.versions])
        for package in packages
    }
    changed = ", ".join(f"{package} {values}" for package, values in versions.items() if values)
    fields = {"versions": changed} | {name: _different(values) for name, values in values_of.items()}
    return {name: values for name, values in fields.items() if values}


def _different(values: Sequence[object]) -> str:
    """Different values, each once; empty where all are the same."""
    shown = dict.fromkeys(map(str, values))
    return " and ".join(shown) if len(shown) > 1 else ""
