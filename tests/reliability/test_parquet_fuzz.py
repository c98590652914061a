"""Parquet files that are spoilt, or lie: read, or refused with one line; nothing is run, nothing hangs."""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from mutate import Spoil, spoil_bytes
from pyarrow import parquet

from taskgraft.data.sources import _table as table
from taskgraft.data.sources import read_table
from taskgraft.errors import DataError, RequestError

SEED = 20_26
_MOST_SECONDS = 1.0
_LONGEST_LINE = 4500
# What readers of a table have no business with.
_NEVER = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.remove",
    "socket.connect",
    "socket.getaddrinfo",
    "pickle.find_class",
    "ctypes.dlopen",
)


def _written(columns: dict[str, Any], **how: Any) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), stream, **how)
    return stream.getvalue()


def _originals() -> list[bytes]:
    """Files of every compression and encoding in use, and of columns that no table of pictures needs."""
    rows = range(40)
    plain = {
        "image": [f"p/{i}.png" for i in rows],
        "kind": [["pet", "wild", None][i % 3] for i in rows],
        "animal": [f"a{i % 7}" for i in rows],
        "split": [["train", "val", "test"][i % 3] for i in rows],
        "number": list(rows),
    }
    delta = {"number": "DELTA_BINARY_PACKED", "animal": "DELTA_BYTE_ARRAY", "kind": "DELTA_LENGTH_BYTE_ARRAY"}
    odd = {
        "image": [{"bytes": b"abc", "path": "x.png"}, {"bytes": None, "path": "y.png"}] * 5,
        "kind": pyarrow.array(["a"] * 10).dictionary_encode(),
        "animal": [3, -1] * 5,
        "list": [[1, 2], None] * 5,
        "time": pyarrow.array([0] * 10, pyarrow.timestamp("us", "UTC")),
        "sum": pyarrow.array([None] * 10, pyarrow.decimal128(9, 2)),
    }
    return [
        _written(plain),
        _written(plain, compression="none", use_dictionary=False),
        _written(plain, compression="gzip", row_group_size=15),
        _written(plain, compression="zstd", data_page_version="2.0"),
        _written(plain, compression="none", use_dictionary=False, column_encoding=delta),
        _written(plain, write_page_index=True, write_page_checksum=True),
        _written(odd),
    ]


