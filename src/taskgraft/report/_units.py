"""Figures as a reader sees them: rounded, with their unit. A score is a share from 0 to 1 until here."""

from __future__ import annotations


def scaled(number: float) -> str:
    """A large count in thousands (k), millions (M) or thousands of millions (G).

    Example:
        >>> scaled(118_400_000), scaled(18_783_864), scaled(950)
        ('118 M', '18.8 M', '950')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 0.9995 * size:
            value = number / size
            return f"{value:.0f} {letter}" if value >= 99.95 else f"{value:.1f} {letter}"
    return f"{number:.0f}"


def seconds(number: float) -> str:
    """A duration in seconds, to a tenth when it is short.

    Example:
        >>> seconds(4.217), seconds(1834.6)
        ('4.2', '1,835')
    """
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def pflop(number: float) -> str:
    """A training cost in PFLOP, to three decimals.

    Example:
        >>> pflop(0.2812), pflop(0.00002)
        ('0.281', '< 0.001')
    """
    return f"{number:,.3f}" if number >= 0.0005 else "< 0.001"


def gigabytes(number: int) -> str:
    """Bytes in GB (1e9 bytes).

    Example:
        >>> gigabytes(1_234_000_000)
        '1.23'
    """
    return f"{number / 1e9:.2f}"


def p_value(p: float | None) -> str:
    """A p-value to three decimals; a dash where there is none.

    Example:
        >>> p_value(0.0312), p_value(0.00001), p_value(None)
        ('0.031', '< 0.001', '–')
    """
    if p is None:
        return "–"
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def milliseconds(number: float) -> str:
    """A latency in milliseconds, three figures or so.

    Example:
        >>> milliseconds(0.5321), milliseconds(12.34), milliseconds(123.4)
        ('0.532', '12.3', '123')
    """
    if number >= 99.95:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 9.995 else f"{number:.3g}"
