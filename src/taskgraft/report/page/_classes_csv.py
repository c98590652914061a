"""Every class of every variant as CSV."""

from __future__ import annotations

from typing import Any

from taskgraft.csv_bytes import csv_bytes
from taskgraft.study import Study
from taskgraft.verdict import Verdict, class_rows, scores_of_classes

_JOINT = " > "


def classes_csv(study: Study, verdict: Verdict) -> bytes:
    """A line a variant and class: level, class, path, precision, recall, f1, support, num_predicted, runs.

    Images are counted over all runs of a variant, each of which predicts every test image.
    """
    taxonomy = study.taxonomy
    num_runs = {standing.variant: len(standing.seeds) for standing in verdict.standings}
    columns: dict[str, list[Any]] = {"variant": [], "level": [], "class": [], "path": []}
    columns |= {name: [] for name in ("precision", "recall", "f1", "support", "num_predicted", "runs")}
    for name, confusions in verdict.confusions.items():
        for row in class_rows(scores_of_classes(confusions, taxonomy), taxonomy):
            line: dict[str, Any] = {
                "variant": name,
                "level": row.level,
                "class": row.path[-1],
                "path": _JOINT.join(row.path),
            }
            line |= {"precision": row.precision, "recall": row.recall, "f1": row.f1, "runs": num_runs[name]}
            line |= {"support": row.support, "num_predicted": row.num_predicted}
            for title, value in line.items():
                columns[title].append(value)
    return csv_bytes(columns)