def _footer(content: bytes) -> int:
    """Where the footer begins, whose length stands before the last four bytes."""
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _flip(content: bytes, rng: random.Random) -> bytes:
    spoilt = bytearray(content)
    spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _lie(content: bytes, rng: random.Random) -> bytes:
    """Other numbers in the footer, under a length that holds."""
    start, lie = (
        _footer(content),
        rng.choice((b"\x00", b"\x7f", b"\xff\xff\xff\xff\x0f", b"\xfe" * 9 + b"\x01")),
    )
    place = rng.randrange(start, len(content) - 8)
    footer = content[start:place] + lie + content[place + rng.choice((0, 1, len(lie))) : -8]
    return content[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _misplace(content: bytes, rng: random.Random) -> bytes:
    """A length of the footer that is not true."""
    told = rng.choice((0, 1, len(content), 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(len(content))))
    return content[:-8] + told.to_bytes(4, "little") + content[-4:]


def _pages(content: bytes, rng: random.Random) -> bytes:
    """Bytes of the cells, or of what stands before them."""
    spoilt = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        spoilt[rng.randrange(4, _footer(content))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(spoilt)


SPOILERS: tuple[Spoil, ...] = (spoil_bytes, _cut, _flip, _lie, _misplace, _pages)


class _Listener:
    """An audit hook, which cannot be taken away: deaf but while a spoilt file is read."""

    def __init__(self) -> None:
        self.is_on = False
        self.deeds: list[str] = []
        sys.addaudithook(self._heard)

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and (
            event in _NEVER or _is_strange_code(event, arguments) or _writes(event, arguments)
        ):
            self.deeds.append(f"{event} {arguments!r:.200}")


def _is_strange_code(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether code is run that no installed package holds: names of time zones have some imported late."""
    name = str(getattr(arguments[0], "co_filename", "")) if event == "exec" else "<"
    return not name.startswith(("<", sys.prefix, sys.base_prefix))


def _writes(event: str, arguments: tuple[Any, ...]) -> bool:
    is_writing = event == "open" and bool(set(arguments[1] or "") & set("wax+"))
    return is_writing and "__pycache__" not in str(arguments[0])


@pytest.fixture(scope="module")
def listener() -> _Listener:
    return _Listener()


def _is_refused(path: Path) -> bool:
    """Reads a file, or has it refused in one line; where the name of a column is spoilt, for the request."""
    try:
        read_table(path, ["kind", "animal"])
    except (DataError, RequestError) as error:
        message = str(error)
    else:
        return False
    assert "\n" not in message
    assert len(message) < _LONGEST_LINE
    return True


def _fuzz(folder: Path, num_files: int, listener: _Listener) -> str:
    path, originals, rng = folder / "t.parquet", _originals(), random.Random(SEED)
    for original in originals:
        path.write_bytes(original)
        assert not _is_refused(path)
        path.write_bytes(original[:-1])
        assert _is_refused(path)
    num_refused = dict.fromkeys(SPOILERS, 0)
    for number in range(num_files):
        spoil = SPOILERS[number % len(SPOILERS)]
        spoilt = spoil(rng.choice(originals), rng)
        path.write_bytes(spoilt)
        started = time.process_time()
        try:
            with listener.listening():
                num_refused[spoil] += _is_refused(path)
        except BaseException as error:
            (folder / "escaped.parquet").write_bytes(spoilt)
            pytest.fail(f"number {number}: {type(error).__name__}: {error!s:.300}; see {folder}")
        assert time.process_time() - started < _MOST_SECONDS, number
        assert listener.deeds == [], number
    # A spoiler that spoils nothing would find no fault either.
    assert min(num_refused.values()) > num_files / len(SPOILERS) * 0.2
    return f"torture: {num_files:,} spoilt Parquet files, {sum(num_refused.values()):,} refused with one line"


def test_spoilt_parquet_is_read_or_refused(tmp_path: Path, listener: _Listener) -> None:
    _fuzz(tmp_path, 600, listener)


@pytest.mark.torture
def test_twenty_thousand_spoilt_parquet_files(tmp_path: Path, listener: _Listener) -> None:
    print(_fuzz(tmp_path, 20_000, listener))


@pytest.mark.torture
def test_every_bit_of_a_parquet_file_can_be_wrong(tmp_path: Path, listener: _Listener) -> None:
    path, num_refused = tmp_path / "t.parquet", 0
    original = _originals()[-1]
    with listener.listening():
        for bit in range(8 * len(original)):
            spoilt = bytearray(original)
            spoilt[bit // 8] ^= 1 << bit % 8
            path.write_bytes(spoilt)
            num_refused += _is_refused(path)
    assert not [deed for deed in listener.deeds if "t.parquet" not in deed]
    print(f"torture: each of {8 * len(original):,} bits of a Parquet file flipped, {num_refused:,} refused")


def test_parquet_cut_anywhere_is_damaged_data(tmp_path: Path) -> None:
    content = _originals()[0]
    for percent in range(100):
        (tmp_path / "t.parquet").write_bytes(content[: len(content) * percent // 100])
        with pytest.raises(DataError, match=r"t\.parquet to be readable and whole"):
            read_table(tmp_path / "t.parquet", ["kind"])


def _varint(number: int, length: int) -> bytes:
    """A number as the footer has it, in as many bytes as told."""
    parts = [2 * number >> 7 * i & 0x7F for i in range(length)]
    return bytes([part | 0x80 for part in parts[:-1]] + parts[-1:])


def _repeated(text: str, num_rows: int) -> pyarrow.Array:
    return pyarrow.array([text] * num_rows)


def test_parquet_of_too_many_rows_is_refused_whatever_its_footer_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_MOST_ROWS", 2000)
    content = _written({"image": _repeated("x", 3000), "kind": _repeated("a", 3000)})
    place = content.index(_varint(3000, 2), _footer(content))
    path = tmp_path / "t.parquet"
    path.write_bytes(content[:place] + _varint(1, 2) + content[place + 2 :])
    assert parquet.read_metadata(path).num_rows == 1
    with pytest.raises(DataError, match="'more than 2,000 rows'"):
        read_table(path, ["kind"])


@pytest.mark.parametrize("encode", [lambda cells: cells, pyarrow.Array.dictionary_encode])
def test_few_bytes_that_stand_for_many_are_refused(
    encode: Callable[[pyarrow.Array], pyarrow.Array], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_MOST_CSV_BYTES", 1 << 20)
    path = tmp_path / "t.parquet"
    for num_rows in (1000, 3000):
        path.write_bytes(
            _written({"image": encode(_repeated("x" * 500, num_rows)), "kind": ["a"] * num_rows})
        )
        assert path.stat().st_size < 5000
        if num_rows == 1000:
            assert len(read_table(path, ["kind"]).pictures) == 1000
    with pytest.raises(DataError, match="'cells of over 1 MB in a file that is far smaller'"):
        read_table(path, ["kind"])


def test_what_pyarrow_has_no_value_for_is_one_line(tmp_path: Path) -> None:
    late = pyarrow.array([2**61], pyarrow.timestamp("us"))
    (tmp_path / "t.parquet").write_bytes(_written({"image": ["x.png"], "kind": ["a"], "time": late}))
    with pytest.raises(DataError, match="readable and whole, but got 'date value out of range'"):
        read_table(tmp_path / "t.parquet", ["kind"])
