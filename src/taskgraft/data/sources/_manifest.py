"""What is remembered of a folder that was opened: its data without the images, and the stamps it rests on."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import Provenance
from taskgraft.data.files import Stamp
from taskgraft.data.labels import SPLITS
from taskgraft.errors import TaskgraftError
from taskgraft.locks import locked
from taskgraft.sealed_arrays import read_sealed, write_sealed
from taskgraft.taxonomy import IntArray, JudgedTaxonomy, Taxonomy

_SEPARATOR = b"\0"


@dataclass(frozen=True)
class Manifest:
    """A dataset of N images in a store, and the P + N stamps without which it is not believed.

    Attributes:
        places: Folders, below the topmost one, and by their whole path files that are no pictures; P of them.
        names: Of the pictures, below the topmost folder; N of them.
        stamps: Of the places, then of the pictures.
        store: Name of the file of the images.
        image_digest: SHA-256 of their bytes.
        labels: Shape (N, L).
        indices: Of train, val and test, in this order.
        facts: All that is small, as plain data.
    """

    places: list[str]
    names: list[str]
    stamps: list[Stamp]
    store: str
    image_digest: str
    labels: IntArray
    indices: list[IntArray]
    facts: dict[str, Any]

    @classmethod
    def of(cls, data: Dataset, store: str, places: Sequence[str], stamps: Sequence[Stamp]) -> Self:
        """The manifest of data whose images lie in a store, all of them readable."""
        facts = {
            "taxonomy": data.taxonomy.to_dict(),
            "is_judged": isinstance(data.taxonomy, JudgedTaxonomy),
            "provenance": asdict(data.provenance),
            "needs": data.needs,
            "only_classes": dict(data.only_classes),
        }
        indices = [data.indices[split] for split in SPLITS]
        digest = data.image_digest or ""
        return cls([*places], [*(data.names or ())], [*stamps], store, digest, data.labels, indices, facts)

    def dataset(self, images: npt.NDArray[np.uint8]) -> Dataset:
        """The data again.

        Args:
            images: Those of the store, shape (N, C, H, W).
        """
        facts = self.facts["provenance"]
        skipped = tuple(map(tuple, facts["skipped"]))
        kind = JudgedTaxonomy if self.facts["is_judged"] else Taxonomy
        return Dataset(
            images,
            self.labels,
            kind.from_dict(self.facts["taxonomy"]),
            dict(zip(SPLITS, self.indices, strict=True)),
            Provenance(**{**facts, "notes": tuple(facts["notes"]), "skipped": skipped}),
            self.names,
            self.image_digest,
            tuple(self.facts["needs"]),
            only_classes=self.facts["only_classes"],
        )


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes a manifest under its lock, sealed.

    Raises:
        NotWrittenError: If it cannot be written.
    """
    facts = {**manifest.facts, "store": manifest.store, "image_digest": manifest.image_digest}
    arrays: dict[str, Any] = {
        "places": _joined(manifest.places),
        "names": _joined(manifest.names),
        "stamps": np.array(manifest.stamps, np.uint64),
        "labels": manifest.labels.astype(np.int32),
        "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8),
        **dict(zip(SPLITS, manifest.indices, strict=True)),
    }
    with locked(path.with_suffix(".lock")):
        write_sealed(path, arrays)


def read_manifest(path: Path) -> Manifest | None:
    """Reads a manifest; None where there is none, or not the one that was written.

    Example:
        >>> read_manifest(Path("never-written.npz"))
    """
    arrays = read_sealed(path)
    if arrays is None:
        return None
    try:
        facts = json.loads(arrays["facts"].tobytes())
        return Manifest(
            places=_parted(arrays["places"]),
            names=_parted(arrays["names"]),
            stamps=[*zip(*arrays["stamps"].T.tolist(), strict=True)],
            store=facts.pop("store"),
            image_digest=facts.pop("image_digest"),
            labels=arrays["labels"].astype(np.int64),
            indices=[arrays[split].astype(np.int64) for split in SPLITS],
            facts=facts,
        )
    except (ValueError, KeyError, TaskgraftError):
        return None  # of another version: the folder is read


def _joined(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(_SEPARATOR.join(map(os.fsencode, names)), np.uint8)


def _parted(names: npt.NDArray[np.generic]) -> list[str]:
    return os.fsdecode(names.tobytes()).split(os.fsdecode(_SEPARATOR))
