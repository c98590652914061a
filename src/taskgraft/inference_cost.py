"""What prediction cost, as records and tables have it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class InferenceCost(BaseModel):
    """The cost of one network's predictions, on the core install's engine (torch, batch norms folded).

    Attributes:
        latency_p50_milliseconds: Median time of a call with one image.
        latency_p99_milliseconds: Time that 99 % of those calls stay below.
        images_per_second: In batches of 250, median of the rounds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    latency_p50_milliseconds: float
    latency_p99_milliseconds: float
    images_per_second: float
