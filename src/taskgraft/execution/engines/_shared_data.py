"""Data that the workers of a machine share: mapped from where it came, or from files made for them once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._run_spec import RunSpec


class SharedData:
    """Lets any process of this machine open the data of runs, whose memory it then shares.

    Args:
        folder: For the files of data that is in memory alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stored: dict[str, DataReference] = {}

    def of(self, spec: RunSpec) -> RunSpec:
        """The run, with data that others can open."""
        reference, digest = spec.data, spec.data.digest
        if digest not in self._stored:
            is_mapped = reference.directory is not None or (
                reference.source is not None and isinstance(reference.open().images, np.memmap)
            )
            self._stored[digest] = reference if is_mapped else _stored(reference, self._folder / digest)
        return replace(spec, data=self._stored[digest])


def _stored(reference: DataReference, folder: Path) -> DataReference:
    folder.mkdir()
    return reference.stored(folder)
