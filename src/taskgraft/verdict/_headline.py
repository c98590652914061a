"""The one sentence to remember of a study."""

from __future__ import annotations

from taskgraft.architecture import CONTROL
from taskgraft.verdict._design import Design
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import has_left, running
from taskgraft.verdict._findings import Findings
from taskgraft.verdict._wording import few, in_words


def headline(evidence: Evidence, design: Design, findings: Findings, score: str) -> str:
    """Which variants differ detectably from the control at the primary score.

    Args:
        evidence: The runs.
        design: What they compare.
        findings: At the primary score.
        score: The primary one, in words.
    """
    pairs = [c for c in findings.comparisons if c.second == design.control]
    if not pairs:
        return _without_pairs(evidence, design)
    if max(c.interval.num_seeds for c in pairs) == 1:
        return (
            "A single seed settles nothing. The intervals below cover the choice of test images only: "
            "another seed may turn any of these differences round."
        )
    control = f"{design.control}, {_role(evidence, design)},"
    compared = list(dict.fromkeys(c.first for c in pairs))
    different = [name for name in compared if any(c.is_detected for c in pairs if c.first == name)]
    if different:
        return (
            f"Detectably different from {control} in {score}: {few(different)} "
            f"({len(different)} of {len(compared)})."
        )
    # All of a factorial together can show what no pair of it does.
    effects = list(dict.fromkeys(e.name for e in findings.effects if e.is_detected))
    if effects and design.factorial:
        return (
            f"No single {design.noun} differs detectably from {design.control} in {score}, but all "
            f"{in_words(len(design.factorial.cells))} together show an effect: {few(effects)}."
        )
    where = f"from {design.control} in {score}"
    return f"No detectable difference: no {design.noun} stands out {where}."


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
