"""Text from anywhere as it may be shown: names of files, classes and levels may hold any character."""

from __future__ import annotations

import re
import shlex

_SURROGATE = re.compile("[\ud800-\udfff]")
_BYTE_IN_QUOTES = re.compile(r"\\udc([89a-f][0-9a-f])")
# Python keeps a byte of a file's name that is no UTF-8 as one of these.
_FIRST_BYTE, _LAST_BYTE = 0xDC80, 0xDCFF


def legible(text: str) -> str:
    r"""A text that can be encoded: bytes of a file's name that are no UTF-8 are written with a backslash.

    Everything else stays as it is.

    Example:
        >>> legible("caf\udce9.png")
        'caf\\xe9.png'
    """
    return text if text.isascii() else _SURROGATE.sub(_escaped, text)


def name_as_json(name: str) -> dict[str, str]:
    r"""A file's name for a record of JSON, with its bytes in hexadecimal digits where it is not UTF-8.

    Example:
        >>> name_as_json("a.png"), name_as_json("caf\udce9")
        ({'name': 'a.png'}, {'name': 'caf\\xe9', 'name_bytes': '636166e9'})
    """
    shown = legible(name)
    if shown == name:
        return {"name": name}
    try:
        return {"name": shown, "name_bytes": name.encode("utf-8", "surrogateescape").hex()}
    except UnicodeEncodeError:
        # Half a surrogate pair: no file has such a name.
        return {"name": shown}


def quoted(text: str) -> str:
    r"""A text in quotes, as Python writes it, but for the bytes of a file's name that are no UTF-8.

    Example:
        >>> print(quoted("caf\udce9\n"))
        'caf\xe9\n'
    """
    return _BYTE_IN_QUOTES.sub(r"\\x\1", repr(text)) if _SURROGATE.search(text) else repr(text)


def visible(text: str) -> str:
    r"""A text in which characters that show nothing, steer a terminal or that XML forbids have become a sign.

    Lines stay lines.

    Example:
        >>> visible("a\x00b")
        'a\ufffdb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in legible(text))


def one_line(text: str) -> str:
    r"""A text as one line, whatever is in it.

    Example:
        >>> one_line("red\x1b[31m\nfake: done")
        'red\ufffd[31m\ufffdfake: done'
    """
    return visible(text).replace("\n", "\N{REPLACEMENT CHARACTER}")


def shortened(name: str, limit: int) -> str:
    """Cuts the middle out of a name longer than `limit` characters.

    Example:
        >>> shortened("a rather long name", 12)
        'a rath...ame'
    """
    return name if len(name) <= limit else f"{name[: limit - 6]}...{name[-3:]}"


def shell_line(words: list[str]) -> str:
    r"""A command as one line that a shell reads back as these words.

    Example:
        >>> print(shell_line(["taskgraft", "--data", "a b", "--out", "caf\udce9"]))
        taskgraft --data 'a b' --out $'caf\xe9'
    """
    return " ".join(shlex.quote(word) if word.isprintable() else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    """In the quotes of bash and zsh that know escapes, byte by byte where a character cannot be shown."""
    shown = (
        f"\\{c}" if c in "\\'" else c if c.isprintable() else _as_bytes(c) for c in word
    )  # a digit behind an escape is no part of it: \x takes two at most
    return f"$'{''.join(shown)}'"


def _as_bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _escaped(match: re.Match[str]) -> str:
    number = ord(match[0])
    is_byte = _FIRST_BYTE <= number <= _LAST_BYTE
    return f"\\x{number - 0xDC00:02x}" if is_byte else "\N{REPLACEMENT CHARACTER}"
