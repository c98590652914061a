"""What a study compares: its control, the factorial its variants form, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from taskgraft.architecture import CONTROL
from taskgraft.recipe import Variant
from taskgraft.verdict._factors import Factorial, factorial_of

Noun = Literal["architecture", "variant"]


@dataclass(frozen=True)
class Design:
    """What a study compares.

    Attributes:
        noun: What its variants are called: architectures, where nothing else differs.
        control: The variant that differences are taken from; None where there is none with runs.
        factorial: The largest full factorial of its variants; None where they form none.
    """

    noun: Noun
    control: str | None
    factorial: Factorial | None

    @classmethod
    def of(cls, variants: Sequence[Variant], finished: Sequence[str]) -> Self:
        """The design of some variants, of which those named have finished runs."""
        control = control_of(variants)
        return cls(
            "variant" if _varies_recipes(variants) else "architecture",
            control if control in finished else None,
            factorial_of(variants),
        )


def control_of(variants: Sequence[Variant]) -> str | None:
    """The variant that differences are taken from: the control or, where recipes vary, the first.

    Returns:
        Its name; None for other architectures alone.

    Example:
        >>> from taskgraft.architecture import Architecture
        >>> from taskgraft.recipe import recipe
        >>> pair = [Variant(name, Architecture(name, ("a", "b")), recipe("quick")) for name in ("x", "y")]
        >>> control_of(pair) is None
        True
        >>> control_of([pair[0], Variant("x+fast", pair[0].architecture, recipe("fast"))])
        'x'
    """
    if any(variant.name == CONTROL for variant in variants):
        return CONTROL
    independent = (variant.name for variant in variants if variant.architecture.name == CONTROL)
    return next(independent, variants[0].name if _varies_recipes(variants) else None)


def _varies_recipes(variants: Sequence[Variant]) -> bool:
    return len({variant.recipe for variant in variants}) > 1
