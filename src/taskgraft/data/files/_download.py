"""Fetches a published file once: resumed when cut, verified before it gets its name, offline ever after."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pooch
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from taskgraft.bars import Bars
from taskgraft.errors import DataError, RequestError
from taskgraft.locks import Lock
from taskgraft.parameter import Parameter
from taskgraft.place import expanded
from taskgraft.printing import note

_CHUNK_BYTES = 1 << 18
_TIMEOUT_SECONDS = 30.0
# A server that sends a byte now and then is given up: it has to send so many bytes in this time.
_PATIENCE_SECONDS = 60.0
_LEAST_BYTES = 1 << 14
_MOST_CONNECTIONS = 1000
_MOST_BYTES = 2 << 30
_may_download = ContextVar("may_download", default=True)


@contextmanager
def without_downloads() -> Iterator[None]:
    """Makes what would be downloaded within an error: for work that takes data only where it is already."""
    token = _may_download.set(False)
    try:
        yield
    finally:
        _may_download.reset(token)


def cache_dir() -> Path:
    """The folder that keeps downloads: `TASKGRAFT_CACHE` if it is set, else the system's place for caches.

    Raises:
        RequestError: If it lies in a home directory that does not exist.
    """
    if chosen := os.environ.get("TASKGRAFT_CACHE"):
        return expanded("TASKGRAFT_CACHE", chosen)
    try:
        return Path(pooch.os_cache("taskgraft")).expanduser()
    except RuntimeError as error:
        raise RequestError.expected(
            "the folder for caches",
            "in a home directory",
            "none for this user",
            "Set TASKGRAFT_CACHE to a folder that can be written.",
        ) from error


def is_verified(path: Path, known_hash: str) -> bool:
    """Whether `path` exists with the bytes of `known_hash`, written `md5:...` or `sha256:...`."""
    algorithm, wanted = known_hash.split(":")
    return path.exists() and pooch.file_hash(str(path), algorithm) == wanted


def fetch(url: str, known_hash: str, *, subdir: str = "", most_bytes: int = _MOST_BYTES) -> Path:
    """Gives the verified local copy of a published file, and downloads it first where it is missing.

    What has arrived is kept as `<name>.part` until the file is complete, so that a later call continues where
    this one was cut off. Only a file of the right hash gets its name. Of several processes one
    downloads and the others wait for it.

    Args:
        url: Address of the file; its last part is the file's name.
        known_hash: The published hash, as `md5:...` or `sha256:...`.
        subdir: Folder inside the cache, for names that other data uses too.
        most_bytes: A server that announces or sends more is refused.

    Returns:
        Path of the file in `cache_dir()`.

    Raises:
        DataError: If nothing may be downloaded, the server cannot be reached, the connection breaks without
            progress, too little or too much comes, the hash is wrong or the cache cannot be written.

    Example:
        >>> fetch(cifar100.URL, cifar100.KNOWN_HASH)  # doctest: +SKIP
        PosixPath('/home/ada/.cache/taskgraft/cifar-100-binary.tar.gz')
    """
    target = cache_dir() / subdir / url.rsplit("/", 1)[-1]
    try:
        if not is_verified(target, known_hash):
            if not _may_download.get():
                raise DataError.expected(target.name, "downloaded already", "no such file", "Load it once.")
            target.parent.mkdir(parents=True, exist_ok=True)
            with _only_process(target):
                if not is_verified(target, known_hash):
                    _download(url, known_hash, target, most_bytes)
    except OSError as error:
        raise DataError.expected(
            f"the cache {target.parent}",
            "readable and writable",
            error.strerror or str(error),
            "Make room or mend its permissions, or set TASKGRAFT_CACHE to another folder.",
        ) from error
    return target


@contextmanager
def _only_process(target: Path) -> Iterator[None]:
    """Holds a lock, which the death of its process ends."""
    lock = Lock(target.with_name(f"{target.name}.lock"))
    if not lock.try_acquire():
        note(f"Waiting for another process that is downloading {target.name}.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download(url: str, known_hash: str, target: Path, most_bytes: int) -> None:
    part = target.with_name(f"{target.name}.part")
    had_part = part.exists()
    _receive_all(url, part, most_bytes)
    if is_verified(part, known_hash):
        os.replace(part, target)
        return
    algorithm, wanted = known_hash.split(":")
    got = pooch.file_hash(str(part), algorithm)
    part.unlink()
    if not had_part:
        raise DataError.expected(
            f"{algorithm} of {url}", wanted, got, f"The file was discarded. Try again later, {_by_hand(url)}"
        )
    # The part of an earlier attempt was of other bytes: once more, from the start.
    _download(url, known_hash, target, most_bytes)


def _receive_all(url: str, part: Path, most_bytes: int) -> None:
    """Connects again after every break, as long as each connection brings more."""
    with Bars(BarColumn(), DownloadColumn(), TimeRemainingColumn()) as progress:
        progress.begin(f"Downloading {part.stem}")
        for _ in range(_MOST_CONNECTIONS):
            size_before = _size(part)
            if _receive(url, part, progress, most_bytes):
                return
            if _size(part) <= size_before:
                break
        raise _unreachable(url, f"a connection that broke after {_size(part)} bytes")


def _receive(url: str, part: Path, progress: Progress, most_bytes: int) -> bool:
    """Appends to `part` what one connection brings; says whether that was all."""
    response = _connect(url, start=_size(part))
    if response is None:
        return True
    # A server that cannot resume answers 200 and sends everything again.
    start = _size(part) if response.status == 206 else 0
    total = None if response.length is None else start + response.length
    _check_size(url, start if total is None else total, most_bytes, part)
    task = progress.task_ids[0]
    progress.update(task, completed=start, total=total)
    with response, part.open("ab" if start else "wb") as file:
        for chunk in _chunks(url, response):
            file.write(chunk)
            progress.advance(task, len(chunk))
            _check_size(url, file.tell(), most_bytes, part)
        file.flush()
        os.fsync(file.fileno())
    return total is None or _size(part) == total


def _chunks(url: str, response: HTTPResponse) -> Iterator[bytes]:
    """What arrives before the end or a break; the caller tells the two apart by counting."""
    began, num_bytes = time.monotonic(), 0
    while chunk := _next_chunk(response):
        yield chunk
        num_bytes += len(chunk)
        if time.monotonic() - began > _PATIENCE_SECONDS:
            if num_bytes < _LEAST_BYTES:
                raise _unreachable(url, f"a connection that brought {num_bytes} bytes in a minute")
            began, num_bytes = time.monotonic(), 0


def _next_chunk(response: HTTPResponse) -> bytes:
    with suppress(OSError, HTTPException):
        # What has arrived, not what fills the chunk: a slow sender is noticed.
        return response.read1(_CHUNK_BYTES)
    return b""


def _check_size(url: str, num_bytes: int, most_bytes: int, part: Path) -> None:
    if num_bytes > most_bytes:
        part.unlink(missing_ok=True)
        raise DataError.expected(
            url,
            f"at most {most_bytes:,} bytes",
            f"{num_bytes:,} or more",
            f"The file was discarded. Try again later, {_by_hand(url)}",
        )


def _connect(url: str, start: int) -> HTTPResponse | None:
    """Asks for the file from byte `start` on; None means that there is nothing after it."""
    headers = {"User-Agent": "taskgraft"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        response: HTTPResponse = urlopen(Request(url, headers=headers), timeout=_TIMEOUT_SECONDS)
    except HTTPError as error:
        if start and error.code == 416:
            return None
        raise _unreachable(url, f"HTTP status {error.code}") from error
    except (OSError, HTTPException) as error:
        raise _unreachable(url, str(getattr(error, "reason", error))) from error
    return response


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _unreachable(url: str, got: str) -> DataError:
    return DataError.expected(url, "reachable", got, f"Run again to resume, {_by_hand(url)}")


def _by_hand(url: str) -> str:
    name = url.rsplit("/", 1)[-1]
    return f"or get {name} from there by hand and pass {Parameter('data_dir')} the folder it is in."
