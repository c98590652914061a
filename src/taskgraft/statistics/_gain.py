"""One number for all levels: the mean relative gain over the control."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import DataError
from taskgraft.statistics._finite import FloatArray, finite


def relative_gain(
    scores: npt.ArrayLike, control: npt.ArrayLike, higher_is_better: npt.ArrayLike = True
) -> FloatArray:
    """Delta-m: mean over levels of the relative gain over the control, as a share.

    gain = 1/L sum over levels of sign[l] (score[l] - control[l]) / control[l], where sign is +1 if higher is
    better and -1 if lower is.

    Args:
        scores: Of the architecture, one for each level: shape (..., L).
        control: Of the control, all above 0: the same shape, or one that broadcasts with it.
        higher_is_better: For all levels, or for each: shape (L,).

    Returns:
        Shape (...): positive where the architecture is better.

    Raises:
        DataError: For a NaN, an infinity, or a control at or below 0, over which nothing is a gain.

    Source:
        Maninis, Radosavovic and Kokkinos, *Attentive single-tasking of multiple tasks*, CVPR 2019;
        Vandenhende et al., *Multi-task learning for dense prediction tasks: a survey*, TPAMI 44, 2022.

    Example:
        >>> relative_gain([0.84, 0.63], [0.80, 0.70]).round(3).item()
        -0.025
        >>> relative_gain([0.9, 2.0], [1.0, 2.0], higher_is_better=False).round(3).item()
        0.05
    """
    scores, control = finite(scores, "the scores"), finite(control, "the control's scores")
    if np.any(control <= 0):
        raise DataError.expected(
            "every score of the control",
            "above 0",
            control.min(),
            "Use differences instead of a relative gain.",
        )
    sign = np.where(higher_is_better, 1.0, -1.0)
    gain: FloatArray = np.mean(sign * (scores - control) / control, axis=-1)
    return gain
