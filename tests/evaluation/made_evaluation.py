"""An evaluation of made-up answers: 300 classes, hostile names, classes that do not match."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from taskgraft.evaluation import Evaluation, match_classes
from taskgraft.evaluation._evaluate import _scored
from taskgraft.evaluation._image_answers import ImageAnswers
from taskgraft.evaluation._level_calibration import calibrations_of
from taskgraft.evaluation._promises import Promised, kept_of
from taskgraft.evaluation._rule_risks import rule_risks_of
from taskgraft.inference import Origin
from taskgraft.scores import probs_of
from taskgraft.taxonomy import Taxonomy

HOSTILE = "</script><img src=x onerror=alert(1)>"
_ODD = (HOSTILE, "w" * 200, "\u202ename", ("x y " * 40).strip(), "Süßkirsche – spät")


@cache
def made_evaluation(num_images: int = 900, num_leaves: int = 300) -> Evaluation:
    rng = np.random.default_rng(0)
    names = [*_ODD, *(f"thing {k}" for k in range(len(_ODD), num_leaves))]
    paths = [(f"group {k % 9}" if k % 9 else HOSTILE, name) for k, name in enumerate(names)]
    model = Taxonomy.from_names(["group", "thing"], paths)
    theirs = [*paths[: num_leaves - 40], ("group 1", "unheard of"), ("group 2", HOSTILE * 3)]
    data = Taxonomy.from_names(["group", "thing"], theirs)
    leaves = rng.integers(len(theirs), size=num_images)
    match = match_classes(np.stack([data.ancestors(0)[leaves], leaves], axis=1), data, model)
    logits = [
        (rng.normal(0, 1, (num_images, k)) + 4 * (match.targets[:, [i]] == np.arange(k))).astype(np.float32)
        for i, k in enumerate(model.num_classes)
    ]
    answers = _answers(logits)
    maker: Any = SimpleNamespace(
        description=SimpleNamespace(temperatures={"group": 1.3, "thing": None}), taxonomy=model
    )
    return Evaluation(
        origin=Origin(study=HOSTILE, variant="v" * 80, seed=3, data="d", created="now"),
        source=f"folder/{HOSTILE}",
        split="test",
        split_reason="the test split of the data",
        num_images=num_images,
        taxonomy=model,
        decoding="joint",
        match=match,
        cautions=(f"Careful: {HOSTILE}.", "c" * 300),
        notes=tuple(f"Note {k} of {HOSTILE}." for k in range(9)),
        promises=tuple(kept_of([Promised(0.8, 0.5), Promised(0.95, 0.9)], answers, match.targets)),
        not_promised=(0.99,),
        promising_images=200,
        rule_risks=rule_risks_of(answers, match.targets, model),
        calibrations=calibrations_of(maker, answers, match.targets),
        **_scored(logits, answers.preds, match.targets, model),
    )


def _answers(logits: list[np.ndarray]) -> ImageAnswers:
    probs = [probs_of(level) for level in logits]
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    confidences = np.stack([level.max(axis=1) for level in probs], axis=1)
    return ImageAnswers(preds, confidences, preds, confidences, confidences**0.7, confidences, confidences)
