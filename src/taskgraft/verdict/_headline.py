"""The one sentence to remember of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from taskgraft.architecture import CONTROL
from taskgraft.scores import about
from taskgraft.verdict._design import Design
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import has_left, running
from taskgraft.verdict._findings import Findings
from taskgraft.verdict._recommendation import Recommendation
from taskgraft.verdict._records import Comparison
from taskgraft.verdict._wording import few, in_words, magnitude


def headline(
    evidence: Evidence,
    design: Design,
    findings: Findings,
    score: str,
    recommendation: Recommendation | None,
) -> str:
    """Which variant is detectably ahead of all at the primary score, and which differ from the control.

    Where one that is ahead of all falls behind once each is decoded as val favours, that is said, too: it is
    not the one to take.

    Args:
        evidence: The runs.
        design: What they compare.
        findings: At the primary score.
        score: The primary one, in words.
        recommendation: Of the study, if it has one.
    """
    pairs = [c for c in findings.comparisons if c.second == design.control]
    if not pairs:
        return _without_pairs(evidence, design)
    if max(c.interval.num_seeds for c in pairs) == 1:
        return (
            "A single seed settles nothing. The intervals below cover the choice of test images only: "
            "another seed may turn any of these differences round."
        )
    different = _different(evidence, design, findings.comparisons, score, recommendation)
    if different:
        return different
    # All of a factorial together can show what no pair of it does.
    effects = list(dict.fromkeys(e.name for e in findings.effects if e.is_detected))
    if effects and design.factorial:
        return (
            f"No single {design.noun} differs detectably from {design.control} in {score}, but all "
            f"{in_words(len(design.factorial.cells))} together show an effect: {few(effects)}."
        )
    where = f"from {design.control} in {score}"
    return f"No detectable difference: no {design.noun} stands out {where}."


def _different(
    evidence: Evidence,
    design: Design,
    comparisons: Sequence[Comparison],
    score: str,
    recommendation: Recommendation | None,
) -> str:
    """Who is ahead of all others, and who is better or worse than the control; empty where nobody is."""
    control = f"{design.control}, {_role(evidence, design)}"
    sign = 1 if about(evidence.primary).is_higher_better else -1
    gains = {c.first: sign * c.interval.estimate for c in comparisons if c.second == design.control}
    shown = {c.first for c in comparisons if c.second == design.control and c.is_detected}
    leader = _ahead_of_all(comparisons, sign) if len(gains) > 1 else None
    if leader and leader == design.control:
        sentence = f"{control}, is detectably ahead of all others in {score}."
        return " ".join([sentence, *_once_decoded(leader, recommendation)])
    groups = {
        "better": [name for name in gains if name in shown and gains[name] > 0 and name != leader],
        "worse": [name for name in gains if name in shown and gains[name] <= 0],
    }
    sentences = [f"{leader} is detectably ahead of all others in {score}."] if leader else []
    sentences += _once_decoded(leader, recommendation) if leader else []
    for how, names in groups.items():
        if names:
            where = f"{control}:" if sentences else f"{control}, in {score}:"
            sentences.append(f"Detectably {how} than {where} {few(names)} ({len(names)} of {len(gains)}).")
    return " ".join(sentences)


def _once_decoded(leader: str, recommendation: Recommendation | None) -> Iterator[str]:
    """That the one ahead of all falls behind once each is decoded as val favours; nothing else."""
    for one in recommendation.contenders if recommendation else ():
        if one.variant == leader and one.place == "behind" and one.loss and one.loss.estimate > 0:
            lost = magnitude(one.loss.estimate)
            yield f"Each decoded as val favours, it is {lost} points behind {one.rival}."


def _ahead_of_all(comparisons: Sequence[Comparison], sign: int) -> str | None:
    """The one that is detectably better than every other."""
    turned = [*comparisons, *(c.turned for c in comparisons)]
    wins = Counter(c.first for c in turned if c.is_detected and sign * c.interval.estimate > 0)
    num_others = len({c.first for c in turned}) - 1
    return next((name for name, number in wins.items() if number == num_others), None)


def _without_pairs(evidence: Evidence, design: Design) -> str:
    if evidence.names == (design.control,):
        role = _role(evidence, design)
        return f"Only {design.control}, {role}, has finished runs: there is nothing to compare it with."
    left = [name for name in evidence.names if has_left(evidence, name)]
    if design.control in left:
        return f"{design.control}, {_role(evidence, design)}, left the race: nothing is compared with it."
    if left and len(running(evidence)) == 1:
        return f"All but {running(evidence)[0]} left the race: {few(left)} fell behind it or one another."
    if len(evidence.names) == 1:
        return f"One {design.noun}, {evidence.names[0]}: there is nothing to compare it with."
    control = design.control or CONTROL
    return f"Nothing here can be compared with the control, {control}: scores are shown without differences."


def _role(evidence: Evidence, design: Design) -> str:
    """Whether the variant that the others are compared with is the control or just the first."""
    variants = {variant.name: variant for variant in evidence.study.record.request.variants}
    name = design.control
    return "the control" if name and variants[name].architecture.name == CONTROL else "the first variant"
