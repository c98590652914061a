"""A study's verdict as plain data, for `--json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from taskgraft.cli.spelling import on_command_line
from taskgraft.report import Picture, read_pictures
from taskgraft.study import Study
from taskgraft.verdict import BetweenStudies, Verdict


def verdict_json(study: Study, verdict: Verdict) -> dict[str, Any]:
    """Everything a study concludes, under the names of `verdict/records.py`.

    What is judged from other fields is spelt out: `is_detected` of a difference or an effect, and `use` of
    a flow. `gallery` are the images of the report's page, by the names that their source calls them.
    """
    plain: dict[str, Any] = {"directory": str(study.directory), **asdict(verdict)}
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


def between_json(between: BetweenStudies) -> dict[str, Any]:
    """How two studies compare, under the names of `BetweenStudies`."""
    plain = asdict(between)
    for entry, difference in zip(plain["differences"], between.differences, strict=True):
        entry["is_detected"] = difference.is_detected
    return plain


def _picture_json(picture: Picture) -> dict[str, Any]:
    return {
        "name": picture.name,
        "true": list(picture.true_path),
        "predicted": {variant: list(path) for variant, path in picture.predicted},
        "confidence": picture.confidence,
    }
