"""One score of one run, with what chance in the test images makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Logits = list[npt.NDArray[np.float32]]
FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Sample:
    """A score of a run: its value on the whole test split, and under R resamplings of it, (R,)."""

    value: float
    draws: FloatArray
