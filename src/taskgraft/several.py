"""Several names at once: as the command line takes them, joined by commas, or one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter

Names = str | Iterable[str]


def listed(names: Names) -> tuple[str, ...]:
    """Names one by one; a text is taken apart at its commas.

    Example:
        >>> listed("kind, animal"), listed(["kind", "animal"])
        (('kind', 'animal'), ('kind', 'animal'))
    """
    return tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else tuple(names)


def either(words: Iterable[str]) -> str:
    """Words joined by commas, the last by `or`.

    Example:
        >>> either(["a folder", "a table", "a list"]), either(["a folder"])
        ('a folder, a table or a list', 'a folder')
    """
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def names_of(what: str | Parameter, names: Names) -> tuple[str, ...]:
    """Different names one by one, none of them empty.

    Args:
        what: Of what, as the user calls it.
        names: One by one, or joined by commas.

    Raises:
        RequestError: If a name is empty, stands twice or is no text.

    Example:
        >>> names_of(Parameter("levels"), "kind,kind")
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected levels to be different names joined by commas, but got \
'kind,kind'. Write it like a,b.
    """
    # The order of names counts, and a set has none that would be the same in every process.
    has_order = isinstance(names, Iterable) and not isinstance(names, Set | Mapping)
    each = listed(names) if has_order else ()
    if (
        not each
        or not all(isinstance(name, str) and name.strip() for name in each)
        or len(set(each)) < len(each)
    ):
        raise RequestError.expected(what, "different names joined by commas", names, "Write it like a,b.")
    return each
