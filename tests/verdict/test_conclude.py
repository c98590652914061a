import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from drawn_study import NUM_IMAGES, TAXONOMY, draw_logits, drawn_study, write_run

from taskgraft.architecture import NAMES
from taskgraft.errors import RequestError, StudyError
from taskgraft.file_writing import write_text
from taskgraft.scores import DECODINGS, fit_temperature, probs_of
from taskgraft.statistics import Interval, holm_adjusted
from taskgraft.study import (
    PREDICTIONS,
    RESULT,
    RunRecord,
    Study,
    digest,
    run_directory,
    write_arrays,
)
from taskgraft.study._run_files import read_predictions
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Comparison, Confusion, FlowUse, Verdict, conclude
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather

SHARED = [name for name in NAMES if name.startswith("shared")]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Sharing is worth 10 points at both levels; one flow of two is used."""
    return drawn_study(
        tmp_path_factory.mktemp("made"),
        gains=dict.fromkeys(SHARED, 0.1),
        flow_worth={
            "coarse-to-fine": 0.2,
            "fine-to-coarse": 0.0,
            "shared-coarse-to-fine": 0.2,
            "shared-fine-to-coarse": 0.0,
        },
    )


@pytest.fixture(scope="module")
def verdict(study: Study) -> Verdict:
    return conclude(study)


def comparison(verdict: Verdict, first: str, second: str, score: str) -> Comparison:
    return next(c for c in verdict.comparisons if (c.first, c.second, c.score) == (first, second, score))


def test_every_pair_is_compared_at_every_score_once(verdict: Verdict) -> None:
    seen = [(frozenset((c.first, c.second)), c.score) for c in verdict.comparisons]
    assert len(seen) == len(set(seen)) == 15 * len(verdict.score_names)
    assert all(c.first != "independent" for c in verdict.comparisons)


def test_a_difference_is_that_of_the_mean_scores(study: Study, verdict: Verdict) -> None:
    rows = {row.variant: row.scores for row in study.summary()}
    for c in verdict.comparisons:
        expected = rows[c.first][c.score].mean - rows[c.second][c.score].mean
        assert c.interval.estimate == pytest.approx(expected, abs=1e-6)
        assert c.interval.low <= c.interval.estimate <= c.interval.high


def test_standings_hold_the_scores_of_the_runs(study: Study, verdict: Verdict) -> None:
    for standing, row in zip(verdict.standings, study.summary(), strict=True):
        assert standing.variant == row.variant
        for name, spread in row.scores.items():
            assert standing.scores[name].estimate == pytest.approx(spread.mean, abs=1e-6)


def test_what_was_put_in_is_found(verdict: Verdict) -> None:
    found = {(e.name, e.score): e for e in verdict.effects}
    assert {e.name for e in verdict.effects} == {
        "sharing",
        "coarse-to-fine",
        "fine-to-coarse",
        "sharing x coarse-to-fine",
        "sharing x fine-to-coarse",
    }
    for level in TAXONOMY.level_names:
        sharing = found["sharing", f"accuracy.{level}"]
        assert sharing.is_detected
        assert sharing.interval.low < 0.1 < sharing.interval.high + 0.02
        assert not found["coarse-to-fine", f"accuracy.{level}"].is_detected
        assert not found["sharing x fine-to-coarse", f"accuracy.{level}"].is_detected
    for name in SHARED:
        assert comparison(verdict, name, "independent", "accuracy.species").is_detected


def test_the_adjusted_p_is_never_below_the_interval_s_own(verdict: Verdict) -> None:
    for c in verdict.comparisons:
        assert c.interval.p is not None
        assert c.interval.p <= c.adjusted_p <= 1
        # Five pairs cannot give less than 2 / 2^5.
        assert c.exact_p >= 2 / 2**5


def test_a_gain_is_the_mean_of_the_relative_gains_over_the_control(study: Study, verdict: Verdict) -> None:
    assert verdict.standings[0].gain is None
    evidence = gather(study, num_draws=10)
    ratios = [
        np.mean(
            [
                evidence.samples["shared", seed][f"accuracy.{level}"].value
                / evidence.samples["independent", seed][f"accuracy.{level}"].value
                for level in TAXONOMY.level_names
            ]
        )
        for seed in range(5)
    ]
    assert verdict.standings[1].gain.estimate == pytest.approx(np.mean(ratios) - 1)


def test_flows_that_matter_are_told_from_flows_that_do_not(verdict: Verdict) -> None:
    assert {flow.variant: flow.use for flow in verdict.flows} == {
        "coarse-to-fine": "used",
        "fine-to-coarse": "unused",
        "shared-coarse-to-fine": "used",
        "shared-fine-to-coarse": "unused",
    }
    assert verdict.flows[0].changes["shuffled"].estimate < -0.05
    assert verdict.flows[0].changes["oracle"].estimate == 0
    said = [s for s in verdict.exploratory if s.startswith("Flows that are")]
    assert "kind into species in coarse-to-fine" in said[0]
    assert "unused" in said[1]
    assert "species into kind in fine-to-coarse" in said[1]


@pytest.mark.parametrize(
    ("low", "high", "num_seeds", "use"),
    [
        (-0.3, -0.1, 3, "used"),
        (-0.64, 0.03, 2, "undecided"),
        (-0.005, 0.009, 5, "unused"),
        (-0.001, 0.001, 1, "undecided"),
        (-0.3, -0.1, 1, "undecided"),
    ],
)
def test_what_is_not_detected_is_unused_only_where_the_interval_is_small(
    low: float, high: float, num_seeds: int, use: str
) -> None:
    shuffled = Interval((low + high) / 2, low, high, num_seeds)
    p = None if num_seeds == 1 else 0.01 if low > 0 or high < 0 else 0.5
    assert (
        FlowUse("shared-coarse-to-fine", "kind", "species", {"shuffled": shuffled}, {"shuffled": p}).use
        == use
    )


def test_what_does_not_hold_after_the_correction_over_all_flows_is_not_used() -> None:
    shuffled = Interval(-0.03, -0.05, -0.01, 5, p=0.01)
    flow = FlowUse("shared-coarse-to-fine", "kind", "species", {"shuffled": shuffled}, {"shuffled": 0.06})
    assert not flow.is_detected("shuffled")
    assert flow.use == "undecided"


def test_flows_are_corrected_over_all_flows(verdict: Verdict) -> None:
    for kind in ("mean", "shuffled", "oracle"):
        ps = [flow.changes[kind].family_p for flow in verdict.flows]
        assert [flow.adjusted_ps[kind] for flow in verdict.flows] == pytest.approx(holm_adjusted(ps).tolist())


def test_the_sentences_can_be_quoted(verdict: Verdict) -> None:
    assert verdict.headline.startswith("Detectably better than independent, the control")
    assert all(name in verdict.headline for name in SHARED)
    sharing = next(s for s in verdict.sentences if s.startswith("Sharing the trunk"))
    interval = r"[\d.]+ points \(95 % interval \+[\d.]+ to \+[\d.]+\)"
    end = r", at 0\.50 times the MACs; 5 seeds\.$"
    assert re.match(rf"Sharing the trunk raised full-path accuracy by {interval}{end}", sharing)
    sharing = next(s for s in verdict.exploratory if s.startswith("Sharing the trunk"))
    assert re.match(
        rf"Sharing the trunk raised kind accuracy by {interval} and raised species accuracy by .*{end}",
        sharing,
    )
    (flows,) = [s for s in verdict.sentences if "coarse-to-fine flow" in s.lower()]
    one = r"[+−][\d.]+, [+−][\d.]+ to [+−][\d.]+"
    assert re.match(
        rf"No detectable difference in full-path accuracy \(95 % intervals\): coarse-to-fine flow \({one}\); "
        rf"fine-to-coarse flow \({one}\); 5 seeds\.",
        flows,
    )
    assert "in full-path accuracy with each level by itself: " in verdict.headline


@pytest.mark.parametrize("prefer", ["kind", "species", "full-path", "latency"])
def test_any_preference_can_be_asked_for(study: Study, prefer: str) -> None:
    assert conclude(study, prefer).recommendation.prefer == prefer


def test_an_unknown_preference_is_refused(study: Study) -> None:
    with pytest.raises(RequestError, match=r"Expected prefer to be one of kind, species, full-path, latency"):
        conclude(study, "speciess")


def cells_of(evidence: Evidence, variant: str, level: str) -> np.ndarray:
    cells = evidence.variants[variant].confusions[level]
    num_classes = TAXONOMY.num_classes[TAXONOMY.level_names.index(level)]
    return Confusion(level, tuple((*key, n) for key, n in cells.items())).matrix(num_classes)


def test_confusions_count_every_test_image_of_every_seed(study: Study) -> None:
    found = {level: cells_of(gather(study, 2), "shared", level) for level in TAXONOMY.level_names}
    assert {name: matrix.shape for name, matrix in found.items()} == {"kind": (3, 3), "species": (9, 9)}
    assert found["species"].sum() == 5 * NUM_IMAGES
    accuracy = np.trace(found["species"]) / found["species"].sum()
    assert accuracy == pytest.approx(study.summary()[1].scores["accuracy.species"].mean)


def test_the_independent_decoding_has_the_scores_of_the_runs(verdict: Verdict) -> None:
    own = {d.variant: d.scores for d in verdict.decodings if d.decoding == "independent"}
    for standing in verdict.standings:
        for name, spread in own[standing.variant].items():
            assert spread.mean == pytest.approx(standing.spreads[name].mean, abs=1e-6)


def test_decodings_decode_calibrated_probabilities(study: Study, verdict: Verdict) -> None:
    summed = next(d for d in verdict.decodings if (d.variant, d.decoding) == ("shared", "summed"))
    values = []
    for seed in range(5):
        arrays = read_predictions(run_directory(study.directory, "shared", seed))
        targets, logits = arrays["test.targets.species"], arrays["test.logits.species"]
        # The made studies have the same val and test split.
        cooled = logits / fit_temperature(logits, targets)
        probs = probs_of(cooled) @ np.eye(3)[np.arange(9) // 3]
        values.append(np.mean(probs.argmax(axis=1) == arrays["test.targets.kind"]))
    assert summed.scores["accuracy.kind"].mean == pytest.approx(np.mean(values))


def test_decoded_differences_are_those_of_the_decoded_scores(verdict: Verdict) -> None:
    means = {(d.variant, d.decoding): d.scores for d in verdict.decodings}
    assert {c.decoding for c in verdict.decoded_comparisons} == set(DECODINGS) - {"independent"}
    assert {c.score for c in verdict.decoded_comparisons} == {
        "accuracy.kind",
        "accuracy.species",
        "full_path_accuracy",
    }
    for c in verdict.decoded_comparisons:
        first, second = (means[name, c.decoding][c.score].mean for name in (c.first, c.second))
        assert c.interval.estimate == pytest.approx(first - second, abs=1e-6)
    sharing = [e for e in verdict.decoded_effects if (e.name, e.decoding) == ("sharing", "joint")]
    assert len(sharing) == 3
    assert all(e.is_detected for e in sharing)
    assert any(
        s.startswith("Decoded jointly") and "sharing the trunk raised" in s for s in verdict.exploratory
    )


def test_consistent_decodings_are_consistent(verdict: Verdict) -> None:
    for decoded in verdict.decodings:
        if decoded.decoding in ("joint", "top-down", "crm"):
            assert decoded.scores["consistency.kind>species"].mean == 1


def test_a_temperature_does_not_raise_the_likelihood_s_loss_where_val_is_test(verdict: Verdict) -> None:
    # The made studies have the same val and test split, so the fit is the best there is.
    assert len(verdict.calibrations) == 12
    for calibration in verdict.calibrations:
        assert calibration.calibrated["nll"].mean <= calibration.raw["nll"].mean + 1e-9
        assert sum(one.share for one in calibration.bins) == pytest.approx(1)


def test_nothing_in_the_runs_is_no_detectable_difference(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=range(6)))
    assert verdict.headline.startswith("No detectable difference")
    assert not any(e.is_detected for e in verdict.effects if e.score.startswith("accuracy."))
    assert not any("raised" in s or "lowered" in s for s in verdict.sentences[:4])


def test_an_effect_that_only_all_six_show_is_in_the_headline(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, gains=dict.fromkeys(SHARED, 0.016)))
    assert not any(c.is_detected for c in verdict.comparisons if c.second == "independent")
    assert verdict.headline.endswith("but all six together show an effect: sharing.")


def test_flows_that_were_not_measured_are_a_caution(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[0]))
    assert verdict.flows == ()
    assert any("Whether the flows of coarse-to-fine, fine-to-coarse" in c for c in verdict.cautions)


def test_one_seed_has_intervals_over_images_only_and_no_claims(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[3], gains={"shared": 0.3}))
    assert verdict.headline.startswith("A single seed settles nothing.")
    assert all(c.adjusted_p is None and c.exact_p is None and not c.is_detected for c in verdict.comparisons)
    assert any(c.startswith("One seed") for c in verdict.cautions)
    assert not any("raised" in sentence for sentence in (*verdict.sentences, *verdict.exploratory))


def test_one_seed_among_more_is_a_caution(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[0, 1, 2], missing=[("shared", 1), ("shared", 2)]))
    assert any(c.startswith("One seed only of shared") for c in verdict.cautions)
    assert any("Only 3 seeds" in c for c in verdict.cautions)


def test_a_directory_will_do(study: Study, verdict: Verdict) -> None:
    assert conclude(study.directory).headline == verdict.headline


def test_missing_runs_are_named_and_pairs_rest_on_what_is_there(tmp_path: Path) -> None:
    missing = [("shared", 0), ("shared", 1), ("coarse-to-fine", 4)]
    verdict = conclude(drawn_study(tmp_path, missing=missing))
    # One family has one number of seeds: those that all have.
    assert {c.interval.num_seeds for c in verdict.comparisons} == {2}
    assert any(c.startswith("Compared are the 2 seeds that all have") for c in verdict.cautions)
    caution = next(c for c in verdict.cautions if "not finished" in c)
    assert "3 of 30 runs not finished: shared-seed0, shared-seed1, coarse-to-fine-seed4" in caution
    assert all(e.interval.num_seeds == 2 for e in verdict.effects if e.name == "sharing")


def test_an_architecture_without_runs_is_left_out(tmp_path: Path) -> None:
    missing = [("independent", seed) for seed in range(5)]
    verdict = conclude(drawn_study(tmp_path, missing=missing))
    assert verdict.control is None
    assert [s.variant for s in verdict.standings] == list(NAMES[1:])
    assert verdict.effects == ()
    assert "cannot be compared" in verdict.headline or "can be compared with the control" in verdict.headline


def test_a_run_tested_on_other_images_is_left_out_and_named(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, seeds=[0, 1, 2])
    request = study.record.request
    shared, identity = request.variant("shared"), request.identities()["shared"]
    write_run(tmp_path, shared, 1, TAXONOMY, 0.1, identity=identity, stream=5, images=77)
    verdict = conclude(Study.open(tmp_path))
    assert comparison(verdict, "shared", "independent", "accuracy.kind").interval.num_seeds == 2
    assert any("1 of 18 runs left out" in c and "shared-seed1" in c for c in verdict.cautions)
    shared = verdict.standings[1]
    assert shared.seeds == (0, 2)
    assert shared.spreads["accuracy.kind"].mean == pytest.approx(shared.scores["accuracy.kind"].estimate)


def test_a_logit_that_is_no_number_is_refused_with_the_run_and_the_level(tmp_path: Path) -> None:
    drawn_study(tmp_path, seeds=[0])
    directory = run_directory(tmp_path, "shared", 0)
    arrays = dict(read_predictions(directory))
    spoilt = arrays["test.logits.species"].copy()
    spoilt[7, 3] = np.nan
    write_arrays(directory / PREDICTIONS, {**arrays, "test.logits.species": spoilt})
    record = RunRecord.model_validate_json((directory / RESULT).read_bytes())
    digests = {**record.digests, PREDICTIONS: digest(directory / PREDICTIONS)}
    write_text(directory / RESULT, record.model_copy(update={"digests": digests}).model_dump_json())
    with pytest.raises(
        StudyError, match=r"level 'species' of shared-seed0 to be a finite number, but got nan"
    ):
        conclude(Study.open(tmp_path))


def test_a_study_without_a_finished_run_is_a_clear_error(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, seeds=[0], missing=[(name, 0) for name in NAMES])
    with pytest.raises(StudyError, match="a study with at least one finished run"):
        conclude(study)


def test_a_single_level_has_no_scores_across_levels(tmp_path: Path) -> None:
    flat = Taxonomy(TAXONOMY.levels[1:], ())
    verdict = conclude(drawn_study(tmp_path, taxonomy=flat))
    assert verdict.recommendation is None
    assert verdict.decodings == ()
    assert "full_path_accuracy" not in verdict.score_names
    assert verdict.headline.startswith("Only independent, the control, has finished runs")


def test_an_unofficial_split_is_a_caution(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[0, 1], is_official=False))
    assert verdict.cautions[0].startswith("Unofficial split: made, made up.")
    assert any("Only 2 seeds" in c and "0.5" in c and "very wide" in c for c in verdict.cautions)


def test_draws_are_resamplings_of_the_test_images(study: Study) -> None:
    evidence = gather(study, num_draws=50)
    arrays = read_predictions(run_directory(study.directory, "shared", 2))
    right = arrays["test.logits.species"].argmax(axis=1) == arrays["test.targets.species"]
    np.testing.assert_allclose(
        evidence.samples["shared", 2]["accuracy.species"].draws, evidence.weights @ right, atol=1e-6
    )


def test_made_logits_are_right_as_often_as_told() -> None:
    targets = np.stack([TAXONOMY.ancestors(0)[np.arange(600) % 9], np.arange(600) % 9], axis=1)
    logits = draw_logits(targets, TAXONOMY, 0.6, 1)
    assert np.mean(logits[1].argmax(axis=1) == targets[:, 1]) == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize(
    ("change", "told", "is_about_scores"),
    [
        ({"versions": {"python": "3.12.1"}}, "versions (python 3.11.9 and 3.12.1)", True),
        ({"cpu_capability": "AVX2"}, "cpu capability (AVX512 and AVX2)", True),
        ({"num_cores": 8}, "num cores (2 and 8)", False),
    ],
)
def test_runs_of_different_machines_are_a_caution(
    change: dict[str, object], told: str, is_about_scores: bool, study: Study
) -> None:
    environment = study.runs[0].environment.model_copy(update={"cpu_capability": "AVX512"})
    runs = [run.model_copy(update={"environment": environment}) for run in study.runs]
    runs[-1] = runs[-1].model_copy(update={"environment": environment.model_copy(update=change)})
    verdict = conclude(dataclasses.replace(study, runs=tuple(runs)))
    (caution,) = [c for c in verdict.cautions if c.startswith("The runs differ in")]
    assert told in caution
    assert ("scores may differ" in caution) is is_about_scores
