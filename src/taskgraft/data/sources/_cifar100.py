"""CIFAR-100 in its binary version: 60,000 colour pictures of 32x32, 100 fine classes under 20 coarse ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import Provenance
from taskgraft.data.files import _download as download
from taskgraft.data.files import members, reading, unpacking
from taskgraft.data.sources import _cifar100_tree as cifar100_tree
from taskgraft.data.sources._numbered_names import NumberedNames
from taskgraft.errors import DataError, RequestError, TaxonomyError
from taskgraft.parameter import Parameter
from taskgraft.place import expanded
from taskgraft.taxonomy import IntArray, Level, Taxonomy

URL = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
KNOWN_HASH = "md5:03b5dce01913d631647c71ecec9e9cb8"

_FOLDER = "cifar-100-binary"
_ARCHIVES = (f"{_FOLDER}.tar.gz", f"{_FOLDER}.tar.xz", f"{_FOLDER}.tar")
_LEVELS = ("coarse", "fine")
_NAME_FILES = ("coarse_label_names.txt", "fine_label_names.txt")
_RECORD_FILES = ("train.bin", "test.bin")
# The smaller record file first: the one that comes first is moved once, the other never.
_FILES = (*_NAME_FILES, "test.bin", "train.bin")

_SHAPE = (3, 32, 32)
_NUM_LABELS = 2
_RECORD_BYTES = _NUM_LABELS + 3 * 32 * 32
_CHUNK_RECORDS = 1000
# Far above the real sizes; an archive cannot make us allocate or read more.
_MAX_RECORDS = 250_000
_MAX_NAMES_BYTES = 1 << 16


def load(
    data_dir: Path | None = None,
    *,
    val_fraction: float = 0.1,
    limit: int | None = None,
    taxonomy: str | None = None,
) -> Dataset:
    """Loads CIFAR-100 with its two levels, `coarse` and `fine`, numbered as in the files.

    An archive is read as it is, without extracting it. The split is called official only when the archive
    is the published one, byte for byte. The publisher gives no hash for the extracted files, so a folder
    is never more than "unverified", even one extracted from the official archive: keep the archive
    if the words "official split" matter.

    Args:
        data_dir: An archive, a folder that holds one (`cifar-100-binary.tar.gz`, `.tar.xz` or `.tar`, which
            is preferred), or an extracted `cifar-100-binary` folder or the folder around it. Without it,
            the official archive is downloaded once to the cache.
        val_fraction: Share of the train images held out for validation.
        limit: Keep at most this many images in each of train and test.
        taxonomy: `5-level` puts three levels above, those of `data/cifar100_tree.py`.

    Returns:
        A dataset of images of shape (N, 3, 32, 32): the train records, then the test records. An image's
        name is its file and the number of its record there, from 0: `test.bin 17`.

    Raises:
        RequestError: If `data_dir` is not where the files are.
        DataError: If they are unreadable, cut short or contradict each other.

    Example:
        >>> data = load(Path("~/data"))  # doctest: +SKIP
        >>> data.num_images, data.provenance.split  # doctest: +SKIP
        ({'train': 45000, 'val': 5000, 'test': 10000}, 'official split')
    """
    if taxonomy is not None:
        # Before anything is downloaded.
        cifar100_tree.check_name(taxonomy)
    if data_dir is None:
        place = download.fetch(URL, KNOWN_HASH, subdir="cifar100")
    else:
        place = _find(expanded(Parameter("data_dir"), data_dir))
    with reading(place):
        names, images, labels = _read(place)
        provenance = _describe(place)
    tree = _build_taxonomy(place, names, labels)
    numbers = np.concatenate([labels[name] for name in _RECORD_FILES])
    if taxonomy is not None:
        tree, numbers = cifar100_tree.deepen(taxonomy, tree, numbers)
        provenance = replace(provenance, options={"taxonomy": taxonomy})
    return Dataset.carve(
        images,
        numbers,
        tree,
        test=np.arange(len(labels["train.bin"]), len(images)),
        provenance=provenance,
        val=val_fraction,
        limit=limit,
        names=NumberedNames({name: len(labels[name]) for name in _RECORD_FILES}),
    )


def _find(data_dir: Path) -> Path:
    """The archive or the folder of record files that `data_dir` stands for."""
    with reading(data_dir):
        if data_dir.is_file():
            return data_dir
        for archive in _ARCHIVES:
            if (data_dir / archive).is_file():
                return data_dir / archive
        for folder in (data_dir / _FOLDER, data_dir):
            if (folder.name == _FOLDER and folder.is_dir()) or (folder / _RECORD_FILES[0]).exists():
                return folder
        got = "a folder without it" if data_dir.is_dir() else "no such file or folder"
    raise RequestError.expected(
        f"{Parameter('data_dir')} {data_dir}",
        f"CIFAR-100's archive or a folder that holds {_ARCHIVES[0]} or {_FOLDER}/",
        got,
        f"Get the archive from {URL}, or leave {Parameter('data_dir')} out to download it.",
    )


def _describe(place: Path) -> Provenance:
    if place.is_dir():
        return Provenance("cifar100", "unofficial split (unverified)", is_official=False)
    is_official = download.is_verified(place, KNOWN_HASH)
    return Provenance("cifar100", "official split" if is_official else "unofficial split", is_official)


def _read(place: Path) -> tuple[dict[str, list[str]], npt.NDArray[np.uint8], dict[str, IntArray]]:
    """Reads the class names of each file, the images (train, then test) and the labels of each file."""
    names: dict[str, list[str]] = {}
    images = np.empty((0, *_SHAPE), dtype=np.uint8)
    labels: dict[str, IntArray] = {}
    for name, num_bytes, stream in _from_folder(place) if place.is_dir() else _from_archive(place):
        what = f"{name} of {place}"
        if name in names or name in labels:
            raise DataError.expected(what, "there once", "a second one", f"Get the archive from {URL}.")
        if name in _NAME_FILES:
            names[name] = _read_names(what, stream)
            continue
        num_records, is_train = _count_records(what, num_bytes), name == "train.bin"
        first, images = images, np.empty((len(images) + num_records, *_SHAPE), dtype=np.uint8)
        front, back = np.split(images, [num_records if is_train else len(first)])
        split, other = (front, back) if is_train else (back, front)
        other[:] = first
        labels[name] = _read_records(what, stream, split)
    missing = [name for name in _FILES if name not in names and name not in labels]
    if missing:
        raise DataError.expected(
            str(place),
            f"an archive of {_FOLDER}/ with all of {', '.join(_FILES)}",
            f"one without {', '.join(missing)}",
            f"Get the archive from {URL}.",
        )
    return names, images, labels


def _from_folder(folder: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    for name in _FILES:
        with (folder / name).open("rb") as stream:
            yield name, (folder / name).stat().st_size, stream


def _from_archive(archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Goes through the archive once: going back in a compressed file would unpack it all again."""
    with unpacking(archive) as tar:
        for member in members(tar):
            folder, _, name = member.name.removeprefix("./").rpartition("/")
            is_wanted = folder == _FOLDER and name in _FILES and member.isreg() and not member.issparse()
            if is_wanted and (stream := tar.extractfile(member)) is not None:
                yield name, member.size, stream
        # A gzip file's check value is its very end; only reading up to there compares it.
        while tar.fileobj is not None and tar.fileobj.read(1 << 20):
            pass


