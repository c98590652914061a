"""The methods that are compared: each a variant of a study, with what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["reference", "plain", "architecture", "flow", "soft sharing", "balancing", "twin"]

FLAT = "flat"
SHARED = "shared"
TUNED = "tuned-weights"
WEIGHT = "finest_weight"


@dataclass(frozen=True)
class Method:
    """One of the methods.

    Attributes:
        name: Of its variant.
        architecture: The name of it.
        kind: What the method chooses: `plain` is `shared` with fixed weights. A `reference` or a `twin` is
            what others are compared with.
        balancing: How the levels' losses become one step; the weights are equal unless it says otherwise.
        twin: The variant of `shared` that costs as much: of a balancing `shared` with equal weights.
    """

    name: str
    architecture: str
    kind: Kind
    balancing: str = "equal"
    twin: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether the questions of the page are about it."""
        return self.kind not in ("reference", "twin")

    def options(self) -> dict[str, Any]:
        """Its table in a study file."""
        return {"architecture": self.architecture, "set": {"balancing": self.balancing}}


def _twin_of(architecture: str) -> str:
    return f"{SHARED}@{architecture}-macs"


def _balanced(*names: str) -> tuple[Method, ...]:
    return tuple(Method(name, SHARED, "balancing", name, SHARED) for name in names)


_SEPARATE, _MTAN, _EXPERTS = (_twin_of(name) for name in ("independent", "mtan", "ple"))

METHODS = (
    Method(FLAT, FLAT, "reference"),
    Method("independent", "independent", "architecture", twin=_SEPARATE),
    Method(SHARED, SHARED, "plain"),
    Method("coarse-to-fine", "coarse-to-fine", "flow", twin=_SEPARATE),
    Method("fine-to-coarse", "fine-to-coarse", "flow", twin=_SEPARATE),
    Method("shared-coarse-to-fine", "shared-coarse-to-fine", "flow", twin=SHARED),
    Method("shared-fine-to-coarse", "shared-fine-to-coarse", "flow", twin=SHARED),
    Method("cross-stitch", "cross-stitch", "soft sharing", twin=_SEPARATE),
    Method("mtan", "mtan", "soft sharing", twin=_MTAN),
    Method("mmoe", "mmoe", "soft sharing", twin=_EXPERTS),
    Method("ple", "ple", "soft sharing", twin=_EXPERTS),
    *_balanced("uncertainty", "dwa", "gradnorm", "famo"),
    *_balanced("pcgrad", "cagrad", "nash-mtl", "upgrad", "aligned-mtl"),
    *(Method(name, name, "twin") for name in (_SEPARATE, _MTAN, _EXPERTS)),
)


def tables_of(methods: Sequence[Method], weight: float) -> dict[str, dict[str, Any]]:
    """The `[variants.NAME]` tables of a study of these methods, and of the fixed weights that were tuned.

    Where the search came to equal weights, `shared` has these already.

    Args:
        methods: What is compared.
        weight: Of the finest level, where every other one weighs 1.

    Example:
        >>> tables = tables_of(METHODS[2:3], 2.5)
        >>> tables["tuned-weights"]["set"]
        {'balancing': 'fixed', 'finest_weight': 2.5}
        >>> list(tables_of(METHODS[2:3], 1.0))
        ['shared']
    """
    tables = {method.name: method.options() for method in methods}
    if weight != 1:
        tables[TUNED] = {"architecture": SHARED, "set": {"balancing": "fixed", WEIGHT: weight}}
    return tables


def tuned_name(weight: float) -> str:
    """The variant that has the tuned weights."""
    return SHARED if weight == 1 else TUNED
