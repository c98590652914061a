"""Which architectures seem worth training, by what the first run of `shared` shows of its levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import FLAT, Architecture, catalogue, flat
from taskgraft.errors import Phrase, StudyError
from taskgraft.study import Study, read_probes, run_directory
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict._wording import count, listed

# Between them studies went either way, or their intervals did: docs/diagnosis.md has all nine.
_GAINS, _COSTS = 0.15, 0.03

Outlook = Literal["gains", "costs", "open"]
_SEEN: dict[Outlook, str] = {
    "gains": "In studies where it was so high, a shared trunk scored higher than one for each level "
    "(docs/diagnosis.md).",
    "costs": "In studies where it was so low, a shared trunk scored lower than one for each level "
    "(docs/diagnosis.md).",
    "open": "Studies where it was like that went either way, or showed no difference (docs/diagnosis.md).",
}


@dataclass(frozen=True)
class Suggestion:
    """What one diagnosed run of `shared` suggests of the others. It is no verdict: nothing was compared.

    Attributes:
        transfer: What a step for one level does to the loss of another, as a share of what it does to that
            of the level itself.
        num_probes: Of which it is the mean.
        outlook: What sharing a trunk did where that was alike: `gains`, `costs`, or both (`open`).
        worth: Architectures that seem worth training.
        doubtful: The others.
    """

    transfer: float
    num_probes: int
    outlook: Outlook
    worth: tuple[str, ...]
    doubtful: tuple[str, ...]


def suggest(study: Study) -> Suggestion:
    """What the first run of `shared` that was diagnosed suggests.

    Args:
        study: One of which that run is finished.

    Raises:
        StudyError: If there is none, or its probes are damaged.
    """
    of_shared = [run for run in study.runs if run.variant == "shared"]
    places = [run_directory(study.directory, run.variant, run.seed) for run in of_shared[:1]]
    probes = [probe for place in places for probe in read_probes(place)]
    matrices = [probe.affinities for probe in probes if probe.affinities is not None]
    if not matrices:
        raise StudyError.expected(
            f"shared in {study.directory}",
            "finished and diagnosed",
            Phrase("no probe of it" if of_shared else "no finished run"),
            "Use another directory and, if there are still none, longer runs.",
        )
    share = transfer(np.mean(matrices, axis=0))
    outlook: Outlook = "gains" if share >= _GAINS else "costs" if share <= _COSTS else "open"
    worth, doubtful = _sorted(study.taxonomy, outlook)
    return Suggestion(share, len(matrices), outlook, worth, doubtful)


def transfer(affinities: npt.NDArray[np.float64]) -> float:
    """What steps for other levels do to the loss of a level, as a share of what those for it do.

    Affinities (Fifty et al., 2021) grow as training goes on and losses become small, and with the length of
    the step; their ratio hardly does. 0 where steps for a level do not lower its loss.

    Args:
        affinities: L x L, row i what a step for level i does to the loss of level j.

    Example:
        >>> transfer(np.array([[0.10, 0.03], [0.01, 0.06]]))
        0.25
    """
    itself = affinities.diagonal().mean()
    others = affinities[~np.eye(len(affinities), dtype=bool)].mean()
    return round(float(others / itself), 9) if itself > 0 else 0.0


def suggestion_lines(suggestion: Suggestion) -> Iterator[str]:
    """What is suggested, and on what it rests, a paragraph each."""
    probes = count(suggestion.num_probes, "probe")
    yield (
        f"A step for one level does {100 * suggestion.transfer:.0f} % as much for another as for that level, "
        f"as {probes} of shared saw it."
    )
    yield _SEEN[suggestion.outlook]
    yield f"Worth training: {listed(suggestion.worth, 'and')}."
    if suggestion.doubtful:
        yield f"Less so: {listed(suggestion.doubtful, 'and')}."
    yield "A guess from a few studies, which shows nothing of this data: only runs that are compared do."


def _sorted(taxonomy: Taxonomy, outlook: Outlook) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The six and `flat`: those that seem worth it, and the others."""
    levels = taxonomy.level_names
    # Without a tree no level can be derived from another.
    seven = [*catalogue(levels).values(), *(flat(levels).values() if taxonomy.is_tree else ())]
    worth = [each.name for each in seven if _is_worth(each, outlook)]
    return tuple(worth), tuple(each.name for each in seven if each.name not in worth)


def _is_worth(architecture: Architecture, outlook: Outlook) -> bool:
    is_shared = architecture.trunk == "shared"
    return outlook == "open" or architecture.name == FLAT or is_shared == (outlook == "gains")
