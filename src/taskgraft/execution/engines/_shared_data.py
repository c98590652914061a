"""Data that the workers of a machine share: mapped from where it came, or from files made for them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._run_spec import RunSpec


def for_others(specs: Sequence[RunSpec], folder: Path) -> list[RunSpec]:
    """Runs whose data can be opened by any process of this machine, which then shares its memory.

    Args:
        specs: The runs.
        folder: For the files of data that is in memory alone.
    """
    stored: dict[str, DataReference] = {}
    for spec in specs:
        reference, digest = spec.data, spec.data.digest
        if digest not in stored:
            is_mapped = reference.directory is not None or (
                reference.source is not None and isinstance(reference.open().images, np.memmap)
            )
            stored[digest] = reference if is_mapped else _stored(reference, folder / digest)
    return [replace(spec, data=stored[spec.data.digest]) for spec in specs]


def _stored(reference: DataReference, folder: Path) -> DataReference:
    folder.mkdir()
    return reference.stored(folder)
