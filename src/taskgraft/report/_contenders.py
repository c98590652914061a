"""What is to be said of each variant in the choice, in a few words."""

from __future__ import annotations

from taskgraft.verdict import Contender, magnitude

EXPLORATORY = (
    "Other scores, other decodings and flows. Each family is corrected by itself, and not for the others: "
    "what is detected here is a hint, for another study to declare."
)
"""What stands above all that is not of the primary score."""


def outlook_text(one: Contender) -> str:
    """What would show a variant within the margin, if differences stay as they are.

    Example:
        >>> outlook_text(Contender("a", "joint", num_seeds=8)), outlook_text(Contender("a", "joint"))
        ('about 8 seeds', '')
    """
    if one.place == "out":
        return f"{one.num_failed} runs failed"
    if one.num_seeds is not None:
        return f"about {one.num_seeds} seeds"
    floor = magnitude(one.floor) if one.floor is not None else ""
    return {
        None: "",
        "margin": "no seeds: behind by more",
        "images": f"no seeds: the images leave {floor} open",
        "seeds": "more seeds than anybody trains",
    }[one.obstacle]
