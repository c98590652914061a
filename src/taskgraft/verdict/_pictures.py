"""What the variants took the gallery's images for."""

from __future__ import annotations

import numpy as np

from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._prediction_records import Opinions


def opinions_of(evidence: Evidence) -> dict[str, tuple[Opinions, ...]]:
    """By kind of picture, what was predicted of each image of the study's gallery; empty without one."""
    runs = np.concatenate([reading.confidences for reading in evidence.variants.values()])
    confidences = runs.mean(axis=0)
    opinions, first = {}, 0
    for kind, positions in evidence.positions.items():
        numbers = range(first, first + len(positions))
        opinions[kind] = tuple(
            Opinions(
                int(position),
                tuple(evidence.targets[position].tolist()),
                {name: tuple(of.answers[number].tolist()) for name, of in evidence.variants.items()},
                float(confidences[number]),
            )
            for number, position in zip(numbers, positions, strict=True)
        )
        first += len(positions)
    return opinions
