"""What a renderer says of its blocks, so that one layout serves characters and pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["image", "conv", "dense", "concat", "head"]
# Columns of an arrow from block to block, and of one that others leave on its way.
ARROW, FORK = len(" -> "), len(" -+-> ")


@dataclass(frozen=True)
class Block:
    """A part of a network in one row of a diagram: columns from `start` up to `end`, exclusive."""

    kind: Kind
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Measures:
    """Sizes in columns.

    Attributes:
        width: Of a block of some kind with some words.
        entries: From the start of a `concat` to its first wire; the best one first.
        port: From flow to flow into the same side of a `concat`; 0 joins them in one wire.
        most: Of the diagram; None is without a limit.
    """

    width: Callable[[Kind, str], int]
    entries: tuple[int, ...]
    port: int = 0
    most: int | None = None

    def row(self, start: int, *blocks: tuple[Kind, str]) -> tuple[Block, ...]:
        """Blocks from a column on, an arrow apart."""
        row: list[Block] = []
        for kind, words in blocks:
            row.append(Block(kind, words, start, start + self.width(kind, words)))
            start = row[-1].end + ARROW
        return tuple(row)

    def holds(self, end: int) -> bool:
        """Whether a diagram may reach up to a column."""
        return self.most is None or end <= self.most
