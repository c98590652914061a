"""Does predicting the coarser level pay? Every variant against the flat one, each decoded as val favours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import Architecture, catalogue, flat
from taskgraft.network import cost
from taskgraft.recipe import recipe
from taskgraft.scores import DECODINGS, fit_temperature, probs_of
from taskgraft.study import Study, read_splits, run_directory
from taskgraft.verdict import Verdict, _over_flat, _race, conclude
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._decodings import favoured_on_val
from taskgraft.verdict._gather import gather
from taskgraft.verdict._recommend import recommend
from taskgraft.verdict._standings import standings_of

LEVELS = TAXONOMY.level_names
SIX, FLAT = tuple(catalogue(LEVELS).values()), flat(LEVELS)["flat"]
QUICK = recipe("quick")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Flat lies 10 points above all but `shared`, which lies 20 points above it."""
    gains = {"flat": 0.1, "shared": 0.3}
    return drawn_study(tmp_path_factory.mktemp("flat"), gains=gains, architectures=(*SIX, FLAT), side=16)


@pytest.fixture(scope="module")
def verdict(study: Study) -> Verdict:
    return conclude(study)


def accuracies(study: Study, name: str, decoding: str) -> np.ndarray:
    """Of each seed, by hand: shares of test images right at each level, and on the full path."""
    values = []
    for seed in study.record.request.seeds:
        logits, targets = read_splits(run_directory(study.directory, name, seed), LEVELS)["test"]
        # The made studies have the same val and test split.
        probs = [probs_of(x / fit_temperature(x, y)) for x, y in zip(logits, targets.T, strict=True)]
        right = DECODINGS[decoding](probs, TAXONOMY) == targets
        values.append([*right.mean(axis=0), right.all(axis=1).mean()])
    return np.array(values)


def favoured(study: Study) -> dict[str, str]:
    """The decoding of each architecture that val shows to be better than the plain one."""
    evidence = gather(study)
    return {name: favoured_on_val(evidence, name, "full_path_accuracy") for name in evidence.names}


def test_every_one_of_the_six_is_compared_at_every_accuracy_the_primary_first(verdict: Verdict) -> None:
    names = [architecture.name for architecture in SIX]
    scores = ["full_path_accuracy", *(f"accuracy.{level}" for level in LEVELS)]
    assert [(row.first, row.score) for row in verdict.over_flat] == [
        (name, score) for score in scores for name in names
    ]
    assert {row.second for row in verdict.over_flat} == {"flat"}


def test_differences_are_those_of_the_favoured_decodings(study: Study, verdict: Verdict) -> None:
    decodings = favoured(study)
    for row in verdict.over_flat:
        assert row.decodings == (decodings[row.first], decodings["flat"])
        place = -1 if row.score == "full_path_accuracy" else LEVELS.index(row.score.partition(".")[2])
        one, other = (
            accuracies(study, name, how)[:, place]
            for name, how in zip((row.first, row.second), row.decodings, strict=True)
        )
        assert row.interval.estimate == pytest.approx((one - other).mean(), abs=1e-6)


def test_each_is_told_from_flat_as_it_was_drawn(verdict: Verdict) -> None:
    for row in verdict.over_flat:
        if row.score == "full_path_accuracy":
            assert row.is_detected
            assert (row.interval.estimate > 0) == (row.first == "shared")


def test_the_answer_stands_in_sentences(verdict: Verdict) -> None:
    (answer,) = [
        sentence for sentence in verdict.sentences if sentence.startswith("Does predicting kind pay?")
    ]
    above, below = answer.split("; ")
    assert above.endswith("detectably above flat: shared")
    others = "independent, coarse-to-fine, fine-to-coarse, shared-coarse-to-fine, shared-fine-to-coarse"
    assert below == f"detectably below flat: {others}."
    for architecture in SIX:
        (sentence,) = [s for s in verdict.sentences if f"Predicting kind as {architecture.name} does" in s]
        assert "in place of summing as flat does" in sentence
        assert "times the MACs; 5 seeds." in sentence
    assert not any("Taking flat" in s or "flat in place of" in s for s in verdict.sentences)


def test_flat_has_no_part_in_the_factorial(verdict: Verdict, tmp_path: Path) -> None:
    gains = {"shared": 0.3}
    without = conclude(drawn_study(tmp_path, gains=gains, architectures=SIX))
    assert verdict.factors == without.factors
    assert [factor.name for factor in verdict.factors] == ["sharing", "flow"]
    # The same runs, so the same effects to the last digit.
    assert verdict.effects == without.effects
    assert without.over_flat == ()
    assert not any("Does predicting" in sentence for sentence in without.sentences)


