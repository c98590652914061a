"""`images.jsonl`: what the source calls each val and test image, kept once a study.

Where a study draws new partitions, any train or test image may be tested: all of them stand under test, each
with its number in the data.

A first line says of which data the names are and carries a checksum; then a line an image, in the order of
the predictions. Names decide nothing: a study goes on when files of the same content have other names. A name
may be any text, bytes that are no UTF-8 included: JSON escapes what is not ASCII and gives it back as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from taskgraft.data import Dataset, Split
from taskgraft.file_writing import write_bytes
from taskgraft.study._checked import FORMAT, other_format
from taskgraft.study._files import IMAGES, DamagedFileError, read_limited
from taskgraft.study._run_files import read_indices

Names = Mapping[Split, tuple[str, ...]]
NAMED: tuple[Split, ...] = ("val", "test")
_MOST_BYTES = 1 << 29


def keep_names(study: Path, data: Dataset, data_digest: str, *, is_resplit: bool = False) -> tuple[str, ...]:
    """Writes the names of a study's images, unless they are in the file already.

    Args:
        study: The study directory, whose lock is held.
        data: What the study is about.
        data_digest: Its `Dataset.digest`, which is on record.
        is_resplit: Whether train images may be tested, too.

    Returns:
        A line where the file was damaged, or images have other names than it says.

    Raises:
        StudyError: If it cannot be written, or has another format.
    """
    names: Names = {split: tuple(data.names_of(split)) for split in NAMED}
    numbers = None
    if is_resplit:
        numbers = np.sort(np.concatenate([data.indices["train"], data.indices["test"]])).tolist()
        names = {**names, "test": tuple(map(data.name_of, numbers))}
    content = _encoded(names, data_digest, numbers)
    try:
        lines = _renamed(read_names(study, data_digest), names)
        if read_limited(study / IMAGES, _MOST_BYTES) == content:
            return ()
    except FileNotFoundError:
        lines = ()
    except DamagedFileError as error:
        lines = (f"Damaged, and written again: {IMAGES} is {error.reason}.",)
    write_bytes(study / IMAGES, content, make_parents=False)
    return lines


def read_names(study: Path, data_digest: str) -> Names:
    """The names of a study's val and test images, in the order of their predictions.

    Where a study draws new partitions, those of test are of all images that any of them tests.

    Args:
        study: The study directory.
        data_digest: Of the data that the study is about.

    Raises:
        FileNotFoundError: If there are none.
        DamagedFileError: If they are damaged, or those of other data.
        StudyError: If their file has another format.
    """
    rows = _rows(study / IMAGES, data_digest)
    return {split: tuple(name for its, name, _ in rows if its == split) for split in NAMED}


def read_run_names(study: Path, data_digest: str, run: Path, split: Split) -> tuple[str, ...]:
    """The names of the images that a finished run has in a split, in the order of its predictions.

    Args:
        study: The study directory.
        data_digest: Of the data that the study is about.
        run: The directory of the run.
        split: val or test.

    Raises:
        FileNotFoundError: If there are none.
        DamagedFileError: If they are damaged, or those of other data.
        StudyError: If their file has another format.
    """
    rows = [row for row in _rows(study / IMAGES, data_digest) if row[0] == split]
    by_number = {number: name for _, name, number in rows}
    if None in by_number or not rows:
        return tuple(name for _, name, _ in rows)
    numbers = read_indices(run, split).tolist()
    try:
        return tuple(by_number[number] for number in numbers)
    except KeyError as error:
        raise DamagedFileError.of(study / IMAGES, f"one without the name of image {error}") from error


def _rows(path: Path, data_digest: str) -> list[tuple[str, str, int | None]]:
    """Split, name and, where a study draws new partitions, number of each image."""
    try:
        rows = [json.loads(line) for line in _checked_lines(path, data_digest)]
        named = [(row["split"], str(row["name"]), row.get("number")) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedFileError.of(path, "one with something else than names") from error
    if any(split not in NAMED or not isinstance(number, int | None) for split, _, number in named):
        raise DamagedFileError.of(path, "one with something else than names")
    return named


def names_damage(study: Path, data_digest: str) -> str | None:
    """What is wrong with the names, on one line; None if nothing is, or there are none."""
    try:
        _checked_lines(study / IMAGES, data_digest)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{IMAGES} is {error.reason}"
    return None


def _encoded(names: Names, data_digest: str, numbers: Sequence[int] | None) -> bytes:
    rows: list[dict[str, Any]] = [
        {"split": split, "name": name} for split, each in names.items() for name in each
    ]
    for row, number in zip([row for row in rows if row["split"] == "test"], numbers or (), strict=False):
        row["number"] = number
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    header: dict[str, Any] = {"format": FORMAT, "data": data_digest}
    return json.dumps({**header, "checksum": _checksum(header, body)}).encode() + b"\n" + body


def _checked_lines(path: Path, data_digest: str) -> list[bytes]:
    """The lines of a file whose checksum holds, without the first; none of them is parsed.

    Raises:
        FileNotFoundError: If there is none.
        DamagedFileError: If the file is damaged, or of other data.
        StudyError: If it has another format.
    """
    first, _, body = read_limited(path, _MOST_BYTES).partition(b"\n")
    try:
        header = json.loads(first)
        checksum, number = header.pop("checksum"), header["format"]
        is_sound = checksum == _checksum(header, body) and isinstance(number, int)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedFileError.of(path, "one without its first line") from error
    if not is_sound:
        raise DamagedFileError.of(path, "one whose checksum does not hold")
    if number != FORMAT:
        raise other_format(path, number)
    if header.get("data") != data_digest:
        raise DamagedFileError.of(path, "that of other data")
    return body.splitlines()


def _checksum(header: Mapping[str, Any], body: bytes) -> str:
    return hashlib.sha256(json.dumps(header, sort_keys=True).encode() + b"\n" + body).hexdigest()


def _renamed(old: Names, new: Names) -> tuple[str, ...]:
    """A line that says how many images have other names than before, and one of them."""
    pairs = [
        (before, after)
        for split in NAMED
        for before, after in zip(old[split], new[split], strict=False)
        if before != after
    ]
    if not pairs:
        return ()
    before, after = pairs[0]
    return (
        f"{len(pairs):,} val and test images have other names than before ({before!r} is {after!r} now); "
        f"pictures, labels and splits are the same. {IMAGES} takes the new names.",
    )
