"""One measured number, as the bench prints it and writes it as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from pydantic import BaseModel, ConfigDict


class Figure(BaseModel):
    """The median of a few measurements, with the smallest and the largest.

    Attributes:
        figure: Its name; names are stable from version to version.
        value: The median.
        unit: What it is counted in; `ratio` for a share or a quotient.
        min: The smallest measurement.
        max: The largest measurement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    figure: str
    value: float
    unit: str
    min: float
    max: float


def summarise(name: str, measured: Sequence[float], unit: str) -> Figure:
    """The figure of some measurements of one thing.

    Example:
        >>> summarise("data_share.fast.shared", [0.02, 0.01, 0.03], "ratio").value
        0.02
    """
    return Figure(figure=name, value=median(measured), unit=unit, min=min(measured), max=max(measured))
