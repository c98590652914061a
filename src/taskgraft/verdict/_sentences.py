"""What a study found, in sentences made from its numbers; none goes further than its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.architecture import parse_twin
from taskgraft.statistics import Interval
from taskgraft.verdict._change import Change
from taskgraft.verdict._design import Design
from taskgraft.verdict._effect_sentences import of_effects
from taskgraft.verdict._evidence import Evidence, Values
from taskgraft.verdict._factors import SHARING
from taskgraft.verdict._findings import Findings
from taskgraft.verdict._flow_sentences import of_flow_use
from taskgraft.verdict._forks import is_fork, of_forks
from taskgraft.verdict._over_flat import flats, of_flat
from taskgraft.verdict._pairs import by_score, in_place_of
from taskgraft.verdict._records import Comparison, FlowUse, OverFlat, Standing, is_significant
from taskgraft.verdict._sample import FloatArray
from taskgraft.verdict._topics import Topic, topic
from taskgraft.verdict._wording import named

JOINT = "joint"
# More variants than these are not compared with the control one by one: their table does that.
_MOST_VARIANTS = 12


def primary_topics(
    evidence: Evidence,
    design: Design,
    standings: Sequence[Standing],
    findings: Findings,
    over_flat: Sequence[OverFlat],
) -> tuple[Topic, ...]:
    """What can be said of the primary score, each sentence fit to be quoted by itself.

    Args:
        evidence: The runs.
        design: What they compare.
        standings: The leaderboard.
        findings: Pairs and effects under the plain decoding, at the primary score.
        over_flat: Every variant against the flat one.
    """
    pays = of_flat(over_flat, evidence.study.taxonomy.level_names)
    return (
        *topic("Does predicting the coarser levels pay?", pays),
        *topic("What each factor does", of_effects(design.factorial, findings.effects, standings)),
        *topic("One in place of another", _of_differences(evidence, design, findings)),
        *topic("Where the trunk forks", of_forks(evidence, findings.comparisons)),
        *topic("At equal cost", _of_twins(evidence, findings.comparisons)),
    )


def exploratory_topics(
    evidence: Evidence,
    design: Design,
    standings: Sequence[Standing],
    plain: Findings,
    decoded: Findings,
    flows: Sequence[FlowUse],
) -> tuple[Topic, ...]:
    """What can be said of everything but the primary score.

    Args:
        evidence: The runs.
        design: What they compare.
        standings: The leaderboard.
        plain: Pairs and effects under the plain decoding, at the other accuracies.
        decoded: Pairs and effects under the other decodings.
        flows: What interventions on flows did.
    """
    others = (
        *of_effects(design.factorial, plain.effects, standings),
        *_of_differences(evidence, design, plain),
        *of_forks(evidence, plain.comparisons),
        *_of_twins(evidence, plain.comparisons),
    )
    return (
        *topic("The other accuracies", others),
        *topic("Decoded jointly", _of_joint_decoding(evidence, design, decoded)),
        *topic("Are the flows used?", of_flow_use(flows)),
        *topic("The free baseline", _of_baseline(evidence, design)),
    )


def _of_differences(evidence: Evidence, design: Design, findings: Findings) -> Iterator[Change | str]:
    """Differences from the control one by one, of those that no factorial and no sweep of forks sums up.

    Without the control, from the first variant there is.
    """
    reference = design.control or next(iter(_branched(evidence)), evidence.names[0])
    alone = [name for name in _alone(evidence, design, findings) if name != reference]
    for name in alone[:_MOST_VARIANTS]:
        if pairs := in_place_of(findings.comparisons, name, reference):
            yield Change(f"Taking {name} in place of {reference}", by_score(pairs))
    if len(alone) > _MOST_VARIANTS:
        yield (
            f"{len(alone) - _MOST_VARIANTS} more {design.noun}s are compared with {reference} in the table "
            "of differences."
        )


def _alone(evidence: Evidence, design: Design, findings: Findings) -> list[str]:
    """Variants of which nothing but their own differences tells; of the flat one, those of the others do."""
    summed_up = design.factorial.cells if design.factorial and findings.effects else ()
    architectures = {v.name: v.architecture.name for v in evidence.study.record.request.variants}
    return [
        name
        for name in _branched(evidence)
        if parse_twin(architectures[name]) is None and not is_fork(name) and name not in summed_up
    ]


def _branched(evidence: Evidence) -> list[str]:
    """All variants but the flat ones."""
    return [name for name in evidence.names if name not in flats(evidence)]


def _of_twins(evidence: Evidence, comparisons: Sequence[Comparison]) -> Iterator[Change]:
    """Sharing at equal cost: each twin against the variant whose cost it has."""
    for variant in evidence.study.record.request.variants:
        name, architecture = variant.name, variant.architecture
        parsed = parse_twin(architecture.name)
        if parsed is None:
            continue
        # What is varied stands behind the name of the architecture, and in those of all that have it.
        varied = name.removeprefix(architecture.name)
        base, reference, measure = f"{parsed[0]}{varied}", f"{parsed[1]}{varied}", parsed[2]
        if pairs := in_place_of(comparisons, name, reference):
            unit = "MACs" if measure == "macs" else "parameters"
            how = "widened" if architecture.width_ratio > 1 else "narrowed"
            yield Change(f"At equal cost, {base} {how} to the {unit} of {reference}", by_score(pairs))


def _of_joint_decoding(evidence: Evidence, design: Design, findings: Findings) -> Iterator[Change]:
    """What remains of sharing when a path is decided from all levels together."""
    subject = "Decoded jointly (the path of the largest product of its levels' probabilities), "
    sharing = [e for e in findings.effects if e.decoding == JOINT and e.name == SHARING]
    if sharing:
        yield Change(
            f"{subject}sharing the trunk", by_score(sharing), short="decoded jointly, sharing the trunk"
        )
    pairs = [c for c in findings.comparisons if c.decoding == JOINT and c.second == design.control]
    compared = [name for name in dict.fromkeys(c.first for c in pairs) if name in _branched(evidence)]
    if findings.effects:
        alone = _alone(evidence, design, findings)
        compared = [name for name in compared if name in alone]
    for name in compared[:_MOST_VARIANTS]:
        differences = by_score([c for c in pairs if c.first == name])
        what = f"{name} in place of {design.control}"
        yield Change(f"{subject}{what}", differences, short=f"decoded jointly, {what}")


def _of_baseline(evidence: Evidence, design: Design) -> Iterator[Change]:
    """The free baseline: the coarser level as summed from the finest against its own branch."""
    levels = evidence.study.taxonomy.level_names
    name = design.control or evidence.names[0]
    differences = []
    for level in levels[:-1]:
        if f"summed_accuracy.{level}" in evidence.score_names:
            interval = _summed_less_own(evidence, name, level)
            differences.append((named(f"accuracy.{level}"), interval, is_significant(interval.p)))
    if differences:
        yield Change(
            f"The free baseline (classes summed from the {levels[-1]} probabilities of {name} instead of "
            "separate branches)",
            differences,
        )


def _summed_less_own(evidence: Evidence, name: str, level: str) -> Interval:
    summed, branch = f"summed_accuracy.{level}", f"accuracy.{level}"

    def difference(of: Values) -> FloatArray:
        return of(name, summed) - of(name, branch)

    bounds = evidence.bounds((-1.0, 1.0), (name,), (summed, branch))
    return evidence.derived((name,), difference, bounds=bounds)
