"""Flows that cannot show anything: within one trunk, into heads that are a single linear layer."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.architecture import Architecture
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
        and _flows_within_one_trunk(variant.architecture)
    ]
    if idle:
        names = listed(idle, "and")
        yield (
            f"Each head of {names} is one linear layer on a shared trunk: what flows between levels is "
            "linear in the features that all of them see, so it can change how they learn, but not what they "
            "can learn. With a hidden layer (`network.branch.fc_2=[256]`) it can."
        )


def _flows_within_one_trunk(architecture: Architecture) -> bool:
    """Whether levels that see the same features exchange nothing but logits or features."""
    carried = {flow.carries for flow in architecture.flows}
    return (
        architecture.trunk == "shared"
        and not architecture.mixers
        and bool(carried)
        and "probs" not in carried
    )
