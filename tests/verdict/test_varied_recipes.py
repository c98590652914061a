"""Verdicts of studies that vary more than architectures."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import NAMES, catalogue
from taskgraft.recipe import changed, recipe
from taskgraft.verdict import Verdict, conclude

SIX = list(catalogue(TAXONOMY.level_names).values())
SMALL, LARGE = "", "+batch_size=256"
RECIPES = {SMALL: recipe("quick"), LARGE: changed(recipe("quick"), {"batch_size": 256})}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """Sharing is worth 10 points, and 15 less with large batches."""
    gains = {f"{name}{added}": 0.1 for name in NAMES for added in RECIPES if name.startswith("shared")}
    gains |= {name: gain - 0.15 for name, gain in gains.items() if name.endswith(LARGE)}
    directory = tmp_path_factory.mktemp("varied")
    return conclude(drawn_study(directory, recipes=RECIPES, gains=gains, seeds=range(4)))


def test_the_factorial_has_the_recipe_for_a_factor(verdict: Verdict) -> None:
    assert [factor.name for factor in verdict.factors] == ["sharing", "flow", "batch_size"]
    effects = {e.name: e for e in verdict.effects if e.score == "accuracy.species"}
    assert list(effects) == [
        "sharing",
        "coarse-to-fine",
        "fine-to-coarse",
        "batch_size=256",
        "sharing x coarse-to-fine",
        "sharing x fine-to-coarse",
        "sharing x batch_size=256",
        "coarse-to-fine x batch_size=256",
        "fine-to-coarse x batch_size=256",
    ]
    assert effects["sharing"].interval.estimate == pytest.approx(0.025, abs=0.02)
    assert effects["batch_size=256"].interval.estimate == pytest.approx(-0.075, abs=0.02)
    assert effects["sharing x batch_size=256"].interval.estimate == pytest.approx(-0.15, abs=0.03)


def test_effects_of_recipes_are_sentences_like_any_other(verdict: Verdict) -> None:
    openings = [sentence.partition(" raised")[0].partition(" lowered")[0] for sentence in verdict.sentences]
    assert "Setting batch_size=256 in place of 128" in openings
    (interaction,) = [s for s in verdict.exploratory if "points less of species accuracy" in s]
    assert interaction.startswith("Setting batch_size=256 in place of 128 was worth ")
    assert " on a shared trunk than on separate ones (95 % interval " in interaction


def test_its_variants_are_called_variants(verdict: Verdict) -> None:
    assert verdict.noun == "variant"
    assert verdict.control == "independent"
    # Those that the factorial sums up are not compared one by one.
    assert not any(sentence.startswith("Taking ") for sentence in verdict.sentences)


def test_one_architecture_under_two_recipes_is_compared_with_the_first(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, architectures=SIX[1:2], recipes=RECIPES, gains={f"shared{LARGE}": 0.2})
    verdict = conclude(study)
    assert (verdict.control, verdict.factors, verdict.effects) == ("shared", (), ())
    assert verdict.headline.startswith(
        "Detectably better than shared, the first variant, in full-path accuracy"
    )
    assert any(
        s.startswith("Taking shared+batch_size=256 in place of shared raised") for s in verdict.sentences
    )
    assert not any("the control" in caution for caution in verdict.cautions)
    assert verdict.standings[1].gain.estimate > 0.2


def test_of_several_recipes_the_control_is_independent_under_the_first(tmp_path: Path) -> None:
    recipes = {f"+batch_size={own.batch_size}": own for own in RECIPES.values()}
    verdict = conclude(drawn_study(tmp_path, architectures=SIX[:2], recipes=recipes, seeds=[0, 1]))
    assert verdict.control == "independent+batch_size=128"
    assert [factor.levels for factor in verdict.factors] == [
        ("separate", "shared"),
        ("batch_size=128", "batch_size=256"),
    ]


def test_a_factorial_that_is_not_finished_is_a_caution(tmp_path: Path) -> None:
    missing = [(f"shared{LARGE}", seed) for seed in (0, 1)]
    study = drawn_study(tmp_path, architectures=SIX[:2], recipes=RECIPES, seeds=[0, 1], missing=missing)
    verdict = conclude(study)
    assert verdict.effects == ()
    (caution,) = [c for c in verdict.cautions if "factorial" in c]
    assert caution == "No seed has all four variants finished: the factorial's effects are not reported."
