"""Names of a file's outputs: safe everywhere, each once, whatever the levels are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PIXELS, PATH, DEPTH, CERTAINTY = "pixels", "path", "depth", "certainty"

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 60


@dataclass(frozen=True)
class LevelOutputs:
    """What the outputs of one level are called.

    Attributes:
        logits: As they leave the network.
        probs: Calibrated probabilities of the level's head.
        node_probs: Probabilities that agree along the tree, which `certainty` and `depth` rest on.
    """

    logits: str
    probs: str
    node_probs: str

    @classmethod
    def of(cls, name: str) -> LevelOutputs:
        """The outputs of a level by its safe name."""
        return cls(f"logits_{name}", f"probs_{name}", f"node_probs_{name}")


def outputs_of(levels: Sequence[str]) -> tuple[LevelOutputs, ...]:
    """The outputs of every level, coarsest first.

    Args:
        levels: Their names.

    Example:
        >>> [outputs.logits for outputs in outputs_of(["kind", "Sub kind/type"])]
        ['logits_kind', 'logits_Sub_kind_type']
    """
    return tuple(map(LevelOutputs.of, safe_names(levels)))


def safe_names(names: Sequence[str]) -> list[str]:
    """Names of ASCII letters, digits and `_`, each once, in any spelling of upper and lower case.

    A name that is safe already stays as it is; the others follow in their order, numbered where needed.

    Example:
        >>> safe_names(["a b", "a_b", "A-B", "種"])
        ['a_b_2', 'a_b', 'A_B_3', 'level']
    """
    safe = [_UNSAFE.sub("_", name).strip("_")[:_LONGEST] or "level" for name in names]
    kept = {name: place for place, name in reversed([*enumerate(names)]) if safe[place] == name}
    taken: set[str] = set()
    chosen = dict.fromkeys(range(len(names)), "")
    # Those that stay come first, so that no other one takes their names.
    for place in sorted(chosen, key=lambda place: kept.get(names[place]) != place):
        name, number = safe[place], 1
        while name.lower() in taken:
            number += 1
            name = f"{safe[place]}_{number}"
        taken.add(name.lower())
        chosen[place] = name
    return [chosen[place] for place in range(len(names))]
