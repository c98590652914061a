"""Architectures as the tables of a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from taskgraft.architecture._placed import MOST_ARCHITECTURES, Placed, at, clipped, too_many
from taskgraft.architecture._spec import Architecture, Carried, Flow, Sharing
from taskgraft.architecture._toml_lines import Lines, scan
from taskgraft.errors import ArchitectureError, unknown_name

_GRADIENTS = {"passed": True, "stopped": False}
_WORDS: tuple[Sharing, ...] = ("separate", "shared")
_MOST_DOTS = 200
# Trying flow by flow takes a time that grows with the square of their number.
_MOST_TRIED = 1_000
_FORK_RULE = "'separate', 'shared', a number of stages, or one such number for each level"


def architectures_of_toml(path: Path, text: str, levels: tuple[str, ...]) -> Iterator[Placed]:
    """Every `[[architecture]]` of a file, in order.

    Args:
        path: What the text was read from.
        text: Of the file.
        levels: Coarsest first.

    Raises:
        ArchitectureError: At the first thing that is wrong; names file and line.
    """
    content = _parsed(path.name, text)
    top, tables = scan(text)
    for key in content:
        if key != "architecture":
            with at(path.name, top.of(key)):
                raise unknown_name("a key of the file", clipped(key), ["architecture"])
    listed = _tables(path.name, content, "architecture", top)
    if len(listed) > MOST_ARCHITECTURES:
        with at(path.name, 1):
            raise too_many(len(listed))
    for i, table in enumerate(listed):
        lines = tables[i] if len(tables) == len(listed) else Lines(top.of("architecture"))
        built = _built(path.name, table, lines, levels)
        yield Placed(built, lines.of("name"), lines.of("fork"))


def _parsed(file_name: str, text: str) -> dict[str, Any]:
    deep = next((i for i, line in enumerate(text.split("\n"), 1) if _is_deep(line)), None)
    if deep is not None:
        # Which takes tomllib a time that grows with the square of the dots.
        with at(file_name, deep):
            raise ArchitectureError.expected(
                "the file", "valid TOML", "names nested too deeply", "Mend it here."
            )
    try:
        return tomllib.loads(text)
    # Brackets within brackets within brackets, by the thousand.
    except RecursionError:
        told, line = "values nested too deeply", 1
    except tomllib.TOMLDecodeError as error:
        told, _, place = str(error).rpartition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = int(found[1]) if found else text.rstrip().count("\n") + 1
    with at(file_name, line):
        raise ArchitectureError.expected("the file", "valid TOML", clipped(told), "Mend it here.")


def _is_deep(line: str) -> bool:
    return line.count(".") > _MOST_DOTS and not line.lstrip().startswith("#")


def _built(file_name: str, table: dict[str, Any], lines: Lines, levels: tuple[str, ...]) -> Architecture:
    """One table's architecture."""
    _check_keys(file_name, "[[architecture]]", table, ("name", "fork", "flow"), lines)
    name = _text(file_name, "[[architecture]]", table, "name", lines)
    with at(file_name, lines.of("fork")):
        trunk, forks = _fork(table.get("fork", "separate"), levels)
        bare = Architecture(name, levels, trunk, forks=forks)
    listed = _tables(file_name, table, "flow", lines)
    places = lines.flows if len(lines.flows) == len(listed) else [Lines(lines.of("flow"))] * len(listed)
    flows = tuple(_flow(file_name, each, its) for each, its in zip(listed, places, strict=True))
    try:
        return replace(bare, flows=flows)
    except ArchitectureError:
        _check_one_by_one(file_name, bare, flows, places)
        raise


def _check_one_by_one(
    file_name: str, bare: Architecture, flows: tuple[Flow, ...], places: list[Lines]
) -> None:
    """Names the line of the first flow that cannot be added to those before it."""
    for i, its in enumerate(places[:_MOST_TRIED]):
        with at(file_name, its.of("from")):
            replace(bare, flows=flows[: i + 1])


def _fork(value: object, levels: tuple[str, ...]) -> tuple[Sharing, tuple[int, ...]]:
    """Trunk and forks, from a word, a number or a number for each level."""
    word: Sharing | None = next((known for known in _WORDS if known == value), None)
    if word is not None:
        return word, ()
    of_level = value if isinstance(value, dict) else dict.fromkeys(levels, value)
    for level in of_level:
        if level not in levels:
            raise unknown_name("a level of fork", clipped(level), levels)
    missing = ", ".join(level for level in levels if level not in of_level)
    if missing:
        raise ArchitectureError.expected("fork", "a number for each level", f"none for {missing}", "Add it.")
    forks: list[int] = []
    for level in levels:
        fork = of_level[level]
        if isinstance(fork, bool) or not isinstance(fork, int):
            raise ArchitectureError.expected("fork", _FORK_RULE, clipped(fork), "0 shares nothing.")
        forks.append(fork)
    return "forked", tuple(forks)


def _flow(file_name: str, table: dict[str, Any], lines: Lines) -> Flow:
    kind = "[[architecture.flow]]"
    _check_keys(file_name, kind, table, ("from", "to", "carries", "gradient"), lines)
    source, target = (_text(file_name, kind, table, key, lines) for key in ("from", "to"))
    carries: Carried = _choice(file_name, table, "carries", get_args(Carried), lines)
    gradient = _choice(file_name, table, "gradient", tuple(_GRADIENTS), lines)
    return Flow(source, target, carries, _GRADIENTS[gradient])


def _check_keys(
    file_name: str, kind: str, table: dict[str, Any], known: tuple[str, ...], lines: Lines
) -> None:
    for key in table:
        if key not in known:
            with at(file_name, lines.of(key)):
                raise unknown_name(f"a key of {kind}", clipped(key), known)


def _tables(file_name: str, table: dict[str, Any], key: str, lines: Lines) -> list[dict[str, Any]]:
    """The value of a key that holds tables; empty where the key is not there."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        with at(file_name, lines.of(key)):
            raise ArchitectureError.expected(
                f"{key!r}", "a list of tables", clipped(value), "Write its header in double brackets."
            )
    return value


def _text(file_name: str, kind: str, table: dict[str, Any], key: str, lines: Lines) -> str:
    value = table.get(key)
    if isinstance(value, str):
        return value
    with at(file_name, lines.of(key)):
        got = "none" if value is None else clipped(value)
        raise ArchitectureError.expected(f"{key!r} of {kind}", "a name in quotes", got, "Add or mend it.")


def _choice(file_name: str, table: dict[str, Any], key: str, known: tuple[Any, ...], lines: Lines) -> Any:
    """One of a few words; the first unless another is given."""
    value = table.get(key, known[0])
    if value not in known:
        with at(file_name, lines.of(key)):
            raise unknown_name(f"{key!r}", clipped(value), known)
    return value
