"""Sifts pairs of signatures by rough cosines, so that few are left to be computed exactly."""

from __future__ import annotations

import numpy as np
import torch

from taskgraft.audit._signature import FloatArray
from taskgraft.hardware import multiplies_bf16
from taskgraft.taxonomy import IntArray

# What rounding may take off a cosine. In bf16 inputs, both products and their sum are each rounded by at most
# 2**-9 of themselves, and the lengths of both signatures are at most 1: 2**-8 + 2**-9 + 2**-9, and a little.
_ROUNDING = {torch.bfloat16: 0.009, torch.float32: 1e-5}


class Screen:
    """The signatures of all images, rounded where the processor multiplies rounded numbers faster.

    Args:
        even: The entries that mirroring leaves as they are, shape (N, E).
        odd: Those whose sign it changes, shape (N, O). A signature is at most 1 long.

    Example:
        >>> even = np.array([[0.6], [0.6], [-0.6]], np.float32)
        >>> odd = np.array([[0.8], [-0.8], [0]], np.float32)
        >>> Screen(even, odd).rows(slice(0, 3), slice(1, 2), least=0.9).tolist()
        [0, 1]
    """

    def __init__(self, even: FloatArray, odd: FloatArray) -> None:
        dtype = torch.bfloat16 if multiplies_bf16("cpu") else torch.float32
        self._rounding = _ROUNDING[dtype]
        self._even, self._odd = (torch.from_numpy(half).to(dtype) for half in (even, odd))

    def rows(self, rows: slice, columns: slice, least: float) -> IntArray:
        """The rows of a block that may hold a cosine of `least` or more; all that do are among them.

        Args:
            rows: Images of the one side.
            columns: Images of the other side.
            least: Of the larger of a pair's two cosines, the plain and the mirrored one.

        Returns:
            Places within the block, ascending.
        """
        least -= self._rounding
        if least <= 0:
            return np.arange(len(self._even[rows]))
        cosine = self._even[rows] @ self._even[columns].T
        cosine += (self._odd[rows] @ self._odd[columns].T).abs_()
        places: IntArray = (_largest(cosine) >= least).nonzero()[:, 0].numpy()
        return places


def _largest(table: torch.Tensor) -> torch.Tensor:
    """The largest number of each row, where it is positive."""
    if table.dtype == torch.bfloat16:
        # The bits of positive numbers stand in the order of the numbers, and are compared far faster.
        return table.view(torch.int16).amax(1).view(torch.bfloat16).float()
    return table.amax(1)