def _read_names(what: str, stream: IO[bytes]) -> list[str]:
    raw = stream.read(_MAX_NAMES_BYTES + 1)
    if len(raw) > _MAX_NAMES_BYTES:
        raise DataError.expected(
            what, f"class names in at most {_MAX_NAMES_BYTES} bytes", "more", f"Get the archive from {URL}."
        )
    return [line.strip() for line in raw.decode("utf-8").rstrip().splitlines()]


def _count_records(what: str, num_bytes: int) -> int:
    num_records, rest = divmod(num_bytes, _RECORD_BYTES)
    if rest or not 0 < num_records <= _MAX_RECORDS:
        raise DataError.expected(
            what,
            f"1 to {_MAX_RECORDS} records of {_RECORD_BYTES} bytes each",
            f"{num_bytes} bytes",
            "It was cut short or is another format; fetch it again.",
        )
    return num_records


def _read_records(what: str, stream: IO[bytes], images: npt.NDArray[np.uint8]) -> IntArray:
    """Fills `images` (N, 3, 32, 32) from N records and returns their labels (N, 2), coarse first."""
    labels = np.empty((len(images), _NUM_LABELS), dtype=np.int64)
    for start in range(0, len(images), _CHUNK_RECORDS):
        chunk = images[start : start + _CHUNK_RECORDS]
        raw = stream.read(len(chunk) * _RECORD_BYTES)
        if len(raw) < len(chunk) * _RECORD_BYTES:
            raise EOFError(f"{what} ends within record {start + len(raw) // _RECORD_BYTES}")
        rows = np.frombuffer(raw, dtype=np.uint8).reshape(len(chunk), _RECORD_BYTES)
        labels[start : start + len(chunk)] = rows[:, :_NUM_LABELS]
        chunk[:] = rows[:, _NUM_LABELS:].reshape(chunk.shape)
    return labels


def _build_taxonomy(place: Path, names: dict[str, list[str]], labels: dict[str, IntArray]) -> Taxonomy:
    """The tree that the labels themselves draw: each fine class under the coarse class it is seen with."""
    coarse, fine = (names[name] for name in _NAME_FILES)
    for name in _RECORD_FILES:
        _check_labels(f"{name} of {place}", labels[name], (len(coarse), len(fine)))
    parents: dict[int, int] = {}
    pairs = np.unique(np.concatenate(list(labels.values())), axis=0)
    for parent, child in pairs.tolist():
        first = parents.setdefault(child, parent)
        if first != parent:
            raise DataError.expected(
                f"fine class {fine[child]!r} of {place}",
                "under one coarse class",
                [coarse[first], coarse[parent]],
                "Mend its coarse labels.",
            )
    for child, name in enumerate(fine):
        if child not in parents:
            raise DataError.expected(
                f"fine class {name!r} of {place}",
                "the label of at least one record",
                0,
                f"Remove it from {_NAME_FILES[1]}, or add records.",
            )
    levels = (Level(_LEVELS[0], tuple(coarse)), Level(_LEVELS[1], tuple(fine)))
    try:
        return Taxonomy(levels, (tuple(parents[child] for child in range(len(fine))),))
    except TaxonomyError as error:
        raise DataError(f"{error.text} This is about the class names in {place}.") from error


def _check_labels(what: str, labels: IntArray, num_classes: tuple[int, int]) -> None:
    for column, level, count in zip(labels.T, _LEVELS, num_classes, strict=True):
        wrong = np.flatnonzero(column >= count)
        if len(wrong):
            raise DataError.expected(
                f"the {level} label of record {wrong[0]} of {what}",
                f"below {count}, the number of names",
                int(column[wrong[0]]),
                "The file or its names are damaged; fetch them again.",
            )
