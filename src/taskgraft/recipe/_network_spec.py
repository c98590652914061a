"""The numbers that turn an architecture into layers: trunk and branch, for one recipe."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny

from taskgraft.recipe._spec import Spec, times
from taskgraft.recipe._trunk_spec import TrunkSpec, trunk_of_its_family


class BranchSpec(Spec):
    """What follows the trunk for one level."""

    fc_1: tuple[PositiveInt, ...] = Field(
        description="Widths of the dense blocks before the flows come in; empty hands the features on."
    )
    fc_2: tuple[PositiveInt, ...] = Field(description="Widths of the dense blocks after the flows came in.")
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of activations dropped in each dense block, while training."
    )


class NetworkSpec(Spec):
    """Trunk, branch and the conventions of the branches; those of the trunk are its family's."""

    trunk: Annotated[SerializeAsAny[TrunkSpec], BeforeValidator(trunk_of_its_family)] = Field(
        description="The layers that one or all levels look through."
    )
    branch: BranchSpec = Field(description="The layers of one level, behind the trunk.")
    conventions: Literal["keras", "modern"] = Field(
        description="Of the branches. keras: ReLU before batch norm, Keras' batch norm, Glorot-uniform "
        "weights. modern: batch norm before SiLU, no biases before it, LeCun-uniform weights."
    )

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales: stem (a whitened one is fixed), stages and dense blocks."""
        return (*self.trunk.widths, *self.branch.fc_1, *self.branch.fc_2)

    def scaled(self, ratio: float) -> Self:
        """The same network with all widths times a ratio, each rounded to a whole number of at least 1.

        Example:
            >>> from taskgraft.recipe import recipe
            >>> recipe("quick").network.scaled(1.5).widths
            (36, 72, 144, 96)
        """
        branch = {
            name: tuple(times(width, ratio) for width in getattr(self.branch, name))
            for name in ("fc_1", "fc_2")
        }
        return self.model_copy(
            update={
                "trunk": self.trunk.scaled(ratio),
                "branch": self.branch.model_copy(update=branch),
            }
        )
