"""From a study directory to its verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from taskgraft.kinds import NAME, NONE, NUMBER, PATH, of_class, of_kinds
from taskgraft.study import Study
from taskgraft.verdict._aim import Aim, check_aim
from taskgraft.verdict._cautions import cautions
from taskgraft.verdict._comparisons import compare_pairs, compute_effects, decoded_scores, plain_scores
from taskgraft.verdict._copies import copies_of, of_copies
from taskgraft.verdict._decodings import compare_decodings
from taskgraft.verdict._design import Design
from taskgraft.verdict._diagnosed import diagnosed
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._findings import Findings
from taskgraft.verdict._flows import judge_flows
from taskgraft.verdict._gather import gather
from taskgraft.verdict._grave_cautions import grave_cautions
from taskgraft.verdict._headline import headline
from taskgraft.verdict._learning import Learning
from taskgraft.verdict._look import look_taken
from taskgraft.verdict._over_flat import compare_with_flat
from taskgraft.verdict._pictures import opinions_of
from taskgraft.verdict._population import population_of
from taskgraft.verdict._prediction_records import Confusion
from taskgraft.verdict._recommend import recommend
from taskgraft.verdict._recommendation import Recommendation
from taskgraft.verdict._records import Verdict
from taskgraft.verdict._sentences import exploratory_topics, primary_topics
from taskgraft.verdict._sight import sight_of, typical_variances
from taskgraft.verdict._standings import standings_of
from taskgraft.verdict._tuning import tuned_variants
from taskgraft.verdict._wording import DECODED, named


@of_kinds(study=of_class("a Study", Study) | PATH, prefer=NAME | NONE, margin=NUMBER | NONE)
def conclude(study: Study | Path | str, prefer: str | None = None, margin: float | None = None) -> Verdict:
    """Scores every run, compares all variants and says what can be said.

    Every run's predictions are read once: the verdict holds what a report needs of them.

    Args:
        study: A study or its directory, with at least one finished run; what is missing is said in the
            cautions.
        prefer: The primary score, which the recommendation is for: a level, `full-path` or `latency`. By
            default what the study declares: unless it says otherwise the full path or, without its score, the
            accuracy of the finest level that has one.
        margin: By how many percentage points a cheaper variant may be worse than the best. By default what
            the study declares: unless it says otherwise 1.

    Raises:
        StudyError: If no run is finished, no test image has a label, or a run's logits are not finite.
        RequestError: For a preference the study cannot have, or a margin that is none.

    Example:
        >>> import tempfile
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.execution import compare
        >>> data = load("shapes", num_train=640, num_test=64)
        >>> with tempfile.TemporaryDirectory() as out:
        ...     verdict = conclude(compare(data, "independent,shared", "quick", epochs=1, out=out))
        >>> [standing.variant for standing in verdict.standings], verdict.recommendation.prefer
        (['independent', 'shared'], 'full-path')
    """
    study = study if isinstance(study, Study) else Study.open(study)
    check_aim(study.taxonomy.level_names, prefer, margin)
    evidence = gather(study)
    return verdict_of(evidence, Aim.of(evidence, prefer, margin))


def verdict_of(evidence: Evidence, aim: Aim) -> Verdict:
    """What the evidence of a study says of what it is to decide."""
    evidence = replace(evidence, primary=aim.score)
    design = Design.of(evidence.study.record.request.variants, evidence.names)
    standings = standings_of(evidence, design.control, aim.score)
    plain, decoded = (
        Findings(compare_pairs(evidence, design.control, on), compute_effects(evidence, design.factorial, on))
        for on in (plain_scores(evidence), decoded_scores(evidence))
    )
    flows = judge_flows(evidence)
    over_flat = compare_with_flat(evidence, standings, aim.score)
    learning, copies = Learning.of(evidence), copies_of(evidence, aim.score)
    grave = grave_cautions(evidence, aim, learning)
    recommendation = recommend(evidence, aim, standings, learning, grave)
    primary = plain.at(aim.score)
    variances = typical_variances(evidence, aim)
    kept = None if aim.declared else variances
    look = look_taken(evidence.looks, recommendation.seeds, kept) if recommendation else None
    return Verdict(
        noun=design.noun,
        control=design.control,
        score_names=evidence.score_names,
        primary=aim.score,
        headline=headline(evidence, design, primary, _in_words(aim.score, recommendation), recommendation),
        topics=primary_topics(evidence, design, standings, primary, over_flat),
        exploratory_topics=exploratory_topics(
            evidence, design, standings, plain.beside(aim.score), decoded, flows
        ),
        cautions=(
            *([look.text] if look and not look.is_only else []),
            *grave,
            *of_copies(copies, len(evidence.targets)),
            *cautions(evidence, design, flows),
        ),
        sight=f"{look.text if look and look.is_only else ''} {sight_of(evidence, variances)}".strip(),
        look=look,
        population=population_of(evidence, aim.score),
        standings=standings,
        comparisons=plain.comparisons,
        factors=design.factorial.factors if design.factorial else (),
        effects=plain.effects,
        flows=flows,
        decodings=compare_decodings(evidence),
        decoded_comparisons=decoded.comparisons,
        decoded_effects=decoded.effects,
        calibrations=tuple(c for name in evidence.names for c in evidence.variants[name].calibrations),
        selective=tuple(s for name in evidence.names for s in evidence.variants[name].selective),
        recommendation=recommendation,
        confused=(recommendation and recommendation.favoured) or design.control or evidence.names[0],
        confusions={name: _confusions(evidence, name) for name in evidence.names},
        opinions=opinions_of(evidence),
        over_flat=over_flat,
        copies=copies,
        tuning=tuned_variants(evidence.study),
        diagnosed=diagnosed(evidence),
    )


def _in_words(score: str, recommendation: Recommendation | None) -> str:
    """The primary score as pairs are compared in it, where the recommendation decodes some otherwise."""
    decodings = {one.decoding for one in recommendation.contenders} if recommendation else set()
    return named(score) + (f" with {DECODED[PLAIN]}" if decodings - {PLAIN} else "")


def _confusions(evidence: Evidence, name: str) -> tuple[Confusion, ...]:
    return tuple(
        Confusion(level, tuple((true, predicted, n) for (true, predicted), n in cells.items()))
        for level, cells in evidence.variants[name].confusions.items()
    )
