"""A family of trunks: how the layers of one lane are built, from the family's numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from torch import nn

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe import TrunkSpec
from taskgraft.registry import Registry

SpecT = TypeVar("SpecT", bound=TrunkSpec)


class IndivisibleError(Exception):
    """A trunk that cannot be divided into stages; says why, as what follows its name and a comma."""


@dataclass(frozen=True)
class Lane:
    """One lane of a trunk, from pixels to features.

    Attributes:
        stages: As many as the spec says. The first sees normalised pixels (B, C, H, W); each hands its maps,
            of any shape, to the next.
        pool: Makes features (B, D) of the last maps.
    """

    stages: Sequence[nn.Module]
    pool: nn.Module


class TrunkFamily(ABC, Generic[SpecT]):
    """Builds lanes: the place where another kind of trunk is added, with its `TrunkSpec`.

    Register a subclass in `TRUNK_FAMILIES` under the name that its spec has as `family`. See
    `docs/extension.md`.
    """

    @abstractmethod
    def lane(self, spec: SpecT, image_shape: tuple[int, int, int]) -> Lane:
        """Builds one lane, whose modules declare their weights (`declare`).

        Args:
            spec: The family's numbers.
            image_shape: Channels, height and width.
        """

    def divided(self, spec: SpecT, image_shape: tuple[int, int, int]) -> SpecT:
        """The numbers of the same trunk in as many stages as it can have, for a family that starts with one.

        It gives the same features, of the same weights.

        Args:
            spec: The family's numbers.
            image_shape: Channels, height and width.

        Raises:
            IndivisibleError: If it cannot be divided.
        """
        del image_shape
        return spec

    def normalisation(self, spec: SpecT, num_channels: int) -> tuple[list[float], list[float]] | None:
        """Mean and standard deviation of each channel, 0 to 255, that its first weights were trained with.

        None leaves both to the recipe.
        """
        del spec, num_channels
        return None

    def check(self, spec: SpecT, image_shape: tuple[int, int, int]) -> None:
        """Looks at what the spec names outside of itself, such as a file, before anything is written.

        Nothing is downloaded here: that is for `fetch`.

        Raises:
            TaskgraftError: If it cannot be used.
        """
        del spec, image_shape

    def fetch(self, spec: SpecT, image_shape: tuple[int, int, int]) -> None:
        """Gets what the spec names elsewhere, once a study is to begin, before anything is written.

        Raises:
            TaskgraftError: If it is not available.
        """
        del spec, image_shape


TRUNK_FAMILIES: Registry[type[TrunkFamily[Any]]] = Registry("the trunk's family")


def trunk_family(spec: TrunkSpec) -> TrunkFamily[Any]:
    """The family that builds what a spec describes.

    Raises:
        RequestError: If it is not registered.
    """
    return TRUNK_FAMILIES[spec.family]()


def wrong_size(spec: TrunkSpec, image_shape: tuple[int, int, int]) -> RequestError:
    """The error for images that a trunk's layers cannot look at."""
    _, height, width = image_shape
    return RequestError.expected(
        "images",
        f"of a size that {spec.title} can look at",
        f"{height}x{width}",
        f"Use larger ones ({Parameter('size')}), or another {Parameter('trunk')}.",
    )
