"""The layout of a safetensors file: written array by array, and mapped instead of copied."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]

_NAMES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "I16": "<i2",
    "U16": "<u2",
    "F16": "<f2",
    "I32": "<i4",
    "U32": "<u4",
    "F32": "<f4",
    "F64": "<f8",
    "I64": "<i8",
    "U64": "<u8",
}
_NAME_OF = {np.dtype(code): name for name, code in _NAMES.items()}
_LENGTH = struct.Struct("<Q")


def header_of(arrays: Mapping[str, Array], metadata: Mapping[str, str] | None) -> bytes:
    """What stands before the arrays, which follow in the order of `in_order`.

    Args:
        arrays: By name.
        metadata: Text beside them.
    """
    entries: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, array in in_order(arrays).items():
        begin, end = end, end + array.nbytes
        entries[name] = {
            "dtype": _NAME_OF[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    # The first array begins at a multiple of eight bytes.
    text += b" " * (-len(text) % _LENGTH.size)
    return _LENGTH.pack(len(text)) + text


def in_order(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays as a file has them: those of long numbers first, so that each begins where its kind may."""
    return dict(sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])))


def write_to(file: BinaryIO, header: bytes, arrays: Mapping[str, Array]) -> None:
    """Writes a header and its arrays without a copy of them: of a run on wide trees they are gigabytes."""
    file.write(header)
    for array in in_order(arrays).values():
        file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def mapped(path: Path) -> dict[str, Array]:
    """The arrays of a file that is known to be complete, read where they are looked at.

    Writing to them changes nothing in the file.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        length = _LENGTH.unpack(file.read(_LENGTH.size))[0]
        entries = json.loads(file.read(length))
    begin = _LENGTH.size + length
    content = np.asarray(np.memmap(path, np.uint8, "c"))
    entries.pop("__metadata__", None)
    return {name: _array(content, begin, entry) for name, entry in entries.items()}


def _array(content: npt.NDArray[np.uint8], begin: int, entry: Mapping[str, Any]) -> Array:
    first, last = entry["data_offsets"]
    array: Array = content[begin + first : begin + last].view(_NAMES[entry["dtype"]]).reshape(entry["shape"])
    return array
