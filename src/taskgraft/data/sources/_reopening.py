"""A folder of pictures opened again: the same data at once, while no folder and no file has changed."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from stat import S_ISLNK
from typing import Any

from taskgraft.data._dataset import Dataset
from taskgraft.data.files import SETTLED_SECONDS, cache_dir, stamp_of
from taskgraft.data.sources._decoding_progress import decoding_progress
from taskgraft.data.sources._manifest import Manifest, read_manifest, write_manifest
from taskgraft.data.sources._samples import Samples
from taskgraft.data.store import IMAGES_FOLDER, DamagedStore, open_stored, store_of
from taskgraft.file_writing import NotWrittenError

# To be raised when the same folder and options come to give other labels, names, notes or splits, or when
# what a manifest holds changes.
_VERSION = 2


def reopened(root: Path, options: Mapping[str, Any], read: Callable[[], tuple[Samples, Dataset]]) -> Dataset:
    """The data of a folder, from the manifest of an earlier opening where nothing has changed since.

    A manifest is believed while every folder and every picture has the stamp it had: a name that came, went
    or changed gives its folder another one, and a file that was written over another one of itself. That is
    what the store of decoded images goes by, too. Where it does not hold, the folder is read, and a manifest
    kept; but not of links, of pictures that cannot be read, or of what changed while it was read.

    Args:
        root: The topmost folder, as the user named it.
        options: All that decides what is read from it.
        read: Reads it: the samples and what becomes of them.
    """
    memory = _memory(root, options)
    began = time.time()
    if data := _remembered(memory, root):
        return data
    samples, data = read()
    if manifest := _manifest(root, samples, data, began):
        with suppress(NotWrittenError):  # without it the next opening takes longer, and that is all
            write_manifest(memory, manifest)
    return data


def _memory(root: Path, options: Mapping[str, Any]) -> Path:
    request = repr((version("taskgraft"), _VERSION, _here(), str(root), sorted(options.items())))
    name = hashlib.sha256(request.encode(errors="surrogatepass")).hexdigest()[:32]
    return cache_dir() / IMAGES_FOLDER / f"folder-{name}.npz"


def _here() -> str:
    """The working directory, which relative paths begin at; empty where it is gone."""
    with suppress(OSError):
        return os.getcwd()
    return ""


def _remembered(memory: Path, root: Path) -> Dataset | None:
    manifest = read_manifest(memory)
    if manifest is None or not _is_unchanged(root, manifest):
        return None
    with decoding_progress() as (show, _), suppress(DamagedStore, OSError):
        stored = open_stored(memory.with_name(manifest.store), show)
        if stored is not None and stored[0].digest == manifest.image_digest:
            return manifest.dataset(stored[1])
    return None


def _is_unchanged(root: Path, manifest: Manifest) -> bool:
    paths = _paths(root, manifest.places, manifest.names)
    try:
        return all(
            stamp_of(os.stat(path)) == stamp for path, stamp in zip(paths, manifest.stamps, strict=True)
        )
    except (OSError, ValueError):
        return False


def _manifest(root: Path, samples: Samples, data: Dataset, began: float) -> Manifest | None:
    """What is to be remembered; None where it could not be believed."""
    store = store_of(data.images)
    if store is None or not samples.folders or data.provenance.skipped or data.names is None:
        return None
    places = [os.path.relpath(folder, root) for folder in samples.folders]
    if samples.taxonomy_file is not None:
        places.append(os.path.abspath(samples.taxonomy_file))
    stamps = []
    try:
        for path in _paths(root, places, data.names):
            status = os.lstat(path)
            stamps.append(stamp_of(status))
            # A change while the folder was read could be part of the data or not.
            if S_ISLNK(status.st_mode) or max(stamps[-1][2:]) / 1e9 > began - SETTLED_SECONDS:
                return None
    except (OSError, ValueError):
        return None
    return Manifest.of(data, store.name, places, stamps)


def _paths(root: Path, places: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """All that a manifest goes by: places within the folder or absolute ones, then the pictures."""
    start = os.path.join(root, "")
    yield from (os.path.join(root, place) for place in places)
    yield from (start + name for name in names)
