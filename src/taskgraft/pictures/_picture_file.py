"""Opens a file that may be anything, and says in plain words why it holds no picture."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from taskgraft.legible import legible, name_as_json

Picture = Path | bytes | None
"""An encoded picture: where it is, or what it is; None for one that its source does not have."""

NO_PICTURE = "no picture in the row"

MAX_PIXELS = 64_000_000
MAX_FILE_BYTES = 1 << 29  # 64 million pixels of four times 16 bits, uncompressed

_NEVER_WAIT: int = getattr(
    os, "O_NONBLOCK", 0
)  # Windows keeps no pipes among its files, and has no such flag


@dataclass(frozen=True)
class BadImage:
    """A file that gave no picture.

    Attributes:
        name: What messages call it.
        reason: Why, in plain words and one line.
    """

    name: str
    reason: str

    @property
    def line(self) -> str:
        r"""One line for the user, whatever is in the name.

        Example:
            >>> print(BadImage("a\nb.png", "an empty file").line)
            'a\nb.png': an empty file
        """
        # A name may be a cell of a table that is no path; of a long path the end says most.
        name = legible(self.name)
        name = name if len(name) <= 300 else f"{name[:120]}...{name[-120:]}"
        name = name if name.isprintable() and name == name.strip() else repr(name)
        return f"{name}: {self.reason}"

    def to_dict(self) -> dict[str, str]:
        """As plain data."""
        return {**name_as_json(self.name), "reason": self.reason}


class Refusal(Exception):  # noqa: N818
    """A file is not read, for the reason that is its message."""


def open_picture(picture: Picture) -> BufferedReader | BytesIO:
    """Opens a picture for reading, and never waits: not on a pipe, not on a device.

    Args:
        picture: A path, or the content of a file.

    Raises:
        Refusal: If it does not exist, is not a regular file, is empty or is larger than `MAX_FILE_BYTES`.
        OSError: If the system does not let it be opened.

    Example:
        >>> open_picture(b"GIF89a").read(3)
        b'GIF'
    """
    if picture is None:
        raise Refusal(NO_PICTURE)
    if isinstance(picture, bytes):
        _check_size(len(picture))
        return BytesIO(picture)
    file = open(picture, "rb", opener=lambda path, flags: os.open(path, flags | _NEVER_WAIT))  # noqa: SIM115
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Refusal("a pipe or a device, not a file")
        _check_size(status.st_size)
    except BaseException:
        file.close()
        raise
    return file


def _check_size(num_bytes: int) -> None:
    if num_bytes == 0:
        raise Refusal("an empty file")
    if num_bytes > MAX_FILE_BYTES:
        raise Refusal(f"{num_bytes >> 20} MB, where at most {MAX_FILE_BYTES >> 20} are read")


def reason_of(error: Exception) -> str:
    """Why a picture could not be read, in plain words and one line.

    Args:
        error: Whatever was raised on the way.

    Example:
        >>> reason_of(PermissionError(13, "Permission denied"))
        'no permission to read it'
    """
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return reason
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    if isinstance(error, OSError) and error.strerror:
        return f"{_NOT_READABLE}{error.strerror}"
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, Refusal):
        return words
    return (
        "cut short: the file ends before the picture does"
        if "truncated" in words.lower()
        else f"damaged: {words}"
    )


def is_passing(reason: str) -> bool:
    """Whether a reason is about the state of the system, not about the content of the file.

    Example:
        >>> is_passing("no permission to read it"), is_passing("an empty file")
        (True, False)
    """
    return reason.startswith(_NOT_READABLE) or reason in (
        _REASONS[FileNotFoundError],
        _REASONS[PermissionError],
        _REASONS[MemoryError],
    )


_NOT_READABLE = "not readable: "
_REASONS: dict[type[Exception], str] = {
    FileNotFoundError: "no such file, or a link to a missing one",
    PermissionError: "no permission to read it",
    IsADirectoryError: "a folder, not a file",
    UnidentifiedImageError: "damaged at its start",
    Image.DecompressionBombError: f"more than {MAX_PIXELS // 10**6} million pixels, which are not read",
    MemoryError: "more memory needed than there is",
}
