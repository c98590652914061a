"""A balancer that finds no memory while two runs are at once, but for the first time only.

Workers import it by its name. `ONE_AT_A_TIME` is a folder in which runs leave a mark.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, nn

from taskgraft.training.balancers import BALANCERS, Fixed


@BALANCERS.add("one at a time")
class OneAtATime(Fixed):
    """The second process to make a step fails, once."""

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """As `Fixed`, if there is room."""
        folder = Path(os.environ["ONE_AT_A_TIME"])
        (folder / str(os.getpid())).touch()
        if len(list(folder.iterdir())) == 2 and not (folder / "failed").exists():
            (folder / "failed").touch()
            raise MemoryError("cannot allocate memory")
        super().backward(losses, features, shared_parameters)
