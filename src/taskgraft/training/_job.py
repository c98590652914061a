"""What is trained, on what, how and where: all of a run but its seed."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import ALONE, Hardware, Team
from taskgraft.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Job:
    """A training without its seed.

    Attributes:
        architecture: What to train.
        data: Its train split is trained on, its val split scored after each epoch.
        recipe: Every number of the run.
        hardware: Device, precision and layout; made to compute as the recipe says.
        team: The processes that train it together, as this one sees them.
    """

    architecture: Architecture
    data: Dataset
    recipe: Recipe
    hardware: Hardware
    team: Team = ALONE

    def __post_init__(self) -> None:
        computing = self.hardware.computing(self.recipe.precision, self.recipe.layout)
        object.__setattr__(self, "hardware", computing)

    @property
    def batch_size(self) -> int:
        """Images in a step: the recipe's, or all that there are."""
        return min(self.recipe.batch_size, self.data.num_images["train"])
