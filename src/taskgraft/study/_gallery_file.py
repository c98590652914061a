"""The gallery's file: images, where they stand in the test split, and a checksum over both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from taskgraft.study._files import GALLERY, PREDICTIONS, DamagedFileError, read_arrays, write_arrays
from taskgraft.study._run_records import RunRecord
from taskgraft.taxonomy import IntArray

KINDS = ("worst", "disagreements")
# SHA-256 of the content, and of the predictions that it was picked from.
_SEAL = "sha256"


class Kept(NamedTuple):
    """Images of the gallery.

    Attributes:
        positions: Where in the test split they stand: shape (N,), most telling first.
        images: uint8 of shape (N, C, H, W).
    """

    positions: IntArray
    images: npt.NDArray[np.uint8]


def write_gallery(study: Path, kept: Mapping[str, Kept], runs: Sequence[RunRecord]) -> None:
    """Writes the images picked from these runs.

    Raises:
        StudyError: If the file cannot be written.
    """
    # One item alone: safetensors writes several in no fixed order, and equal galleries are equal files.
    metadata = {_SEAL: _seal(kept, runs)}
    arrays = {f"{kind}.{part}": array for kind, its in kept.items() for part, array in its._asdict().items()}
    write_arrays(study / GALLERY, arrays, metadata, make_parents=False)


def read_gallery(study: Path) -> dict[str, Kept]:
    """The images kept, as `worst` and `disagreements`; empty where none were, or the file is damaged."""
    try:
        return _read(study)[0]
    except (FileNotFoundError, DamagedFileError):
        return {}


def gallery_damage(study: Path) -> str | None:
    """What is wrong with the gallery, on one line; None if nothing is, or there is none."""
    try:
        _read(study)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{GALLERY} is {error.reason}"
    return None


def is_gallery_of(study: Path, runs: Sequence[RunRecord]) -> bool:
    """Whether the gallery is undamaged and was picked from the predictions of just these runs."""
    try:
        kept, seal = _read(study)
    except (FileNotFoundError, DamagedFileError):
        return False
    return seal == _seal(kept, runs)


def _read(study: Path) -> tuple[dict[str, Kept], str]:
    """The gallery and its seal."""
    path = study / GALLERY
    arrays, metadata = read_arrays(path)
    try:
        parts = {kind: (arrays[f"{kind}.positions"], arrays[f"{kind}.images"]) for kind in KINDS}
    except KeyError as error:
        raise DamagedFileError.of(path, "one without its images") from error
    if not all(_is_gallery(*part) for part in parts.values()):
        raise DamagedFileError.of(path, "one with something else than images")
    kept = {kind: Kept(part[0].astype(np.int64), part[1].astype(np.uint8)) for kind, part in parts.items()}
    seal = metadata.get(_SEAL, "")
    if seal.split(" ")[0] != _checksum(kept):
        raise DamagedFileError.of(path, "one whose checksum does not hold")
    return kept, seal


def _seal(kept: Mapping[str, Kept], runs: Sequence[RunRecord]) -> str:
    return f"{_checksum(kept)} {_made_from(runs)}"


def _is_gallery(positions: npt.NDArray[np.generic], images: npt.NDArray[np.generic]) -> bool:
    return (
        images.dtype == np.uint8
        and images.ndim == 4
        and positions.dtype == np.int64
        and positions.shape == images.shape[:1]
        and 0 not in images.shape[1:]
        and bool((positions.astype(np.int64) >= 0).all())
    )


def _checksum(kept: Mapping[str, Kept]) -> str:
    state = hashlib.sha256()
    for kind, arrays in sorted(kept.items()):
        for array in arrays:
            state.update(f"{kind} {array.dtype} {array.shape} ".encode())
            state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def _made_from(runs: Sequence[RunRecord]) -> str:
    sources = sorted((run.variant, run.seed, run.digests[PREDICTIONS]) for run in runs)
    return hashlib.sha256(repr(sources).encode()).hexdigest()
