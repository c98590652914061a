"""What a trunk is built of: one record a family, which also says what such a trunk can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe._spec import Spec
from taskgraft.registry import Registry


class TrunkSpec(Spec):
    """The numbers of one trunk: the base of a record for each family, registered in `TRUNK_SPECS`.

    What a trunk can do stands here, where recipes see it without torch. `taskgraft.network` builds the layers
    (`TrunkFamily`); `docs/extension.md` adds a family to both.

    Attributes:
        grows_images: Whether images of several sizes can be looked at, the features being as many.
        follows_images: Whether larger images are followed by more stages (`with_stages_in_front`).
        suits_muon: Whether a batch norm stands behind every matrix that Muon would turn.
        width_fields: Names of the fields that `with_stages_in_front` changes.
    """

    grows_images: ClassVar[bool] = False
    follows_images: ClassVar[bool] = False
    suits_muon: ClassVar[bool] = False
    width_fields: ClassVar[tuple[str, ...]] = ()

    family: str = Field(description="Name of the family; a subclass gives it as a literal and its default.")

    @classmethod
    def kinds(cls) -> tuple[type[Spec], ...]:
        """Every family's record, where any will do."""
        return tuple(TRUNK_SPECS[name] for name in TRUNK_SPECS) if cls is TrunkSpec else (cls,)

    @property
    def title(self) -> str:
        """What an error calls such a trunk."""
        return f"a {self.family} trunk"

    @property
    def num_stages(self) -> int:
        """How many stages it has, which is how late it can fork."""
        return 1

    @property
    def smallest_side(self) -> int:
        """Pixels that an image must have a side, as far as these numbers say."""
        return 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Every width that a ratio scales."""
        return ()

    @property
    def is_trained(self) -> bool:
        """Whether it begins with weights of an earlier training."""
        return False

    @property
    def is_whitened(self) -> bool:
        """Whether its first filters are computed from the train images."""
        return False

    def unwhitened(self) -> Self:
        """The same trunk with first filters that are learned."""
        return self

    def scaled(self, ratio: float) -> Self:
        """The same trunk with all widths times a ratio.

        Raises:
            RequestError: Here, for another ratio than 1; a family that has widths scales them.
        """
        if ratio != 1:
            raise RequestError.expected(
                f"an architecture with {self.title}",
                "as wide as it is made",
                f"width ratio {ratio:g}",
                f"Leave {Parameter('match')} out, or use a recipe's own trunk.",
            )
        return self

    def with_stages_in_front(self, num_stages: int) -> Self:
        """The same trunk with so many more stages before its first; for a family that follows images."""
        raise NotImplementedError(f"{self.family} does not follow images")


TRUNK_SPECS: Registry[type[TrunkSpec]] = Registry("the trunk's family")


def trunk_of_its_family(value: Any) -> Any:
    """A record as its family's: what was read from a file has its name only.

    Raises:
        ValueError: If the family is none that is registered.
    """
    if not isinstance(value, Mapping):
        return value
    try:
        family = TRUNK_SPECS[str(value.get("family", ""))]
    except RequestError as error:
        raise ValueError(str(error)) from error
    return family.model_validate(dict(value))
