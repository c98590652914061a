"""What mixes the lanes of an architecture, in a few words: a drawing shows each lane as one arrow."""

from __future__ import annotations

from itertools import groupby

from taskgraft.architecture import Architecture, what_is_mixed


def mixed_in_words(architecture: Architecture) -> list[str]:
    """A line for the experts, if there are some, and one for each mixer with the stages it stands behind.

    Example:
        >>> from taskgraft.architecture import known_architectures
        >>> soft = known_architectures(["coarse", "fine"], num_stages=3)
        >>> mixed_in_words(soft["cross-stitch"])
        ['behind conv 1-3: cross-stitch']
        >>> mixed_in_words(soft["ple"])
        ['experts: 1 shared, 1 for each level', 'behind conv 2-3: gates']
    """
    lines = []
    if (experts := architecture.experts) is not None:
        counts = [(experts.shared, "shared"), (experts.specific, "for each level")]
        lines.append("experts: " + ", ".join(f"{count} {words}" for count, words in counts if count))
    for mixer in dict.fromkeys(mixing.mixer for mixing in architecture.mixers):
        stages = sorted(mixing.stage for mixing in architecture.mixers if mixing.mixer == mixer)
        each = " for each level" if what_is_mixed(architecture) == "one lane" else ""
        lines.append(f"behind conv {_runs(stages)}: {mixer}{each}")
    return lines


def _runs(stages: list[int]) -> str:
    """Stages in order, those in a row as one span.

    Example:
        >>> _runs([1, 2, 3, 5])
        '1-3, 5'
    """
    runs = []
    for _, run in groupby(enumerate(stages), key=lambda placed: placed[1] - placed[0]):
        numbers = [stage for _, stage in run]
        runs.append(f"{numbers[0]}-{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}")
    return ", ".join(runs)
