"""A verdict as Markdown, for a page of documentation: every figure comes from the study's own files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from taskgraft.report._adapted import (
    NO_OLD_CLASS,
    class_changes,
    new_classes,
    old_class_rows,
    old_classes_title,
)
from taskgraft.report._facts import facts
from taskgraft.report._markdown_cells import (
    difference_cell,
    gain_cell,
    one_line_of,
    p_cell,
    plain_cell,
    score_cell,
    table,
    words,
    yes_or_no,
)
from taskgraft.report._markdown_verdict import confused, recommended, topics, without_copies
from taskgraft.scores import about
from taskgraft.study import Study
from taskgraft.verdict import (
    JOINT,
    Comparison,
    Effect,
    Standing,
    Verdict,
    count,
    named,
)


def verdict_markdown(study: Study, verdict: Verdict) -> str:
    """The whole verdict: its sentences, then a table for each of its parts."""
    request = study.record.request
    recipe = words(request.recipes[0].name.replace("`", "'"))
    title = (
        f"# {words(request.data.source)}: {count(len(verdict.standings), verdict.noun)}, recipe `{recipe}`"
    )
    parts = [
        title,
        f"> {words(verdict.headline)}",
        *recommended(verdict),
        words(verdict.sight),
        words(verdict.population),
        *topics(verdict),
        "## Leaderboard",
        "Test split: mean over seeds ± to the farther end of the 95 % interval over "
        f"{request.varying if len(request.seeds) > 1 else 'seeds and test images'}.",
        _leaderboard(verdict),
        "## Cost",
        _costs(verdict),
        *_effects(verdict),
        *_over_flat(verdict),
        *_differences(verdict),
        *_flows(verdict),
        *_old_classes(study),
        *_decodings(verdict),
        *_decoded(verdict),
        *confused(study, verdict),
        *without_copies(verdict),
        *_calibrations(verdict),
        "## To be careful about" if verdict.cautions else "",
        "\n".join(f"- {words(caution)}" for caution in verdict.cautions),
        "## What was run",
        f"```\n{one_line_of(study.record.command or 'made from Python')}\n```",
        "\n".join(f"- {name}: {words(value)}" for name, value in facts(study)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _leaderboard(verdict: Verdict) -> str:
    across = ("full_path_accuracy", "mistake_severity", "hops")
    kinds = ("accuracy.", "consistency.", "summed_accuracy.")
    names = [n for n in verdict.score_names if n.startswith(kinds) or n in across]
    rows = [
        [s.variant, _seeds(s), *(score_cell(n, s.scores[n]) for n in names), gain_cell(s.gain)]
        for s in verdict.standings
    ]
    heads = [about(n).label + (f", {about(n).unit}" if about(n).unit else "") for n in names]
    return table([verdict.noun, "seeds", *heads, "delta-m, %"], rows)


def _seeds(standing: Standing) -> str:
    failed = f" ({standing.num_failed} failed)" if standing.num_failed else ""
    return f"{len(standing.seeds)}{failed}"


def _costs(verdict: Verdict) -> str:
    rows = []
    for s in verdict.standings:
        cost, inference = s.cost, s.inference
        rows.append(
            [
                s.variant,
                f"{cost.num_parameters / 1e6:.2f}",
                f"{cost.macs / 1e6:.1f}",
                f"{cost.train_pflop:.3g}",
                f"{cost.train_seconds:.0f}",
                f"{cost.peak_memory_bytes / 1e9:.2f}",
                f"{inference.latency_p50_milliseconds:.2f}" if inference else "",
                f"{inference.images_per_second:,.0f}" if inference else "",
            ]
        )
    heads = [
        "parameters, M",
        "MACs, M",
        "training, PFLOP",
        "training, s",
        "peak memory, GB",
        "one image, ms",
        "images/s in batches",
    ]
    return table([verdict.noun, *heads], rows)


def _effects(verdict: Verdict) -> Iterable[str]:
    if verdict.effects:
        yield "## Effects of the factorial"
        yield _effect_table([e for e in verdict.effects if _is_main(e.score)])


def _over_flat(verdict: Verdict) -> Iterable[str]:
    """Every variant against the flat one."""
    if verdict.over_flat:
        yield "## Does predicting the coarser levels pay?"
        yield "Each variant less the flat one of its recipe, both decoded as their val splits favour."
        yield table(
            [
                verdict.noun,
                "decodings",
                "score",
                "difference (95 % interval)",
                "p (Holm)",
                "detected",
                "MACs",
            ],
            [
                [
                    row.first,
                    " and ".join(row.decodings),
                    named(row.score),
                    difference_cell(row.score, row.interval),
                    p_cell(row.adjusted_p),
                    yes_or_no(row.is_detected),
                    f"x {row.macs_ratio:.2f}",
                ]
                for row in verdict.over_flat
            ],
        )


def _differences(verdict: Verdict) -> Iterable[str]:
    pairs = [c for c in verdict.comparisons if c.second == verdict.control and _is_main(c.score)]
    if pairs:
        yield f"## Differences from {verdict.control}"
        yield _difference_table(verdict.noun, pairs)


def _decoded(verdict: Verdict) -> Iterable[str]:
    """What changes when a path is decided from all levels together."""
    joint = [e for e in verdict.decoded_effects if e.decoding == JOINT]
    pairs = [c for c in verdict.decoded_comparisons if c.decoding == JOINT and c.second == verdict.control]
    if joint:
        yield "### Effects under the joint decoding"
        yield _effect_table(joint)
    if pairs:
        yield f"### Differences from {verdict.control} under the joint decoding"
        yield _difference_table(verdict.noun, pairs)


def _effect_table(effects: Sequence[Effect]) -> str:
    rows = [
        [
            e.name,
            named(e.score),
            difference_cell(e.score, e.interval),
            p_cell(e.adjusted_p),
            yes_or_no(e.is_detected),
        ]
        for e in effects
    ]
    return table(["effect", "score", "change (95 % interval)", "p (Holm)", "detected"], rows)


def _difference_table(noun: str, comparisons: Sequence[Comparison]) -> str:
    rows = [
        [
            c.first,
            named(c.score),
            difference_cell(c.score, c.interval),
            p_cell(c.exact_p),
            p_cell(c.adjusted_p),
            yes_or_no(c.is_detected),
        ]
        for c in comparisons
    ]
    heads = [noun, "score", "difference (95 % interval)", "exact p", "p (Holm)", "detected"]
    return table(heads, rows)


def _flows(verdict: Verdict) -> Iterable[str]:
    if verdict.flows:
        kinds = list(verdict.flows[0].changes)
        rows = [
            [
                f.variant,
                f"{f.source} into {f.target}",
                *(difference_cell(f"accuracy.{f.target}", f.changes[k]) for k in kinds),
                f.use,
            ]
            for f in verdict.flows
        ]
        yield "## Is the flow used?"
        yield "Change of the target level's accuracy when something else flows."
        yield table([verdict.noun, "flow", *kinds, "verdict"], rows)


def _old_classes(study: Study) -> Iterable[str]:
    """Whether the classes of the model that the study went on from suffered."""
    record = study.adaptation()
    if record is None:
        return
    yield "## The older model's classes"
    yield f"Went on from {words(record.older_model)}."
    changes = class_changes(record.added, record.retired, record.renamed)
    yield "\n".join(f"- {words(line)}" for line in changes)
    if record.older:
        yield f"{old_classes_title(record)}:"
        yield table(["", "before", "after", "difference, points"], old_class_rows(record))
    else:
        yield NO_OLD_CLASS
    yield words(new_classes(record))


def _decodings(verdict: Verdict) -> Iterable[str]:
    if verdict.decodings:
        names = list(verdict.decodings[0].scores)
        rows = [
            [d.variant, d.decoding, *(plain_cell(n, d.scores[n].mean) for n in names), f"{d.macs / 1e6:.1f}"]
            for d in verdict.decodings
        ]
        yield "## Decodings"
        yield "The same logits turned into paths in other ways; means over seeds."
        yield table([verdict.noun, "decoding", *(about(n).label for n in names), "MACs read, M"], rows)


def _calibrations(verdict: Verdict) -> Iterable[str]:
    rows = [
        [
            c.variant,
            c.level,
            f"{c.temperature.mean:.3f}",
            f"{c.raw['nll'].mean:.3f}",
            f"{c.calibrated['nll'].mean:.3f}",
            f"{100 * c.raw['ece'].mean:.1f}",
            f"{100 * c.calibrated['ece'].mean:.1f}",
        ]
        for c in verdict.calibrations
    ]
    yield "## Calibration"
    yield "Temperatures fitted on the val split; figures of the test split, means over seeds."
    heads = ["temperature", "NLL raw", "NLL calibrated", "ECE raw, %", "ECE calibrated, %"]
    yield table([verdict.noun, "level", *heads], rows)


def _is_main(score: str) -> bool:
    return score.startswith("accuracy.") or score in ("full_path_accuracy", "mistake_severity")
