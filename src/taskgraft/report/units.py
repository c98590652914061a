"""Figures as a reader sees them: rounded, with their unit. A score is a share from 0 to 1 until here."""

from __future__ import annotations

from taskgraft.statistics.paired import Interval
from taskgraft.study.summary import Spread

_MINUS = "\N{MINUS SIGN}"


def percent(spread: Spread) -> str:
    """A score in per cent, with one standard deviation over seeds where there is one.

    Example:
        >>> percent(Spread(0.5234, 0.0041)), percent(Spread(0.5234, None))
        ('52.3 ± 0.4', '52.3')
    """
    mean = f"{100 * spread.mean:.1f}"
    return mean if spread.std is None else f"{mean} ± {100 * spread.std:.1f}"


def points(share: float) -> str:
    """A difference in percentage points, signed; one that would round to zero has a second decimal.

    Example:
        >>> points(0.018), points(-0.0104), points(0.0004), points(0.0)
        ('+1.8', '−1.0', '+0.04', '0.0')
    """
    value = 100 * share
    if abs(value) < 0.005:
        return "0.0"
    return (
        f"{value:+.1f}".replace("-", _MINUS) if abs(value) >= 0.05 else f"{value:+.2f}".replace("-", _MINUS)
    )


def span(interval: Interval) -> str:
    """The two ends of an interval, in percentage points.

    Example:
        >>> span(Interval(0.018, 0.012, 0.024, num_seeds=3))
        '+1.2 to +2.4'
    """
    return f"{points(interval.low)} to {points(interval.high)}"


def count(number: int, noun: str) -> str:
    """A number of things.

    Example:
        >>> count(1, "seed"), count(1200, "image")
        ('1 seed', '1,200 images')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


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