def test_crossed_with_a_recipe_flat_stands_beside_the_factorial(tmp_path: Path) -> None:
    recipes = {"": QUICK, "+batch_size=64": recipe("quick", {"batch_size": 64})}
    verdict = conclude(
        drawn_study(tmp_path, seeds=range(2), recipes=recipes, architectures=(SIX[0], SIX[1], FLAT))
    )
    assert [factor.name for factor in verdict.factors] == ["sharing", "batch_size"]
    pairs = {(row.first, row.second) for row in verdict.over_flat}
    assert pairs == {
        (f"{name}{added}", f"flat{added}") for name in ("independent", "shared") for added in recipes
    }


def test_flat_is_a_rival_whatever_balances_the_levels(tmp_path: Path) -> None:
    """Of one level there is nothing to balance, so one flat network stands for all."""
    recipes = {
        "": QUICK,
        "+balancing=dwa": recipe("quick", {"balancing": "dwa"}),
        "+finest_weight=3": recipe("quick", {"finest_weight": 3}),
        "+batch_size=64": recipe("quick", {"batch_size": 64}),
    }
    study = drawn_study(tmp_path, seeds=range(2), recipes=recipes, architectures=(SIX[1], FLAT))
    request = study.record.request
    kept = [v for v in request.variants if v.name == "flat" or not v.name.startswith("flat")]
    record = study.record.model_copy(update={"request": request.model_copy(update={"variants": tuple(kept)})})
    runs = tuple(run for run in study.runs if run.variant in {v.name for v in kept})
    evidence = gather(replace(study, record=record, runs=runs))
    assert _over_flat._pairs(evidence) == [
        (name, "flat") for name in ("shared", "shared+balancing=dwa", "shared+finest_weight=3")
    ]
    # One of its recipe is nearer.
    assert ("shared+balancing=dwa", "flat+balancing=dwa") in _over_flat._pairs(gather(study))


def test_one_seed_cannot_say(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[0], architectures=(SIX[0], FLAT)))
    assert not any(row.is_detected for row in verdict.over_flat)
    assert any("Does predicting kind pay? One seed cannot say" in sentence for sentence in verdict.sentences)


def test_a_decoding_costs_what_it_reads(study: Study, verdict: Verdict) -> None:
    size = study.taxonomy.num_classes, study.record.request.data.image_shape
    recorded = {standing.variant: standing.cost.macs for standing in verdict.standings}
    for row in verdict.decodings:
        architecture = study.record.request.variant(row.variant).architecture
        whole = cost(architecture, QUICK.network, *size).macs
        flows_down = row.variant.endswith("coarse-to-fine")
        if row.decoding in ("summed", "crm") and not flows_down and row.variant != "flat":
            alone = replace(architecture, derived=LEVELS[:1], flows=())
            share = cost(alone, QUICK.network, *size).macs / whole
            assert row.macs == pytest.approx(recorded[row.variant] * share, abs=1)
        else:
            assert row.macs == recorded[row.variant]
    (separate,) = [d for d in verdict.decodings if (d.variant, d.decoding) == ("independent", "summed")]
    assert separate.macs == pytest.approx(recorded["independent"] / 2, rel=0.01)


def test_a_recommendation_weighs_what_the_decoding_reads(tmp_path: Path) -> None:
    """Two networks of which one is not looked at cost no more than the shared one."""
    evidence = gather(drawn_study(tmp_path, architectures=SIX[:2], side=16))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_race, "favoured_on_val", lambda evidence, name, score: "crm")
        standings = standings_of(evidence, "independent", "full_path_accuracy")
        chosen = recommend(evidence, Aim("full-path", "full_path_accuracy", 0.3), standings)
    assert chosen is not None
    means = {name: accuracies(evidence.study, name, "crm")[:, -1].mean() for name in evidence.names}
    # Each reads one network, so the better one is taken, were it by a hair.
    assert chosen.variant == max(means, key=lambda name: means[name])
    assert "None is cheaper" in chosen.reason
    assert chosen.contenders[0].macs == pytest.approx(chosen.contenders[1].macs, rel=0.02)


def test_where_no_network_can_be_built_all_of_it_is_counted(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, seeds=[0], architectures=SIX[:2]))
    assert {row.macs for row in verdict.decodings if row.variant == "independent"} == {8_000_000}


def test_an_architecture_of_ones_own_is_compared_and_a_twin_of_flat_is_not(tmp_path: Path) -> None:
    twin = replace(FLAT, name="flat@shared-macs", width_ratio=1.01)
    mine = Architecture("mine", LEVELS, "shared")
    verdict = conclude(drawn_study(tmp_path, seeds=range(2), architectures=(FLAT, mine, twin)))
    assert {row.first for row in verdict.over_flat} == {"mine"}
