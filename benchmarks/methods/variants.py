"""The methods that are compared: each a variant of a study, with what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["reference", "plain", "architecture", "flow", "soft sharing", "balancing", "twin"]

FLAT = "flat"
SHARED = "shared"
EQUAL = "equal-weights"
# Architectures with a trunk for each level.
SEPARATE = ("independent", "coarse-to-fine", "fine-to-coarse", "cross-stitch")


@dataclass(frozen=True)
class Method:
    """One of the methods.

    Attributes:
        name: Of its variant.
        architecture: The name of it.
        kind: What the method chooses: `plain` is `shared` with weights that do not change. A `reference` or a
            `twin` is what others are compared with.
        balancing: How the levels' losses become one step. Its rate is searched, and the weight of the finest
            level where it has a say in the direction of a step.
        twin: The variant of `shared` that costs as much: of a balancing `shared` with equal weights.
    """

    name: str
    architecture: str
    kind: Kind
    balancing: str = "fixed"
    twin: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether the questions of the page are about it."""
        return self.kind not in ("reference", "twin")

    def options(self) -> dict[str, Any]:
        """Its table in a study file.

        Example:
            >>> METHODS[2].options()
            {'architecture': 'shared', 'set': {'balancing': 'fixed'}}
        """
        return {"architecture": self.architecture, "set": {"balancing": self.balancing}}


def twin_of(architecture: str) -> str:
    """The variant of `shared` that is widened to the cost of another architecture.

    Example:
        >>> twin_of("ple")
        'shared@ple-macs'
    """
    return f"{SHARED}@{architecture}-macs"


def _balanced(*names: str) -> tuple[Method, ...]:
    return tuple(Method(name, SHARED, "balancing", name, EQUAL) for name in names)


_INDEPENDENT, _MTAN, _EXPERTS = (twin_of(name) for name in ("independent", "mtan", "ple"))

METHODS = (
    Method(FLAT, FLAT, "reference"),
    Method("independent", "independent", "architecture", twin=_INDEPENDENT),
    Method(SHARED, SHARED, "plain"),
    Method(EQUAL, SHARED, "plain", "equal"),
    Method("coarse-to-fine", "coarse-to-fine", "flow", twin=_INDEPENDENT),
    Method("fine-to-coarse", "fine-to-coarse", "flow", twin=_INDEPENDENT),
    Method("shared-coarse-to-fine", "shared-coarse-to-fine", "flow", twin=SHARED),
    Method("shared-fine-to-coarse", "shared-fine-to-coarse", "flow", twin=SHARED),
    Method("cross-stitch", "cross-stitch", "soft sharing", twin=_INDEPENDENT),
    Method("mtan", "mtan", "soft sharing", twin=_MTAN),
    Method("mmoe", "mmoe", "soft sharing", twin=_EXPERTS),
    Method("ple", "ple", "soft sharing", twin=_EXPERTS),
    *_balanced("uncertainty", "dwa", "gradnorm", "famo"),
    *_balanced("pcgrad", "cagrad", "nash-mtl", "upgrad", "aligned-mtl"),
    *(Method(name, name, "twin") for name in (_INDEPENDENT, _MTAN, _EXPERTS)),
)
