"""Sizes of files, for people."""

from __future__ import annotations


def size_text(num_bytes: int) -> str:
    """Bytes in the unit that suits them, with one decimal.

    Example:
        >>> size_text(1_500), size_text(2_300_000), size_text(12_000_000_000)
        ('1.5 kB', '2.3 MB', '12.0 GB')
    """
    if num_bytes >= 1e9:
        return f"{num_bytes / 1e9:,.1f} GB"
    return f"{num_bytes / 1e6:,.1f} MB" if num_bytes >= 1e5 else f"{num_bytes / 1e3:,.1f} kB"
