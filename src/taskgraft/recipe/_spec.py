"""The base of every record that a recipe is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A frozen record that refuses unknown fields; fields say what they mean and in what range."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
