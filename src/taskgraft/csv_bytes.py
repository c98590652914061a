"""A table as the bytes of a CSV file, names from any disk included."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any


def csv_bytes(columns: Mapping[str, Iterable[Any]], *, has_header: bool = True) -> bytes:
    r"""The table as CSV by RFC 4180: a header, a line a row, an empty cell for None.

    UTF-8; a name that is not UTF-8 is written in the bytes that it has on the disk. No name is changed, even
    where a spreadsheet would take it for a formula.

    Args:
        columns: By name, cells of equal number.
        has_header: Whether it begins with the names; not where it continues a table.

    Example:
        >>> csv_bytes({"name": ["a,b.png", "caf\udce9.png"], "depth": [2, None]})
        b'name,depth\r\n"a,b.png",2\r\ncaf\xe9.png,\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if has_header:
        writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    try:
        return text.getvalue().encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # Half a surrogate pair, which no file name has.
        return text.getvalue().encode("utf-8", "surrogatepass")
