"""On which line of an architecture file a thing stands, which a TOML parser does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*\[\s*(?P<list>\[)?\s*(?P<keys>{_DOTTED})\s*\]")
_ASSIGNED = re.compile(rf"\s*(?P<keys>{_DOTTED})\s*=")
_QUOTES = re.compile(r'"""|' + r"'''|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'|#")


@dataclass
class Lines:
    """Lines of one table and of what it holds.

    Attributes:
        header: Line of the table's header, counted from 1.
        keys: Line of each key.
        flows: The tables of its flows, in order.
    """

    header: int
    keys: dict[str, int] = field(default_factory=dict)
    flows: list[Lines] = field(default_factory=list)

    def of(self, key: str) -> int:
        """Line of a key, or the header's where the key stands on no line of its own."""
        return self.keys.get(key, self.header)


def scan(text: str) -> tuple[Lines, list[Lines]]:
    r"""Finds the lines of the tables `[[architecture]]` and `[[architecture.flow]]`, and of their keys.

    Args:
        text: Valid TOML.

    Returns:
        The keys of the file itself, and a table for each architecture that has a header, in order.

    Example:
        >>> _, found = scan('[[architecture]]\nname = "mine"\n\n[[architecture.flow]]\nfrom = "a"')
        >>> found[0].of("name"), found[0].flows[0].header, found[0].flows[0].of("to")
        (2, 4, 4)
    """
    top, tables = Lines(1), list[Lines]()
    table: Lines | None = top
    for number, line in _outside_strings(text):
        if header := _HEADER.match(line):
            table = _opened(_parts(header["keys"]), bool(header["list"]), number, top, tables)
        elif table is not None and (assigned := _ASSIGNED.match(line)):
            table.keys.setdefault(_parts(assigned["keys"])[0], number)
    return top, tables


def _opened(keys: list[str], is_list: bool, number: int, top: Lines, tables: list[Lines]) -> Lines | None:
    """The table that a header opens; None for one that is the value of a key, as `[architecture.fork]` is."""
    if keys == ["architecture"] and is_list:
        tables.append(Lines(number))
        return tables[-1]
    if keys == ["architecture", "flow"] and is_list and tables:
        tables[-1].flows.append(Lines(number))
        return tables[-1].flows[-1]
    if keys[0] == "architecture" and len(keys) > 1 and tables:
        tables[-1].keys.setdefault(keys[1], number)
    else:
        top.keys.setdefault(keys[0], number)
    return None


def _parts(dotted: str) -> list[str]:
    return [key.strip("\"'") for key in re.findall(_KEY, dotted)]


def _outside_strings(text: str) -> list[tuple[int, str]]:
    """Numbered lines, but for those that begin within a string of several lines."""
    found: list[tuple[int, str]] = []
    within = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not within:
            found.append((number, line))
        position = 0
        while position < len(line):
            if within:
                end = _closing(line, within, position)
                if end is None:
                    break
                position, within = end, ""
                continue
            quote = _QUOTES.search(line, position)
            if quote is None or quote[0] == "#":
                break
            position = quote.end()
            within = quote[0] if quote[0] in ('"""', "'''") else ""
    return found


def _closing(line: str, quote: str, position: int) -> int | None:
    """Where a string of several lines that is open at a position ends in this line."""
    pattern = r'(?:\\.|[^\\])*?"""' if quote == '"""' else r".*?'''"
    closed = re.compile(pattern).match(line, position)
    return closed.end() if closed else None
