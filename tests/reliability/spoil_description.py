"""Spoils the description of a model: anything anywhere, or what nearly fits, under sums that hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from mutate import spoil_json

from taskgraft.errors import TaskgraftError
from taskgraft.scores import DECODINGS, POOLED
from taskgraft.taxonomy import Taxonomy

NAMES = (
    "a",
    "\x1b[31mred",
    "\u202etxt.exe",
    "two\nlines",
    "\x00",
    "../../x",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "x" * 5_000,
    "{}",
    "%s",
    "[link](http://x)",
    "a|b",
    "\ud800",
)
NUMBERS = (0, 1, -1, 2, 1e-320, 1e300, 1e-9, 999.0, 1000.0, float("nan"), float("inf"), 2**63, True)

Change = Callable[[Any, random.Random], None]


def spoil_description(description: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One to three changes, the description itself being changed; the digest of its taxonomy then holds."""
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.5:
            rng.choice(_NEAR)(description, rng)
        else:
            description = spoil_json(description, rng)
        if not isinstance(description, dict):
            return description
    if rng.random() < 0.9:
        _agree(description)
    return description


def _agree(description: dict[str, Any]) -> None:
    """Makes counts and the digest those of the taxonomy, where it is one."""
    try:
        taxonomy = Taxonomy.from_dict(description["taxonomy"])
        description["taxonomy"]["digest"] = taxonomy.digest()
    except (TaskgraftError, KeyError, TypeError, ValueError):
        return


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every owner and key of what is neither a list nor a mapping."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(inner, dict | list):
            yield from _leaves(inner)
        else:
            yield value, key


def _one_of(description: Any, kind: type | tuple[type, ...], rng: random.Random) -> Any:
    places = [(owner, key) for owner, key in _leaves(description) if isinstance(owner[key], kind)]
    return rng.choice(places) if places else ({"": ""}, "")


def _renamed(description: Any, rng: random.Random) -> None:
    """Every place of a name has another one."""
    owner, key = _one_of(description, str, rng)
    before, after = owner[key], rng.choice(NAMES)
    for place, inner in list(_leaves(description)):
        if place[inner] == before:
            place[inner] = after


def _renumbered(description: Any, rng: random.Random) -> None:
    owner, key = _one_of(description, (int, float), rng)
    owner[key] = rng.choice(NUMBERS)


def _scaled(description: Any, rng: random.Random) -> None:
    owner, key = _one_of(description, float, rng)
    owner[key] = float(owner[key] or 0) * rng.choice((-1.0, 0.5, 1.0 + 1e-12, 1e6, 1e-6))


def _left_out(description: Any, rng: random.Random) -> None:
    description[rng.choice(("temperatures", "pool_weights", "promise"))] = None


def _decoded(description: Any, rng: random.Random) -> None:
    description["decoding"] = rng.choice((*DECODINGS, POOLED))


def _promised(description: Any, rng: random.Random) -> None:
    critical = sorted(rng.choice((0.0, 1e-320, 0.1, 0.5, 1.0, 1.1)) for _ in range(rng.randint(0, 4)))
    num_images = rng.choice((1, 4, 2**31, 2**63, 10**30))
    description["promise"] = {
        "critical": critical,
        "num_critical": rng.choice((len(critical), 2_000, num_images)),
        "num_images": num_images,
    }


def _treeless(description: Any, rng: random.Random) -> None:
    """A taxonomy without a tree, where what needs one may have stayed."""
    taxonomy = description.get("taxonomy")
    if isinstance(taxonomy, dict):
        taxonomy["parents"] = []
    for name in ("promise", "pool_weights"):
        if rng.random() < 0.8:
            description[name] = None
    description["decoding"] = rng.choice(("independent", POOLED))


def _regrown(description: Any, rng: random.Random) -> None:
    """Other parents for the classes."""
    taxonomy = description.get("taxonomy")
    rows = taxonomy.get("parents") if isinstance(taxonomy, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list):
            rng.shuffle(row)


_NEAR: tuple[Change, ...] = (
    _renamed,
    _renumbered,
    _scaled,
    _left_out,
    _decoded,
    _promised,
    _treeless,
    _regrown,
)
