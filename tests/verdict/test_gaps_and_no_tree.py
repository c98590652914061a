"""Studies in which labels are missing, or whose levels form no tree or nest oddly: judged and told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.errors import RequestError, StudyError
from taskgraft.report import verdict_markdown, verdict_text, write_report
from taskgraft.scores import DECODINGS, expected_calibration_error, fit_temperature, probs_of, score
from taskgraft.study import Study, read_split, run_directory
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import Verdict, conclude
from taskgraft.verdict._gather import gather

APART = Taxonomy.without_tree(
    [
        Level("colour", ("red", "blue", "green")),
        Level("shape", tuple("abcdefg")),
        Level("size", ("s", "l")),
    ]
)
# One to one at first; `rock` ends early and is continued by itself; `pets` is an only child.
RAGGED = Taxonomy.from_names(
    ["realm", "kind", "group", "species"],
    [
        ("dead", "dead", "rock", "rock"),
        ("dead", "dead", "ore", "iron"),
        ("dead", "dead", "ore", "gold"),
        ("live", "beasts", "pets", "cat"),
        ("live", "beasts", "pets", "dog"),
        ("live", "beasts", "pets", "fox"),
    ],
)


def pair(taxonomy: Taxonomy) -> list:
    known = catalogue(taxonomy.level_names)
    return [known[name] for name in ("independent", "shared-coarse-to-fine")]


def tell(study: Study, verdict: Verdict) -> str:
    """Everything a verdict is told with, for none of it may fail; the page is given back."""
    text = verdict_text(study, verdict)
    assert max(map(len, text.splitlines())) <= 80
    assert "nan" not in text.lower().split()
    verdict_markdown(study, verdict)
    json.dumps(verdict_json(study, verdict), allow_nan=False)
    study.write_results()
    return write_report(study, verdict).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return drawn_study(
        tmp_path_factory.mktemp("gappy"),
        seeds=[0, 1],
        unlabelled={"kind": 0.1, "species": 0.3},
        flow_worth=dict.fromkeys(catalogue(TAXONOMY.level_names), 0.1),
    )


@pytest.fixture(scope="module")
def gappy_verdict(gappy: Study) -> Verdict:
    return conclude(gappy)


def test_standings_are_the_scores_of_the_known_images(gappy: Study, gappy_verdict: Verdict) -> None:
    for standing in gappy_verdict.standings:
        found = []
        for seed in (0, 1):
            logits, targets = read_split(
                run_directory(gappy.directory, standing.variant, seed), TAXONOMY.level_names, "test"
            )
            known = targets[:, 1] >= 0
            found.append(score([level[known] for level in logits], targets[known], TAXONOMY))
        for name in ("accuracy.species", "full_path_accuracy", "mistake_severity", "nll.species"):
            expected = np.mean([scores[name] for scores in found])
            assert standing.scores[name].estimate == pytest.approx(expected), name


def test_draws_are_ratios_over_the_known_images(gappy: Study) -> None:
    evidence = gather(gappy, num_draws=40)
    logits, targets = read_split(run_directory(gappy.directory, "shared", 1), TAXONOMY.level_names, "test")
    known = targets[:, 1] >= 0
    right = (logits[1].argmax(axis=1) == targets[:, 1])[known]
    weights = evidence.weights[:, known]
    expected = weights @ right / weights.sum(axis=1)
    np.testing.assert_allclose(evidence.samples["shared", 1]["accuracy.species"].draws, expected, atol=1e-5)


def test_decodings_calibrations_flows_and_confusions_look_at_known_images(
    gappy: Study, gappy_verdict: Verdict
) -> None:
    logits, targets = read_split(
        run_directory(gappy.directory, "coarse-to-fine", 0), TAXONOMY.level_names, "test"
    )
    known = targets[:, 1] >= 0
    evidence = gather(gappy, num_draws=2)
    # The made studies have the same val and test split.
    calibrated = [
        probs_of(level / fit_temperature(level, classes))
        for level, classes in zip(logits, targets.T, strict=True)
    ]
    for name, decode in DECODINGS.items():
        right = decode(calibrated, TAXONOMY)[known, 1] == targets[known, 1]
        run = evidence.decoded["coarse-to-fine", 0]
        assert run.samples[name, "accuracy.species"].value == pytest.approx(right.mean())
        assert run.val[name, "accuracy.species"].value == pytest.approx(right.mean())
    own = next(c for c in gappy_verdict.calibrations if (c.variant, c.level) == ("coarse-to-fine", "species"))
    raw, temperatures, changes = [], [], []
    for seed in (0, 1):
        directory = run_directory(gappy.directory, "coarse-to-fine", seed)
        logits, targets = read_split(directory, TAXONOMY.level_names, "test")
        raw.append(expected_calibration_error(probs_of(logits[1][known]), targets[known, 1]))
        temperatures.append(fit_temperature(logits[1][known], targets[known, 1]))
        preds = logits[1].argmax(axis=1)
        spoilt = np.random.default_rng(200 + seed).random(len(preds)) < 0.1
        after = np.where(spoilt, (preds + 1) % 9, preds)
        changes.append(np.mean((after == targets[:, 1])[known]) - np.mean((preds == targets[:, 1])[known]))
    assert own.raw["ece"].mean == pytest.approx(np.mean(raw))
    assert own.temperature.mean == pytest.approx(np.mean(temperatures))
    flow = next(f for f in gappy_verdict.flows if f.variant == "coarse-to-fine")
    assert flow.changes["shuffled"].estimate == pytest.approx(np.mean(changes), abs=1e-6)
    assert sum(evidence.variants["coarse-to-fine"].confusions["species"].values()) == 2 * known.sum()


def test_a_caution_says_how_many_labels_are_missing(gappy_verdict: Verdict) -> None:
    (caution,) = [c for c in gappy_verdict.cautions if c.startswith("Labels are missing")]
    assert "for some of the 600 test images: " in caution
    assert " at kind, " in caution
    assert "; the full path, of the " in caution


def test_a_study_with_gaps_can_be_told(gappy: Study, gappy_verdict: Verdict) -> None:
    assert "Labels are missing for some" in tell(gappy, gappy_verdict)


def test_a_level_without_test_labels_is_left_out_and_said_so(tmp_path: Path) -> None:
    study = drawn_study(
        tmp_path,
        seeds=[0, 1],
        unlabelled={"species": 1.0},
        architectures=pair(TAXONOMY),
        flow_worth={"shared-coarse-to-fine": 0.1},
    )
    verdict = conclude(study)
    assert not any("species" in name and "consistency" not in name for name in verdict.score_names)
    assert {c.level for c in verdict.calibrations} == {"kind"}
    assert verdict.flows == ()
    assert any(c.startswith("No test image has a label at species") for c in verdict.cautions)
    assert not any("was not measured" in caution for caution in verdict.cautions)
    assert verdict.recommendation.prefer == "kind"
    assert conclude(study, "latency").recommendation.prefer == "latency"
    with pytest.raises(
        RequestError, match=r"test images have labels for \(kind, latency\), but got 'full-path'"
    ):
        conclude(study, "full-path")
    tell(study, verdict)


def test_a_study_without_any_test_label_is_refused(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, seeds=[0], architectures=pair(TAXONOMY), unlabelled={"kind": 1.0})
    with pytest.raises(StudyError, match="to be labelled at some level, but got 'no label at all'"):
        conclude(study)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return drawn_study(
        tmp_path_factory.mktemp("apart"),
        taxonomy=APART,
        seeds=[0, 1],
        unlabelled={"shape": 0.2},
        gains={"shared": 0.1},
    )


def test_without_a_tree_nothing_that_needs_one_is_told(apart: Study) -> None:
    verdict = conclude(apart)
    kinds = {name.partition(".")[0] for name in verdict.score_names}
    assert kinds == {
        "accuracy",
        "top5_accuracy",
        "balanced_accuracy",
        "macro_f1",
        "nll",
        "brier",
        "ece",
        "full_path_accuracy",
    }
    assert verdict.decodings == verdict.decoded_comparisons == verdict.decoded_effects == ()
    assert len([c for c in verdict.cautions if "The levels form no tree" in c]) == 1
    assert not any("free baseline" in s or "Decoded jointly" in s for s in verdict.exploratory)
    assert verdict.recommendation.prefer == "full-path"
    assert verdict.recommendation.decoding == "independent"


def test_without_a_tree_a_study_can_be_told(apart: Study) -> None:
    page = tell(apart, conclude(apart, "full-path"))
    for level in ("colour", "shape", "size"):
        assert f"<bdi>{level}</bdi>: rows are true, columns predicted" in page
    assert "elsewhere" not in page.partition("<main>")[2]
    assert "mistake severity</dt>" not in page


def test_odd_trees_can_be_judged_and_told(tmp_path: Path) -> None:
    study = drawn_study(
        tmp_path, taxonomy=RAGGED, seeds=[0, 1], architectures=pair(RAGGED), unlabelled={"species": 0.2}
    )
    verdict = conclude(study)
    for decoded in verdict.decodings:
        if decoded.decoding in ("joint", "top-down", "crm"):
            assert decoded.scores["consistency.group>species"].mean == 1
            assert decoded.scores["consistency.realm>kind"].mean == 1
    assert "live › beasts › pets" in tell(study, verdict)


def test_files_left_out_and_notes_are_told_as_text(tmp_path: Path) -> None:
    skipped = [(f"<b>{i}</b>\n.jpg", "cut off") for i in range(14)]
    study = drawn_study(
        tmp_path,
        seeds=[0],
        architectures=pair(TAXONOMY),
        skipped=skipped,
        notes=["Level 'all' was left out: its only class is '<i>x'."],
    )
    verdict = conclude(study)
    assert any("Left out of the data, and so of these scores: 14 files" in c for c in verdict.cautions)
    page, text = tell(study, verdict), verdict_markdown(study, verdict)
    assert "14 files. &lt;b&gt;0&lt;/b&gt; .jpg: cut off;" in page
    assert "and 4 more, in study.json" in page
    assert "its only class is &#39;&lt;i&gt;x&#39;" in page
    assert "<b>" not in text
    assert "- Left out: 14 files. &lt;b>0&lt;/b> .jpg: cut off; " in text
