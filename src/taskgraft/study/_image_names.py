"""`images.jsonl`: what the source calls each val and test image, kept once a study.

A first line says of which data the names are and carries a checksum; then a line an image, in the order of
the predictions. Names decide nothing: a study goes on when files of the same content have other names. A name
may be any text, bytes that are no UTF-8 included: JSON escapes what is not ASCII and gives it back as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskgraft.data import Dataset, Split
from taskgraft.file_writing import write_bytes
from taskgraft.study._checked import FORMAT, other_format
from taskgraft.study._files import IMAGES, DamagedFileError, read_limited

Names = Mapping[Split, tuple[str, ...]]
NAMED: tuple[Split, ...] = ("val", "test")
_MOST_BYTES = 1 << 29


def keep_names(study: Path, data: Dataset, data_digest: str) -> tuple[str, ...]:
    """Writes the names of a study's images, unless they are in the file already.

    Args:
        study: The study directory, whose lock is held.
        data: What the study is about.
        data_digest: Its `Dataset.digest`, which is on record.

    Returns:
        A line where the file was damaged, or images have other names than it says.

    Raises:
        StudyError: If it cannot be written, or has another format.
    """
    names: Names = {split: tuple(data.names_of(split)) for split in NAMED}
    content = _encoded(names, data_digest)
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

    Args:
        study: The study directory.
        data_digest: Of the data that the study is about.

    Raises:
        FileNotFoundError: If there are none.
        DamagedFileError: If they are damaged, or those of other data.
        StudyError: If their file has another format.
    """
    path = study / IMAGES
    try:
        names: dict[str, list[str]] = {split: [] for split in NAMED}
        for line in _checked_lines(path, data_digest):
            row = json.loads(line)
            names[row["split"]].append(str(row["name"]))
        return {split: tuple(names[split]) for split in NAMED}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedFileError.of(path, "one with something else than names") from error


def names_damage(study: Path, data_digest: str) -> str | None:
    """What is wrong with the names, on one line; None if nothing is, or there are none."""
    try:
        _checked_lines(study / IMAGES, data_digest)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{IMAGES} is {error.reason}"
    return None


def _encoded(names: Names, data_digest: str) -> bytes:
    body = "".join(
        json.dumps({"split": split, "name": name}) + "\n" for split, each in names.items() for name in each
    ).encode()
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
