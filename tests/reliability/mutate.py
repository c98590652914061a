"""Spoils valid files: their bytes, their words, or the values inside their JSON."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from taskgraft.study._checked import checksum

# What readers are least ready for.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**64,
    -(2**70),
    1e308,
    -1e308,
    1e-320,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    " ",
    "a",
    "\x00",
    "../../x",
    "/etc/passwd",
    "C:\\x",
    "<script>",
    "=1+1",
    "\x1b[31m",
    "\u202e",
    "x" * 5_000,
    [],
    [[]],
    {},
    {"a": {}},
    [None],
    ["a", "a"],
    [0] * 300,
    "0",
    "nan",
)
WORDS = (
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"\n\n",
    b'"',
    b"'",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"=",
    b"\\",
    b"#",
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"true",
    b"99999999999999999999",
    b"../",
    b"<b>",
    b"\x1b[2J",
    "\u202e".encode(),
    b"\xef\xbb\xbf",
    b"x" * 3_000,
)


def spoil_bytes(content: bytes, rng: random.Random) -> bytes:
    """One to four changes of bytes anywhere."""
    spoilt = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(spoilt) + 1)
        end = min(len(spoilt), start + rng.choice((1, 2, 8, 64, 1000)))
        change = rng.randrange(7)
        if change == 0 and start < len(spoilt):
            spoilt[start] ^= 1 << rng.randrange(8)
        elif change == 1:
            del spoilt[start:end]
        elif change == 2:
            spoilt[start:start] = rng.choice(WORDS)
        elif change == 3:
            spoilt[start:start] = spoilt[start:end]
        elif change == 4:
            del spoilt[start:]
        elif change == 5:
            spoilt[start:end] = rng.randbytes(end - start)
        else:
            spoilt[start:end] = bytes(end - start)
    return bytes(spoilt)


def spoil_json(value: Any, rng: random.Random) -> Any:
    """One change of a value, or of a name, somewhere inside; the value itself is changed."""
    places = list(_places(value))
    if not places:
        return _value(rng)
    owner, key = rng.choice(places)
    change = rng.randrange(6)
    if change == 0:
        del owner[key]
    elif change == 1 and isinstance(owner, dict):
        owner[str(rng.choice(VALUES))[:200]] = owner.pop(key)
    elif change == 2 and isinstance(owner, list):
        owner.insert(key, owner[key])
    elif change == 3:
        other_owner, other_key = rng.choice(places)
        owner[key] = json.loads(json.dumps(other_owner[other_key]))
    else:
        owner[key] = _value(rng)
    return value


def _value(rng: random.Random) -> Any:
    """One of the values, fresh: lists and mappings are changed in their turn."""
    return copy.deepcopy(rng.choice(VALUES))


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield value, number
            yield from _places(inner)


def spoil_record(content: bytes, rng: random.Random) -> bytes:
    """Bytes, or values under a checksum that holds, as whoever means harm would take it."""
    if rng.random() < 0.3:
        return spoil_bytes(content, rng)
    value = json.loads(content)
    for _ in range(rng.randint(1, 3)):
        value = spoil_json(value, rng)
    if isinstance(value, dict) and "checksum" in value and rng.random() < 0.9:
        value.pop("checksum")
        try:
            value["checksum"] = checksum(value)
        except UnicodeEncodeError:
            value["checksum"] = "0" * 64
    return json.dumps(value).encode()


def spoil_lines(content: bytes, rng: random.Random) -> bytes:
    """A line of JSON among several, or bytes."""
    lines = content.splitlines()
    number = rng.randrange(len(lines))
    lines[number] = spoil_record(lines[number], rng)
    return b"\n".join(lines)


def spoil_tensors(content: bytes, rng: random.Random) -> bytes:
    """The header of a safetensors file, its length, or bytes."""
    kind = rng.random()
    if kind < 0.3:
        return spoil_bytes(content, rng)
    length = int.from_bytes(content[:8], "little")
    header, data = content[8 : 8 + length], content[8 + length :]
    changed = spoil_record(header, rng) if kind < 0.9 else header
    told = len(changed) if kind < 0.9 else rng.choice((0, 1, length + 1, 2**31, 2**63, 2**64 - 1))
    return told.to_bytes(8, "little") + changed + data


Spoil = Callable[[bytes, random.Random], bytes]
