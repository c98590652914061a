"""Does predicting the coarser levels pay at all? Every variant against the flat one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from taskgraft.architecture import FLAT
from taskgraft.recipe import Recipe, Variant, changed
from taskgraft.statistics import holm_over
from taskgraft.study import Study
from taskgraft.verdict._change import Change
from taskgraft.verdict._decoded_cost import macs_read
from taskgraft.verdict._decodings import favoured_on_val
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._pairs import by_score, is_main
from taskgraft.verdict._records import OverFlat, Standing
from taskgraft.verdict._wording import DECODED, few, listed, named

# Of more variants than these the table tells the rest.
_MOST_VARIANTS = 12


def compare_with_flat(
    evidence: Evidence, standings: Sequence[Standing], primary: str
) -> tuple[OverFlat, ...]:
    """Each variant less the flat one of its recipe, in the primary score and then in the other accuracies.

    Each side is decoded as its val split favours for the primary score: heads that nobody would use are no
    rival. At every score the p-values are corrected over the variants.

    Args:
        evidence: The runs.
        standings: The leaderboard, for the costs.
        primary: The score that the study is about.
    """
    pairs = _pairs(evidence)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    decodings = {name: favoured_on_val(evidence, name, primary) for name in names}
    variants, study = {v.name: v for v in evidence.study.record.request.variants}, evidence.study
    macs = {
        standing.variant: macs_read(
            study, variants[standing.variant], standing.cost, decodings[standing.variant]
        )
        for standing in standings
        if standing.variant in names
    }
    rows = []
    for score in [primary, *(name for name in evidence.score_names if is_main(name) and name != primary)]:
        intervals = [
            evidence.contrast(score, {a: 1.0, b: -1.0}, decodings, family_seeds(evidence, a, b))
            for a, b in pairs
        ]
        for (a, b), interval, p in zip(pairs, intervals, holm_over(intervals), strict=True):
            rows.append(OverFlat(a, b, (decodings[a], decodings[b]), score, interval, p, macs[a] / macs[b]))
    return tuple(rows)


def flats(evidence: Evidence) -> tuple[str, ...]:
    """The variants that are flat and have runs: what the others are a rival to, and no rival themselves."""
    variants = evidence.study.record.request.variants
    return tuple(v.name for v in variants if v.architecture.name == FLAT and v.name in evidence.names)


def of_flat(rows: Sequence[OverFlat], levels: Sequence[str]) -> Iterator[Change | str]:
    """The answer in one sentence, and one for each variant; none without a flat one.

    Args:
        rows: From `compare_with_flat`.
        levels: Names of the levels, coarsest first.
    """
    if not rows:
        return
    yield _answer([row for row in rows if row.score == rows[0].score], levels)
    names = list(dict.fromkeys(row.first for row in rows))
    for name in names[:_MOST_VARIANTS]:
        differences = [row for row in rows if row.first == name]
        first = differences[0]
        yield Change(_subject(first, levels), by_score(differences), _cost(first), short=name)
    if len(names) > _MOST_VARIANTS:
        yield f"{len(names) - _MOST_VARIANTS} more are compared with {FLAT} in the table of differences."


def _pairs(evidence: Evidence) -> list[tuple[str, str]]:
    """Every variant with a branch for a coarser level, with the flat one of its recipe and a seed of it.

    Where none has its recipe, with a flat one of a recipe that balances levels otherwise: of one level there
    is nothing to balance. Where recipes were searched, those before the search are meant: a tuned variant is
    compared with the tuned flat one.
    """
    reference = flats(evidence)
    variants = _before_search(evidence.study)
    of_flat = [v for v in reversed(variants) if v.name in reference]
    by_recipe = {
        **{_but_for_balancing(v.recipe): v.name for v in of_flat},
        **{v.recipe: v.name for v in of_flat},
    }
    rivals = [(v, by_recipe.get(v.recipe, by_recipe.get(_but_for_balancing(v.recipe)))) for v in variants]
    return [
        (v.name, rival)
        for v, rival in rivals
        if rival is not None and len(v.architecture.branched) > 1 and family_seeds(evidence, v.name, rival)
    ]


def _before_search(study: Study) -> list[Variant]:
    """The variants with the recipes that they had before these were searched, if they were."""
    tuning = study.tuning()
    searched = {} if tuning is None else tuning.variants
    return [
        replace(v, recipe=changed(v.recipe, searched[v.name].before)) if v.name in searched else v
        for v in study.record.request.variants
    ]


def _but_for_balancing(recipe: Recipe) -> Recipe:
    """A recipe without what it says of the levels' weights."""
    fields = type(recipe).model_fields
    return recipe.model_copy(update={name: fields[name].default for name in ("balancing", "finest_weight")})


def _answer(rows: Sequence[OverFlat], levels: Sequence[str]) -> str:
    """Which variants are above the flat one in one score, and which are below."""
    question = f"Does predicting {listed(levels[:-1], 'and')} pay?"
    where = f"In {named(rows[0].score)}, each decoded as val favours"
    if all(row.adjusted_p is None for row in rows):
        return f"{question} One seed cannot say; the intervals below cover the choice of test images only."
    groups = {
        f"detectably above {FLAT}": [r.first for r in rows if r.is_detected and r.interval.estimate > 0],
        f"detectably below {FLAT}": [r.first for r in rows if r.is_detected and r.interval.estimate < 0],
        f"no detectable difference from {FLAT}": [r.first for r in rows if not r.is_detected],
    }
    return f"{question} {where}: {'; '.join(f'{how}: {few(who)}' for how, who in groups.items() if who)}."


def _subject(row: OverFlat, levels: Sequence[str]) -> str:
    first, second = (DECODED[decoding] for decoding in row.decodings)
    what = f"Predicting {listed(levels[:-1], 'and')} as {row.first} does"
    return f"{what} ({first}) in place of summing as {row.second} does ({second})"


def _cost(row: OverFlat) -> str:
    return f", at {row.macs_ratio:.2f} times the MACs"
