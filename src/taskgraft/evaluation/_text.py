"""An evaluation as plain text that fits one screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taskgraft.evaluation._evaluate import FULL_PATH
from taskgraft.evaluation._evaluation import Evaluation, RuleRisk
from taskgraft.evaluation._promises import not_promised
from taskgraft.legible import one_line
from taskgraft.report import bullets, interval_text, label, shown, table, wrapped
from taskgraft.statistics import Interval
from taskgraft.verdict import class_rows, count, times

MAX_LINES = 38
"""With the line that names the page, the text fits a screen of 40 lines."""

_LONGEST_LIST, _SHORTEST_LIST, _LONGEST_NAME = 6, 1, 34
_ACROSS = ("consistency", "mistake_severity", "hierarchical_f1")
_MOST_ACROSS, _MOST_CAUTIONS, _USUAL_PROMISES = 2, 6, 4
_RULES_IN_ROWS, _MOST_RULES = 2, 7


def evaluation_text(evaluation: Evaluation, max_lines: int = MAX_LINES) -> str:
    """What an evaluation says, in 80 columns and so many lines; lists are cut as short as that needs.

    Args:
        evaluation: The evaluation.
        max_lines: At least 30; more are taken only where the lists have come down to a line each.
    """
    text = ""
    for most in range(_LONGEST_LIST, _SHORTEST_LIST - 1, -1):
        parts = [part for part in _parts(evaluation, most) if part]
        text = "\n\n".join("\n".join(map(one_line, part)) for part in parts)
        if text.count("\n") + 1 <= max_lines:
            break
    return text


def _parts(evaluation: Evaluation, most: int) -> list[list[str]]:
    """The paragraphs, each list in at most so many lines."""
    return [
        wrapped(_title(evaluation), 3),
        [*_scores(evaluation), *wrapped(_legend(evaluation), 2), *_across(evaluation, most)],
        *_sure(evaluation, most),
        _weakest(evaluation, most),
        _confused(evaluation, most),
        _unmatched(evaluation, most),
        _without_images(evaluation),
        _cautions(evaluation, most + 2),
    ]


def _title(evaluation: Evaluation) -> str:
    origin = evaluation.origin
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    study = f" of {origin.study}" if origin.study else ""
    return (
        f"{origin.variant}{seed}{study} on {evaluation.source}: "
        f"{count(evaluation.num_images, 'image')}, {evaluation.split_reason}"
    )


def _scores(evaluation: Evaluation) -> list[str]:
    """A row a level, one for the path."""
    columns: dict[str, Callable[[str], str]] = {
        "images": lambda level: f"{evaluation.num_labelled[level]:,}",
        "accuracy": lambda level: _percent(evaluation.decoded.get(level)),
        "head alone": lambda level: _percent(evaluation.scores.get(f"accuracy.{level}")),
        "macro F1": lambda level: _percent(evaluation.scores.get(f"macro_f1.{level}")),
        "calibration error": lambda level: _error(evaluation, level),
    }
    rows = [[level, *(cell(level) for cell in columns.values())] for level in evaluation.taxonomy.level_names]
    if FULL_PATH in evaluation.decoded:
        path = _percent(evaluation.decoded[FULL_PATH])
        rows.append(["full path", "", path, _percent(evaluation.scores.get("full_path_accuracy")), "", ""])
    return table("level", list(columns), rows)


def _legend(evaluation: Evaluation) -> str:
    return (
        "Per cent ± the longer half of the 95 % interval over images; other seeds are not covered. "
        f"Accuracy as it decides ({evaluation.decoding}); the rest of each level alone."
    )


def _across(evaluation: Evaluation, most: int) -> list[str]:
    names = [name for name in evaluation.scores if name.partition(".")[0].startswith(_ACROSS)]
    some = [
        f"{label(name)} {shown(name, evaluation.scores[name].estimate)} "
        f"({interval_text(name, evaluation.scores[name])})"
        for name in names
    ]
    has_room = most > _SHORTEST_LIST
    return wrapped(f"Across levels: {'; '.join(some)}.", _MOST_ACROSS) if some and has_room else []


def _sure(evaluation: Evaluation, most: int) -> list[list[str]]:
    """What promises came to, and what other rules tell: one paragraph where there is little room."""
    promises, rules = _promises(evaluation, most), _rules(evaluation, most)
    return [promises, rules] if most > _SHORTEST_LIST else [promises + rules]


def _promises(evaluation: Evaluation, most: int) -> list[str]:
    """What promises came to: the usual ones all fit."""
    chosen = evaluation.promises[-max(_USUAL_PROMISES, most) :]
    rows = [
        [
            f"{100 * one.target_accuracy:g}",
            f"{one.threshold:.3f}",
            _percent(one.accuracy),
            f"{100 * one.depths[-1]:.1f}",
            f"{100 * one.depths[0]:.1f}",
        ]
        for one in chosen
    ]
    columns = ["threshold", "right here", "sure to the leaf", "sure of nothing"]
    rest, lacking = len(evaluation.promises) - len(chosen), not_promised(evaluation)
    return [
        *(table("promised, %", columns, rows) if rows else []),
        *([f"  and {rest:,} more: see the page"] if rest else []),
        *(wrapped(lacking, 2) if lacking else []),
    ]


def _rules(evaluation: Evaluation, most: int) -> list[str]:
    """What answers tell by each rule; where there is little room, at one share of wrong ones and no table."""
    rules = evaluation.rule_risks
    if not rules:
        return []
    if most < _RULES_IN_ROWS or len(rules) > _MOST_RULES:
        risk = rules[0].at_risks[1][0]
        best = max(rules[1:-1], key=_usual_coverage)
        chosen = (rules[0], best, rules[-1])
        some = ", ".join(f"{one.rule} {100 * _usual_coverage(one):.1f}" for one in chosen)
        return wrapped(f"Coverage with {100 * risk:g} % wrong, %: {some}; the page has all.", 2)
    rows = [
        [
            one.rule,
            *(f"{100 * coverage:.1f}" for _, coverage in one.at_risks),
            f"{100 * one.most_coverage:.1f}",
            f"{100 * one.area:.2f}",
        ]
        for one in rules
    ]
    columns = [*(f"{100 * risk:g} % wrong" for risk, _ in rules[0].at_risks), "at most", "area under"]
    return table("coverage, %", columns, rows)


def _usual_coverage(rule: RuleRisk) -> float:
    return rule.at_risks[1][1]


def _weakest(evaluation: Evaluation, most: int) -> list[str]:
    """The classes of the finest level of lowest F1."""
    finest = evaluation.taxonomy.level_names[-1]
    rows = [
        row
        for row in class_rows(evaluation.classes, evaluation.taxonomy)
        if row.level == finest and row.support and row.f1 is not None
    ]
    rows.sort(key=lambda row: (row.f1 or 0.0, -row.support))
    if len(rows) < 2:
        return []
    cells = [
        [_short(row.path[-1]), _share(row.precision), _share(row.recall), _share(row.f1), f"{row.support:,}"]
        for row in rows[:most]
    ]
    return table(f"weakest of {_short(finest)}", ["precision", "recall", "F1", "images"], cells)


def _confused(evaluation: Evaluation, most: int) -> list[str]:
    finest = evaluation.taxonomy.level_names[-1]
    worst = [one for one in evaluation.confused if one.level == finest]
    lines = [f"{_short(one.true)} read as {_short(one.predicted)}, {times(one.num_images)}" for one in worst]
    return _listed(f"Worst confusions of {_short(finest)}", lines, most)


def _unmatched(evaluation: Evaluation, most: int) -> list[str]:
    lines = []
    for one in evaluation.match.unmatched:
        close = f"; closest: {_path(one.closest)}" if one.closest else ""
        lines.append(f"{_path(one.path)} ({one.level}, {count(one.num_images, 'image')}){close}")
    return _listed("Classes of the data that the model does not know", lines, most)


def _without_images(evaluation: Evaluation) -> list[str]:
    some = [
        f"{len(names):,} of {level} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        for level, names in evaluation.match.without_images.items()
        if names
    ]
    return wrapped(f"Classes without images here: {'; '.join(some)}.", 2) if some else []


def _cautions(evaluation: Evaluation, most: int) -> list[str]:
    sentences = (*evaluation.cautions, *evaluation.notes)
    return (
        ["To be careful about", *bullets(sentences, min(most, _MOST_CAUTIONS), "the page")]
        if sentences
        else []
    )


def _listed(heading: str, lines: Sequence[str], most: int) -> list[str]:
    if not lines:
        return []
    if len(lines) > most:
        heading = f"{heading}, {most} of {len(lines):,}; the page has all"
    return [heading, *(line for each in lines[:most] for line in wrapped(each, 1, "  "))]


def _percent(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{100 * interval.estimate:.1f} ±{100 * interval.reach:.1f}"


def _error(evaluation: Evaluation, level: str) -> str:
    one = evaluation.calibrations.get(level)
    return "-" if one is None else f"{100 * one.ece:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _path(names: Sequence[str]) -> str:
    return " > ".join(map(_short, names))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
