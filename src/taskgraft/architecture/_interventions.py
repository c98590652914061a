"""What may flow in place of what a network carries, to see whether a flow is used."""

from __future__ import annotations

from typing import Literal, get_args

Intervention = Literal["none", "mean", "shuffled", "oracle"]
INTERVENTIONS: tuple[Intervention, ...] = get_args(Intervention)
