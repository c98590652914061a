"""A study's verdict as plain data, for `--json`."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from taskgraft.cli.spelling import on_command_line
from taskgraft.report import Picture, read_pictures
from taskgraft.study import Study
from taskgraft.verdict import Across, BetweenStudies, Verdict, class_rows, scores_of_classes, worst_confusions


def verdict_json(study: Study, verdict: Verdict) -> dict[str, Any]:
    """Everything a study concludes, under the names of `verdict/records.py`.

    What is judged from other fields is spelt out: `is_detected` of a difference or an effect, and `use` of
    a flow. `gallery` are the images of the report's page, by the names that their source calls them.
    """
    # Copies of what is shown otherwise below would take longer than all the rest.
    bare = replace(verdict, confusions={}, opinions={})
    plain: dict[str, Any] = {"directory": str(study.directory), **asdict(bare)}
    plain |= {"sentences": list(verdict.sentences), "exploratory": list(verdict.exploratory)}
    plain["missing"] = [{"variant": name, "seed": seed} for name, seed in study.missing]
    plain["damaged"] = list(study.damaged)
    plain["failures"] = [
        {
            **one.model_dump(include={"variant", "seed", "kind", "step", "level", "batch_size"}),
            "message": one.spelled(on_command_line),
        }
        for one in study.failures
    ]
    for standing, row in zip(plain["standings"], verdict.standings, strict=True):
        standing["cost"] = row.cost.model_dump()
        standing["inference"] = row.inference.model_dump() if row.inference else None
    judgements = dict.fromkeys(("comparisons", "effects", "over_flat"), "is_detected") | {"flows": "use"}
    for name, judged in judgements.items():
        for entry, record in zip(plain[name], getattr(verdict, name), strict=True):
            entry[judged] = getattr(record, judged)
    plain |= _classes_json(study, verdict)
    adapted = study.adaptation()
    plain["adaptation"] = adapted and adapted.model_dump(exclude={"format"})
    # The same under the names of classes and images.
    del plain["opinions"]
    gallery = read_pictures(study, verdict)
    plain["gallery"] = gallery and {
        "worst": [_picture_json(picture) for picture in gallery.worst],
        "disagreements": [_picture_json(picture) for picture in gallery.disagreements],
    }
    return plain


def _classes_json(study: Study, verdict: Verdict) -> dict[str, Any]:
    """By variant every class and the worst confusions, over all seeds; all confusions of the one to take."""
    taxonomy = study.taxonomy
    return {
        "classes": {
            name: [asdict(row) for row in class_rows(scores_of_classes(confusions, taxonomy), taxonomy)]
            for name, confusions in verdict.confusions.items()
        },
        "worst_confusions": {
            name: [asdict(one) for one in worst_confusions(confusions, taxonomy)]
            for name, confusions in verdict.confusions.items()
        },
        "confusions": [asdict(one) for one in verdict.confusions[verdict.confused]],
    }


def between_json(between: BetweenStudies) -> dict[str, Any]:
    """How two studies compare, under the names of `BetweenStudies`."""
    plain = asdict(between)
    for entry, difference in zip(plain["differences"], between.differences, strict=True):
        entry["is_detected"] = difference.is_detected
    return plain


def across_json(across: Across) -> dict[str, Any]:
    """What several datasets say together, under the names of `Across`."""
    plain = asdict(across)
    for name in ("from_control", "from_flat"):
        for entry, effect in zip(plain[name], getattr(across, name), strict=True):
            entry["is_detected"] = effect.is_detected
    return plain


def _picture_json(picture: Picture) -> dict[str, Any]:
    return {
        "name": picture.name,
        "true": list(picture.true_path),
        "predicted": {variant: list(path) for variant, path in picture.predicted},
        "confidence": picture.confidence,
    }
