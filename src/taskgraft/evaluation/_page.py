"""An evaluation as one HTML page that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taskgraft.evaluation._evaluate import FULL_PATH
from taskgraft.evaluation._evaluation import Evaluation, LevelCalibration
from taskgraft.evaluation._promises import not_promised
from taskgraft.file_writing import write_text
from taskgraft.report import (
    NOTHING,
    Cell,
    Column,
    Figure,
    Look,
    RiskCurve,
    Row,
    Table,
    interval_text,
    label,
    nested_confusions,
    reliability_chart,
    render,
    risk_chart,
    score_meanings,
    shown,
    swatch,
)
from taskgraft.study import Spread
from taskgraft.verdict import Calibration, ClassRow, class_rows, times

# A matrix of all classes of a level has so many cells, squared.
_MOST_CLASSES = 3000
_MOST_LISTED = 200
_LOOKS = {"calibrated": Look(0, is_dashed=False), "as it came": Look(1, is_dashed=True)}


def write_evaluation(evaluation: Evaluation, path: Path) -> Path:
    """Writes an evaluation as an HTML page; opening it sends no request.

    Args:
        evaluation: The evaluation.
        path: Of the page.

    Returns:
        The path.

    Raises:
        StudyError: If the file cannot be written.
    """
    write_text(path, render("evaluation.html", _contents(evaluation)))
    return path


def _contents(evaluation: Evaluation) -> dict[str, Any]:
    """Everything the template shows, by the names it uses."""
    taxonomy = evaluation.taxonomy
    rows = list(class_rows(evaluation.classes, evaluation.taxonomy))
    is_drawn = max(taxonomy.num_classes) <= _MOST_CLASSES
    return {
        "title": f"{evaluation.origin.variant} on {evaluation.source}",
        "evaluation": evaluation,
        "origin": evaluation.origin,
        "levels": taxonomy.level_names,
        "is_tree": taxonomy.is_tree,
        "scores": _scores(evaluation),
        "decoded": _decoded(evaluation),
        "meanings": score_meanings(evaluation.scores),
        "classes": [
            _classes(number, level, [row for row in rows if row.level == level])
            for number, level in enumerate(taxonomy.level_names)
        ],
        "confused": _confused(evaluation),
        "confusion": nested_confusions(evaluation.confusions, taxonomy) if is_drawn else (),
        "promises": _promises(evaluation),
        "not_promised": not_promised(evaluation),
        "risk": _risk(evaluation),
        "rules": _rules(evaluation),
        "reliability": [
            Figure("", level, _reliability(level, one)) for level, one in evaluation.calibrations.items()
        ],
        "legend": [(name, Figure("", "", swatch(look)), True) for name, look in _LOOKS.items()],
        "calibration": _calibration(evaluation),
        "unmatched": _unmatched(evaluation),
        "most_listed": _MOST_LISTED,
    }


def _scores(evaluation: Evaluation) -> Table:
    columns = (Column("score", is_text=True), Column("value"), Column("95 % interval"))
    rows = tuple(
        Row(label(name), (Cell(shown(name, one.estimate), one.estimate), Cell(interval_text(name, one))))
        for name, one in evaluation.scores.items()
    )
    return Table("scores-table", "Every score of a study, from each level's branch alone", columns, rows)


def _decoded(evaluation: Evaluation) -> Table:
    columns = (
        Column("level", is_text=True),
        Column("images"),
        Column("accuracy, %"),
        Column("95 % interval"),
    )
    rows = []
    for name, one in evaluation.decoded.items():
        images = evaluation.num_labelled.get(name)
        rows.append(
            Row(
                "full path" if name == FULL_PATH else name,
                (
                    NOTHING if images is None else Cell(f"{images:,}", images),
                    Cell(f"{100 * one.estimate:.1f}", one.estimate, is_strong=True),
                    Cell(f"{100 * one.low:.1f}–{100 * one.high:.1f}"),
                ),
            )
        )
    caption = f"Accuracy as the model decides ({evaluation.decoding}), with 95 % intervals over images"
    return Table("decoded-table", caption, columns, tuple(rows))


def _classes(number: int, level: str, rows: list[ClassRow]) -> Table:
    has_parents = any(len(row.path) > 1 for row in rows)
    columns = [Column(f"class of {level}", is_text=True), *[Column("under", is_text=True)] * has_parents]
    columns += [Column(title) for title in ("precision, %", "recall, %", "F1, %", "images", "predicted")]
    shown_rows = tuple(
        Row(
            row.path[-1],
            (
                *[Cell(" › ".join(row.path[:-1]))] * has_parents,
                *(_share(value) for value in (row.precision, row.recall, row.f1)),
                Cell(f"{row.support:,}", row.support),
                Cell(f"{row.num_predicted:,}", row.num_predicted),
            ),
        )
        for row in rows
    )
    without = sum(row.support == 0 for row in rows)
    more = f", {without:,} of them without images" if without else ""
    caption = f"{len(rows):,} classes of {level}{more}"
    return Table(f"classes-{number}", caption, tuple(columns), shown_rows)


def _share(value: float | None) -> Cell:
    return NOTHING if value is None else Cell(f"{100 * value:.1f}", value)


def _confused(evaluation: Evaluation) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """By level, its worst confusions in words."""
    return [
        (
            level,
            [
                (one.true, one.predicted, times(one.num_images))
                for one in evaluation.confused
                if one.level == level
            ],
        )
        for level in reversed(evaluation.taxonomy.level_names)
    ]


def _promises(evaluation: Evaluation) -> Table | None:
    if not evaluation.promises:
        return None
    columns = [Column("answers right, promised, %"), Column("threshold"), Column("right here, %")]
    columns.append(Column("sure of nothing, %", is_group_start=True))
    columns += [Column(f"sure to {level}, %") for level in evaluation.taxonomy.level_names]
    rows = tuple(
        Row(
            f"{100 * one.target_accuracy:g}",
            (
                Cell(f"{one.threshold:.3f}", one.threshold),
                Cell(
                    f"{100 * one.accuracy.estimate:.1f}",
                    one.accuracy.estimate,
                    f"{100 * one.accuracy.low:.1f}–{100 * one.accuracy.high:.1f}",
                ),
                *(Cell(f"{100 * share:.1f}", share) for share in one.depths),
            ),
        )
        for one in evaluation.promises
    )
    caption = "Answers that stop where they are unsure; the threshold comes from validation images"
    return Table("promises-table", caption, tuple(columns), rows)


def _risk(evaluation: Evaluation) -> Figure | None:
    """Risk against coverage, a line a rule."""
    curves = [
        RiskCurve(one.rule, Look(hue, is_dashed=hue > 0), one.curve)
        for hue, one in enumerate(evaluation.rule_risks)
    ]
    if not curves:
        return None
    return Figure("", "Risk against coverage", risk_chart("Risk against coverage", curves, is_named=True))


def _rules(evaluation: Evaluation) -> Table | None:
    """What answers tell by each rule."""
    if not evaluation.rule_risks:
        return None
    risks = [f"coverage at {100 * risk:g} % wrong, %" for risk, _ in evaluation.rule_risks[0].at_risks]
    titles = (*risks, "at most, %", "area under the curve, %")
    rows = tuple(
        Row(
            one.rule,
            (
                *(Cell(f"{100 * coverage:.1f}", coverage) for _, coverage in one.at_risks),
                Cell(f"{100 * one.most_coverage:.1f}", one.most_coverage),
                Cell(f"{100 * one.area:.2f}", one.area),
            ),
        )
        for one in evaluation.rule_risks
    )
    caption = "What answers tell by each rule, by how many of them are wrong"
    return Table("rules-table", caption, (Column("rule", is_text=True), *map(Column, titles)), rows)


def _reliability(level: str, one: LevelCalibration) -> str:
    entries = [
        Calibration(name, level, Spread(one.temperature, None), {"ece": Spread(error, None)}, {}, bins)
        for name, error, bins in zip(_LOOKS, (one.ece, one.raw_ece), (one.bins, one.raw_bins), strict=True)
    ]
    return reliability_chart(level, entries, _LOOKS)


def _calibration(evaluation: Evaluation) -> Table:
    titles = ("NLL, nats", "Brier score", "calibration error, %", "before, %", "temperature")
    rows = tuple(
        Row(
            level,
            (
                Cell(f"{one.nll:.3f}", one.nll),
                Cell(f"{one.brier:.3f}", one.brier),
                Cell(f"{100 * one.ece:.1f}", one.ece),
                Cell(f"{100 * one.raw_ece:.1f}", one.raw_ece),
                Cell(f"{one.temperature:.2f}", one.temperature),
            ),
        )
        for level, one in evaluation.calibrations.items()
    )
    columns = (Column("level", is_text=True), *map(Column, titles))
    return Table("calibration-table", "After division of the logits by the temperature", columns, rows)


def _unmatched(evaluation: Evaluation) -> Table | None:
    unmatched = evaluation.match.unmatched[:_MOST_LISTED]
    if not unmatched:
        return None
    columns = (
        Column("class of the data", is_text=True),
        Column("level", is_text=True),
        Column("images"),
        Column("closest of the model", is_text=True),
    )
    rows = tuple(
        Row(
            " › ".join(one.path),
            (
                Cell(one.level),
                Cell(f"{one.num_images:,}", one.num_images),
                Cell(" › ".join(one.closest) or "–"),
            ),
        )
        for one in unmatched
    )
    return Table("unmatched-table", "Classes of the data that the model does not know", columns, rows)
