"""Flows that cannot show anything: between levels that see the same features, into linear heads."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.architecture import Architecture
from taskgraft.recipe import Variant
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._wording import listed


def about_linear_heads(evidence: Evidence) -> Iterator[str]:
    """A sentence that names the variants whose flows add nothing that their heads lack.

    Logits that are linear in the features of a trunk, handed to a head that is linear in the same features,
    leave the functions that it can learn as they are.
    """
    idle = [
        variant.name
        for variant in (evidence.study.record.request.variant(name) for name in evidence.names)
        if not (variant.recipe.network.branch.fc_1 or variant.recipe.network.branch.fc_2)
        and _sees_the_same(variant)
        and _flows_are_linear(variant.architecture)
    ]
    if idle:
        names = listed(idle, "and")
        yield (
            f"Each head of {names} is one linear layer on the same features: what flows between levels is "
            "linear in these, so it can change how they learn, but not what they "
            "can learn. With a hidden layer (`network.branch.fc_2=[256]`) it can."
        )


def _sees_the_same(variant: Variant) -> bool:
    """Whether all levels see the same: one shared trunk, or published weights that never move."""
    architecture, recipe = variant.architecture, variant.recipe
    is_as_published = recipe.frozen_ratio == 1 and recipe.start is None
    return not architecture.mixers and (architecture.trunk == "shared" or is_as_published)


def _flows_are_linear(architecture: Architecture) -> bool:
    """Whether levels exchange nothing but logits or features."""
    carried = {flow.carries for flow in architecture.flows}
    return bool(carried) and "probs" not in carried
