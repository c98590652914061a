"""Which variant to take: the cheapest that is shown to be within the margin of the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from taskgraft.statistics import pareto_front
from taskgraft.study import LATENCY
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._decoded_cost import macs_read
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._learning import Learning
from taskgraft.verdict._more_seeds import with_seeds
from taskgraft.verdict._questions import questions_of
from taskgraft.verdict._race import Race
from taskgraft.verdict._reason import Choice, reason_of
from taskgraft.verdict._recommendation import Contender, Recommendation
from taskgraft.verdict._records import Standing
from taskgraft.verdict._remedy import next_seeds, remedy_of

# How far apart two costs may be and still count as the same; milliseconds are measured on noisy machines.
_SAME_MACS, _SAME_MILLISECONDS = 0.02, 0.1


def recommend(
    evidence: Evidence,
    aim: Aim,
    standings: Sequence[Standing],
    learning: Learning | None = None,
    cautions: tuple[str, ...] = (),
) -> Recommendation | None:
    """Takes the cheapest variant whose loss against the best is shown to be below the margin.

    Shown is what the upper end of the 95 % interval says. Cheapest is fewest MACs; for `latency` it is the
    least time for one image, where that was measured of all. Of those that cost the same, the one that scores
    highest on val is taken. Where the evidence shows it of none, none is taken; nor where runs have hardly
    begun to learn.

    Args:
        evidence: The runs.
        aim: The primary score and the margin.
        standings: All variants.
        learning: How far the networks have learned.
        cautions: What has to be read beside the recommendation.

    Returns:
        None for a single variant.
    """
    if len(standings) < 2:
        return None
    race, costs, taken = raced(evidence, aim, standings)
    learning = learning or Learning()
    is_too_early = learning.is_too_early_for(taken, race.seeds)
    taken = None if is_too_early else taken
    contenders = tuple(
        replace(one, place="recommended") if one.variant == taken else one for one in race.contenders
    )
    open_ones = [one for one in contenders if taken is None or costs.is_cheaper(one.variant, taken)]
    choice = Choice(
        aim, race, contenders, {s.variant: s for s in standings}, taken, tuple(open_ones), is_too_early
    )
    num_seeds = next_seeds(choice)
    favoured = {one.variant: one.decoding for one in contenders}.get(taken or race.best or "", PLAIN)
    return Recommendation(
        prefer=aim.prefer,
        score=aim.score,
        margin=aim.margin,
        variant=taken,
        decoding=favoured,
        best=race.best,
        seeds=race.seeds,
        contenders=contenders,
        reason=reason_of(choice),
        remedy=remedy_of(choice, evidence),
        command=None if num_seeds is None else with_seeds(evidence.study.record, num_seeds),
        front=_front(contenders),
        cautions=cautions,
        questions=questions_of(choice, evidence),
    )


def raced(evidence: Evidence, aim: Aim, standings: Sequence[Standing]) -> tuple[Race, Costs, str | None]:
    """The race at the primary score, what its variants cost, and the one that is taken, if any."""
    race = Race.of(evidence, aim)
    race = replace(race, contenders=_with_macs(evidence, race.contenders, standings))
    costs = Costs.of(race.contenders, standings, aim.prefer)
    level = [one.variant for one in race.contenders if one.place == "level"]
    return race, costs, max(costs.cheapest(level), key=lambda name: race.on_val[name], default=None)


def _with_macs(
    evidence: Evidence, contenders: Sequence[Contender], standings: Sequence[Standing]
) -> tuple[Contender, ...]:
    """What each costs as it is decoded; the plain way reads all of a network."""
    costs = {s.variant: s.cost for s in standings}
    return tuple(
        replace(
            one,
            macs=costs[one.variant].macs
            if one.decoding == PLAIN
            else macs_read(
                evidence.study,
                evidence.study.record.request.variant(one.variant),
                costs[one.variant],
                one.decoding,
            ),
        )
        for one in contenders
    )


@dataclass(frozen=True)
class Costs:
    """What variants cost, and from which ratio on that is no longer the same."""

    amounts: dict[str, float]
    tie: float

    @classmethod
    def of(cls, contenders: Sequence[Contender], standings: Sequence[Standing], prefer: str) -> Costs:
        """MACs of what each decoding reads; for `latency` milliseconds, where they were measured of all."""
        times = {s.variant: s.inference.latency_p50_milliseconds for s in standings if s.inference}
        if prefer == LATENCY and len(times) == len(standings):
            return cls(times, 1 + _SAME_MILLISECONDS)
        return cls({one.variant: float(one.macs) for one in contenders}, 1 + _SAME_MACS)

    def cheapest(self, names: Sequence[str]) -> list[str]:
        """Those that cost least, and as little."""
        least = min((self.amounts[name] for name in names), default=0.0)
        return [name for name in names if self.amounts[name] <= least * self.tie]

    def is_cheaper(self, name: str, other: str) -> bool:
        """Whether one costs clearly less than another."""
        return self.amounts[name] * self.tie < self.amounts[other]


def _front(contenders: Sequence[Contender]) -> tuple[str, ...]:
    """The variants of the Pareto front of score, decoded as each is, against MACs; cheapest first."""
    macs = {one.variant: one.macs for one in contenders}
    scored = [(one.variant, one.score.estimate) for one in contenders if one.score is not None]
    if not scored:
        return ()
    front = pareto_front([score for _, score in scored], [macs[name] for name, _ in scored])
    names = [name for (name, _), is_on in zip(scored, front, strict=True) if is_on]
    return tuple(sorted(names, key=lambda name: macs[name]))
