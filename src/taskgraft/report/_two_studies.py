"""Two studies, each with its verdict, and what differs between them."""

from __future__ import annotations

from taskgraft.study import Study, differences
from taskgraft.verdict import Verdict

Concluded = tuple[Study, Verdict]


def differing(first: Concluded, second: Concluded) -> list[str]:
    """What differs between the requests of two studies, a line an item."""
    return differences(first[0].record.request, second[0].record.request, ("in A", "in B"))
