"""The numbers that turn an architecture into layers: trunk and branch, for one recipe."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny

from taskgraft.recipe._spec import Spec, times
from taskgraft.recipe._trunk_spec import TrunkSpec, trunk_of_its_family


class BranchSpec(Spec):
    """What follows the trunk for one level.

    Attributes:
        fc_1: Widths of the dense blocks before the flows come in; empty hands the features on.
        fc_2: Widths of the dense blocks after the flows came in.
        dropout: Share of activations dropped in each dense block, while training.
    """

    fc_1: tuple[PositiveInt, ...]
    fc_2: tuple[PositiveInt, ...]
    dropout: float = Field(default=0.0, ge=0, lt=1)


class NetworkSpec(Spec):
    """Trunk, branch and the conventions of the branches.

    Attributes:
        trunk: Of any family in `TRUNK_SPECS`; its layers and first weights are its family's.
        branch: Widths of the branches.
        conventions: Of the branches: `keras` (ReLU before batch norm, Keras batch norm, Glorot-uniform
            weights) or `modern` (batch norm before SiLU, no biases before it, LeCun-uniform weights).
    """

    trunk: Annotated[SerializeAsAny[TrunkSpec], BeforeValidator(trunk_of_its_family)]
    branch: BranchSpec
    conventions: Literal["keras", "modern"]

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
