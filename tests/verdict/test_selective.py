"""How much answers tell at which share of right ones, from saved logits to the verdict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.scores import (
    Promise,
    climbing,
    critical_values,
    depths_at,
    fit_pool,
    fit_temperature,
    path_information,
    probs_of,
    risk_coverage,
)
from taskgraft.study import Study, read_splits, run_directory
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import PROMISED, Selective, Verdict, conclude

NAMES = TAXONOMY.level_names


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    known = catalogue(NAMES)
    return drawn_study(
        tmp_path_factory.mktemp("selective"),
        seeds=[0, 1, 2],
        architectures=[known["independent"], known["shared"]],
        unlabelled={"species": 0.2},
    )


@pytest.fixture(scope="module")
def verdict(study: Study) -> Verdict:
    return conclude(study)


def labelled(study: Study, variant: str, seed: int) -> tuple:
    """The val and test split of a run: logits and targets of the images labelled at every level."""
    splits = read_splits(run_directory(study.directory, variant, seed), NAMES)
    for name in ("val", "test"):
        logits, targets = splits[name]
        chosen = (targets >= 0).all(axis=1)
        yield [level[chosen] for level in logits], targets[chosen]


def told(certainties: np.ndarray, preds: np.ndarray, targets: np.ndarray, threshold: float) -> tuple:
    """Coverage and accuracy of answers at a threshold, image by image."""
    depths = depths_at(certainties, threshold)
    information = path_information(preds, TAXONOMY)
    coverage = [row[d - 1] if d else 0.0 for row, d in zip(information, depths, strict=True)]
    right = [not wrong[:d].any() for wrong, d in zip(preds != targets, depths, strict=True)]
    return float(np.mean(coverage)), float(np.mean(right))


def one(verdict: Verdict, variant: str, level: str | None) -> Selective:
    return next(s for s in verdict.selective if (s.variant, s.level) == (variant, level))


def test_climbing_is_fitted_on_val_and_judged_on_test(study: Study, verdict: Verdict) -> None:
    areas, promised = [], {target: [] for target in PROMISED}
    for seed in (0, 1, 2):
        (val, of_val), (test, of_test) = labelled(study, "shared", seed)
        weights = fit_pool(val, of_val, TAXONOMY)
        on_val, on_test = (climbing(logits, weights, TAXONOMY) for logits in (val, test))
        areas.append(risk_coverage(on_test.certainties, on_test.preds, of_test, TAXONOMY).area)
        promise = Promise.of(critical_values(on_val.certainties, on_val.preds, of_val))
        for target in PROMISED:
            threshold = promise.threshold(target)
            if threshold is not None:
                promised[target].append(told(on_test.certainties, on_test.preds, of_test, threshold))
    got = one(verdict, "shared", None)
    assert got.area.mean == pytest.approx(np.mean(areas))
    assert [each.target for each in got.promised] == [t for t in PROMISED if len(promised[t]) == 3]
    assert got.promised
    for each in got.promised:
        expected = np.mean(promised[each.target], axis=0)
        assert (each.coverage.mean, each.accuracy.mean) == pytest.approx(tuple(expected))


def test_a_plain_rule_is_the_top_class_of_one_level_by_its_calibrated_confidence(
    study: Study, verdict: Verdict
) -> None:
    ends = []
    for seed in (0, 1, 2):
        (val, of_val), (test, of_test) = labelled(study, "independent", seed)
        temperature = fit_temperature(val[0], of_val[:, 0])
        probs = probs_of(test[0] / temperature)
        ends.append(np.mean(probs.argmax(axis=1) != of_test[:, 0]))
    curve = one(verdict, "independent", "kind").curve
    # Three kinds of three species: half of what a leaf tells.
    assert curve[-1] == pytest.approx((0.5, np.mean(ends)))
    assert one(verdict, "independent", "species").curve[-1][0] == 1.0


def test_every_variant_has_every_rule_and_curves_begin_with_nothing(verdict: Verdict) -> None:
    assert [(s.variant, s.level) for s in verdict.selective] == [
        (variant, level) for variant in ("independent", "shared") for level in (None, *NAMES)
    ]
    for each in verdict.selective:
        assert each.curve[0] == (0.0, 0.0)
        assert [point[0] for point in each.curve] == sorted(point[0] for point in each.curve)


def test_val_images_without_labels_promise_nothing_but_leave_the_curves(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, seeds=[0], unlabelled={"species": 1.0})
    assert conclude(study).selective == ()


@pytest.mark.parametrize(
    "taxonomy",
    [
        Taxonomy.from_names(["species"], [(f"species {i}",) for i in range(5)]),
        Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("bar", "disc"))]),
    ],
)
def test_one_level_and_levels_without_a_tree_have_no_depth(taxonomy: Taxonomy, tmp_path: Path) -> None:
    known = catalogue(taxonomy.level_names)
    study = drawn_study(tmp_path, seeds=[0], taxonomy=taxonomy, architectures=[known["independent"]])
    assert conclude(study).selective == ()
