"""Which data a run is on, as a few values from which any process can open it."""

from __future__ import annotations

import json
import weakref
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.data import SPLITS, Dataset, LostClass, Provenance
from taskgraft.data.sources import load
from taskgraft.errors import DataError
from taskgraft.file_writing import write_whole
from taskgraft.taxonomy import Taxonomy

# What this process has open, by digest.
_opened: weakref.WeakValueDictionary[str, Dataset] = weakref.WeakValueDictionary()

_IMAGES, _LABELS, _REST = "images.npy", "labels.npy", "dataset.json"


@dataclass(frozen=True)
class DataReference:
    """A dataset by its digest, and the ways to open it.

    The process that made the reference has the data open. Another one maps the files of `directory` or,
    without one, loads `source` again; data made in memory has to be put into files first (`stored`).

    Attributes:
        digest: `Dataset.digest` of the data; what is opened is compared with it.
        source: What `load` takes; None for data that was not loaded.
        options: Keywords of `load`.
        directory: Holds the data as files that are mapped into memory; None where none were written.
    """

    digest: str
    source: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    directory: Path | None = None

    @classmethod
    def of(cls, data: Dataset, digest: str) -> DataReference:
        """The reference to data that is open in this process, for as long as somebody holds it.

        Args:
            data: The data.
            digest: Its digest.
        """
        _opened[digest] = data
        origin = data.origin
        return cls(digest) if origin is None else cls(digest, origin.source, origin.options)

    def open(self) -> Dataset:
        """The data: as this process has it already, or from its files, or loaded again.

        Raises:
            DataError: If it is no longer available, or is not what it was.
        """
        if self.digest in _opened:
            return _opened[self.digest]
        if self.directory is not None:
            data = _read(self.directory)
        elif self.source is not None:
            data = load(self.source, **dict(self.options))
        else:
            raise DataError.expected(
                f"the data {self.digest[:12]}", "open in this process", "another process", "Store it first."
            )
        self._check(data)
        _opened[self.digest] = data
        return data

    def opened_with(self, parts: DataParts) -> Dataset:
        """The data of its parts, which came from the process that has it: `open` gives it from now on.

        Raises:
            DataError: If it is something else.
        """
        if self.digest not in _opened:
            data = _joined(parts)
            self._check(data)
            _opened[self.digest] = data
            return data
        return _opened[self.digest]

    def _check(self, data: Dataset) -> None:
        if data.digest() != self.digest:
            raise DataError.expected(
                f"the data of {data.provenance.source}",
                "what it was when the study was planned",
                "something else",
                "Leave the files alone while a study runs.",
            )

    def stored(self, directory: Path) -> DataReference:
        """Writes the data into files that other processes of this machine can map, each once.

        Args:
            directory: An existing directory, to be removed when nobody needs it any more.

        Raises:
            NotWrittenError: If it cannot be written.

        Example:
            >>> import tempfile
            >>> data = load("shapes", num_train=200, num_test=100)
            >>> reference = DataReference.of(data, data.digest())
            >>> with tempfile.TemporaryDirectory() as scratch:
            ...     stored = reference.stored(Path(scratch))
            ...     sorted(path.name for path in stored.directory.iterdir())
            ['dataset.json', 'images.npy', 'labels.npy']
        """
        _write(directory, self.open())
        return replace(self, directory=directory)


@dataclass(frozen=True)
class DataParts:
    """A dataset taken apart, so that its arrays can be shared.

    Attributes:
        images: (N, C, H, W), u8.
        labels: (N, L).
        rest: Everything else, as JSON has it.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    rest: str


def data_parts(data: Dataset) -> DataParts:
    """Takes a dataset apart."""
    rest = {
        "taxonomy": data.taxonomy.to_dict(),
        "indices": {split: data.indices[split].tolist() for split in SPLITS},
        "provenance": asdict(data.provenance),
        "names": None if data.names is None else list(data.names),
        "image_digest": data.image_digest,
        "needs": data.needs,
        "lost": [asdict(each) for each in data.lost],
        "only_classes": dict(data.only_classes),
    }
    return DataParts(data.images, data.labels, json.dumps(rest))


def _write(directory: Path, data: Dataset) -> None:
    parts = data_parts(data)
    write_whole(directory / _IMAGES, lambda file: np.save(file, parts.images))
    write_whole(directory / _LABELS, lambda file: np.save(file, parts.labels))
    # The last of them: with it the others are complete.
    write_whole(directory / _REST, lambda file: file.write(parts.rest.encode()))


def _read(directory: Path) -> Dataset:
    try:
        rest = (directory / _REST).read_text("utf-8")
        # Copy on write: torch takes it for writable and does not warn, and nothing reaches the file.
        images = np.load(directory / _IMAGES, mmap_mode="c")
        labels = np.load(directory / _LABELS)
        return _joined(DataParts(images, labels, rest))
    except (OSError, EOFError, ValueError) as error:
        raise DataError.expected(
            f"the data in {directory}", "readable", str(error), "Run the command of the study again."
        ) from error


def _joined(parts: DataParts) -> Dataset:
    rest = json.loads(parts.rest)
    provenance = rest["provenance"]
    skipped = tuple((name, reason) for name, reason in provenance.pop("skipped"))
    return Dataset(
        parts.images,
        parts.labels,
        Taxonomy.from_dict(rest["taxonomy"]),
        {split: np.array(rest["indices"][split], dtype=np.int64) for split in SPLITS},
        Provenance(**{**provenance, "notes": tuple(provenance["notes"])}, skipped=skipped),
        rest["names"],
        rest["image_digest"],
        tuple(rest["needs"]),
        tuple(LostClass(**each) for each in rest["lost"]),
        only_classes=rest["only_classes"],
    )
