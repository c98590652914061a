"""A table as its file has it: unconverted cells, and the place of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RawTable:
    """Columns of cells.

    Attributes:
        columns: By name, a cell a row.
        lines: Of a text file, the line that each row begins in; None where rows are counted.
    """

    columns: Mapping[str, Sequence[Any]] = field(repr=False)
    lines: Sequence[int] | None = field(default=None, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether all cells are text because the file knows nothing else."""
        return self.lines is not None

    def place(self, index: int) -> str:
        """Where a row stands, as its file counts.

        Example:
            >>> RawTable({"a": ["x"]}, lines=[7]).place(0), RawTable({"a": ["x"]}).place(0)
            ('line 7', 'row 1')
        """
        return f"row {index + 1}" if self.lines is None else f"line {self.lines[index]}"
