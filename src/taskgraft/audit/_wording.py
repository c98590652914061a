"""Numbers, names and lists as the sentences of an audit carry them."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 5


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things.

    Example:
        >>> counted(1, "class", "classes"), counted(1200, "image")
        ('1 class', '1,200 images')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def listing(names: Sequence[str]) -> str:
    """All names, as a sentence has them.

    Example:
        >>> listing(["a", "b", "c"])
        "'a', 'b' and 'c'"
    """
    *first, last = (f"'{name}'" for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def share(part: int, total: int) -> str:
    """A part in per cent, never rounded to nothing.

    Example:
        >>> share(27, 1000), share(1, 100_000)
        ('2.7 %', 'below 0.1 %')
    """
    percent = 100 * part / total
    return "below 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def quoted(names: Sequence[str]) -> str:
    """The first few names, and how many more there are.

    Example:
        >>> quoted(["a", "b"]), quoted(list("abcdefg"))
        ("'a', 'b'", "'a', 'b', 'c', 'd', 'e' and 2 more")
    """
    shown = ", ".join(f"'{name}'" for name in names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return f"{shown} and {rest:,} more" if rest > 0 else shown
