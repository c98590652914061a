"""A balancer that finds no memory when two runs are at once for the first time, and only then.

Workers import it by its name. `ONE_AT_A_TIME` is a folder in which they leave a mark.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn

from taskgraft.training.balancers import BALANCERS, Fixed


@BALANCERS.add("one at a time")
class OneAtATime(Fixed):
    """Of the first two processes that make a step, one fails."""

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """As `Fixed`, if there is room; the first process waits for a second."""
        folder = Path(os.environ["ONE_AT_A_TIME"])
        (folder / str(os.getpid())).touch()
        while len(list(folder.iterdir())) < 2:
            time.sleep(0.01)
        with contextlib.suppress(FileExistsError):
            (folder / "failed").touch(exist_ok=False)
            raise MemoryError("cannot allocate memory")
        super().backward(losses, features, shared_parameters)
