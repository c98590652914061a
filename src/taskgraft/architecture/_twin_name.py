"""What a twin is called: an architecture whose widths are scaled until it costs what another one costs."""

from __future__ import annotations

from typing import get_args

from taskgraft.choices import Measure

MEASURES: tuple[Measure, ...] = get_args(Measure)


def twin_name(name: str, reference: str, measure: Measure) -> str:
    """What a twin is called.

    Example:
        >>> twin_name("shared", "independent", "macs")
        'shared@independent-macs'
    """
    return f"{name}@{reference}-{measure}"


def parse_twin(name: str) -> tuple[str, str, Measure] | None:
    """Architecture, reference and measure of a twin's name; None for a name of another form.

    Example:
        >>> parse_twin("shared@independent-macs"), parse_twin("shared")
        (('shared', 'independent', 'macs'), None)
    """
    base, _, rest = name.partition("@")
    reference, _, measure = rest.rpartition("-")
    for each in MEASURES:
        if base and reference and measure == each:
            return base, reference, each
    return None
