"""What a study recommends, at which margin, and what it says where it recommends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn_study import drawn_study

from imagined import ENVIRONMENT
from taskgraft.architecture import Architecture, catalogue
from taskgraft.errors import RequestError
from taskgraft.study import FailureRecord, Goal, Study
from taskgraft.verdict import Contender, Recommendation, conclude

Drawn = Callable[..., Study]
COSTLY, CHEAP = "independent", "shared"


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    """A study of a costly variant and one of half its cost."""

    def draw(**options: Any) -> Study:
        six = catalogue(["kind", "species"])
        pair: list[Architecture] = [six[COSTLY], six[CHEAP]]
        return drawn_study(tmp_path, architectures=options.pop("architectures", pair), **options)

    return draw


def advice(study: Study, prefer: str | None = None, margin: float | None = None) -> Recommendation:
    recommendation = conclude(study, prefer, margin).recommendation
    assert recommendation is not None
    return recommendation


def place(recommendation: Recommendation, name: str) -> Contender:
    return next(one for one in recommendation.contenders if one.variant == name)


def test_the_cheapest_within_the_margin_is_taken(drawn: Drawn) -> None:
    chosen = advice(drawn(), margin=3)
    assert chosen.variant == CHEAP
    cheap, costly = place(chosen, CHEAP), place(chosen, COSTLY)
    assert (cheap.place, costly.place) == ("recommended", "level")
    assert cheap.loss is not None
    assert cheap.loss.high < 0.03
    assert cheap.rival == COSTLY
    assert chosen.seeds == (0, 1, 2, 3, 4)
    assert "is within 3 points of the best" in chosen.reason
    assert chosen.reason.endswith("None is cheaper.")
    assert (chosen.remedy, chosen.command) == ("", None)


def test_absence_of_evidence_recommends_nothing(drawn: Drawn) -> None:
    chosen = advice(drawn(seeds=[0, 1]))
    assert chosen.variant is None
    assert chosen.best in (COSTLY, CHEAP)
    assert chosen.favoured == chosen.best
    assert {one.place for one in chosen.contenders} == {"undecided"}
    assert (
        "None is shown to be within 1 point of the best in full-path accuracy with 2 seeds" in chosen.reason
    )


def test_a_cheap_one_far_below_is_behind_and_the_costly_one_is_taken(drawn: Drawn) -> None:
    chosen = advice(drawn(gains={COSTLY: 0.05}))
    assert chosen.variant == COSTLY
    assert place(chosen, CHEAP).place == "behind"
    assert place(chosen, CHEAP).obstacle == "margin"
    assert (
        f"The only cheaper one, {CHEAP}, is detectably below another, by more than the margin."
        in chosen.reason
    )
    assert chosen.remedy == ""


def test_an_undecided_cheaper_one_is_named_with_what_would_settle_it(drawn: Drawn) -> None:
    chosen = advice(drawn(gains={COSTLY: 0.035}), margin=4.2)
    cheap = place(chosen, CHEAP)
    assert chosen.variant == COSTLY
    assert cheap.place == "undecided"
    assert cheap.num_seeds is not None
    assert cheap.num_seeds > 5
    assert f"Of those that are cheaper, {CHEAP} is undecided." in chosen.reason
    assert f"{cheap.num_seeds} would for {CHEAP}" in chosen.remedy
    assert chosen.command == f"taskgraft compare --seeds {cheap.num_seeds}"


def test_what_the_images_leave_open_no_number_of_seeds_closes(drawn: Drawn) -> None:
    chosen = advice(drawn(), margin=0.3)
    assert chosen.variant is None
    assert {one.obstacle for one in chosen.contenders} & {"images", "margin"}
    assert "No number of seeds would show it of" in chosen.remedy
    assert chosen.command is None


def test_one_seed_recommends_nothing_and_says_how_many_would(drawn: Drawn) -> None:
    chosen = advice(drawn(seeds=[3], gains={COSTLY: 0.3}), margin=4)
    assert chosen.variant is None
    assert chosen.best == COSTLY
    assert chosen.reason.startswith("One seed shows nothing of how much scores vary from seed to seed.")
    assert "seeds show that a variant as good as the best is within 4 points of it" in chosen.remedy
    assert chosen.command is not None
    seeds = chosen.command.removeprefix("taskgraft compare --seeds ")
    assert seeds.startswith("3,0")


def test_the_margin_and_the_score_are_those_that_the_study_declares(drawn: Drawn) -> None:
    study = drawn()
    declared = replace(study, record=study.record.model_copy(update={"goal": Goal(prefer="kind", margin=3)}))
    verdict = conclude(declared)
    assert verdict.recommendation is not None
    assert (verdict.recommendation.prefer, verdict.recommendation.margin) == ("kind", 0.03)
    assert verdict.primary == "accuracy.kind"
    assert not any("declared" in caution for caution in verdict.cautions)
    other = conclude(declared, margin=2)
    assert other.cautions[0] == (
        "The study declared kind within 3 points; this report looks at kind within 2 points, which was "
        "chosen later: take it as exploratory."
    )
    assert "declared" not in conclude(declared, "kind", 3).cautions[0]


@pytest.mark.parametrize("margin", [0, -1, 100, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_refused(drawn: Drawn, margin: float) -> None:
    with pytest.raises(RequestError, match=r"Expected margin to be above 0 and below 100 points, but got"):
        conclude(drawn(seeds=[0]), margin=margin)


def test_only_seeds_that_all_have_count(drawn: Drawn) -> None:
    chosen = advice(drawn(missing=[(CHEAP, 4)]), margin=3)
    assert chosen.seeds == (0, 1, 2, 3)
    assert all(one.loss is not None and one.loss.num_seeds == 4 for one in chosen.contenders)


def test_without_a_seed_of_all_nothing_is_compared(drawn: Drawn) -> None:
    chosen = advice(drawn(seeds=[0, 1], missing=[(CHEAP, 0), (COSTLY, 1)]))
    assert (chosen.variant, chosen.best, chosen.seeds, chosen.front) == (None, None, (), ())
    assert chosen.reason.startswith("No seed is finished for all of them")
    assert chosen.remedy.startswith("Only seeds that all have count")


def failed(variant: str, seed: int) -> FailureRecord:
    return FailureRecord(
        variant=variant,
        seed=seed,
        kind="diverged",
        message="diverged",
        batch_size=32,
        environment=ENVIRONMENT,
        failed="2026-01-01T00:00:00+00:00",
        identity="",
    )


def test_failed_runs_stand_beside_the_score(drawn: Drawn) -> None:
    study = drawn(missing=[(CHEAP, 4)])
    verdict = conclude(replace(study, missing=(), failures=(failed(CHEAP, 4),)), margin=3)
    assert verdict.recommendation is not None
    assert verdict.recommendation.variant == CHEAP
    assert verdict.recommendation.reason.endswith("1 of its 5 runs failed.")
    assert [standing.num_failed for standing in verdict.standings] == [0, 1]


def test_a_variant_of_which_half_the_runs_failed_is_no_choice_and_takes_no_seeds(drawn: Drawn) -> None:
    six = list(catalogue(["kind", "species"]).values())[:3]
    lost = [("coarse-to-fine", seed) for seed in (0, 1, 2)]
    study = drawn(architectures=six, missing=lost)
    failures = tuple(failed(*key) for key in lost)
    chosen = advice(replace(study, missing=(), failures=failures), margin=3)
    assert place(chosen, "coarse-to-fine").place == "out"
    assert place(chosen, "coarse-to-fine").num_failed == 3
    assert chosen.seeds == (0, 1, 2, 3, 4)
    assert chosen.variant == CHEAP


def test_of_those_that_cost_the_same_the_best_on_val_is_taken(tmp_path: Path) -> None:
    shared = ["shared", "shared-coarse-to-fine", "shared-fine-to-coarse"]
    gains = {**dict.fromkeys(shared, 0.1), "shared-fine-to-coarse": 0.105}
    chosen = advice(drawn_study(tmp_path, gains=gains), margin=3)
    assert chosen.variant == chosen.best
    assert place(chosen, chosen.best or "").place == "recommended"
    assert {one.place for one in chosen.contenders if one.variant in shared} == {"recommended", "level"}


def test_the_plain_decoding_stands_where_val_shows_no_other_to_be_better(drawn: Drawn) -> None:
    study = drawn(seeds=[0])
    assert {one.decoding for one in advice(study).contenders} == {"independent"}


def test_a_decoding_that_val_shows_to_be_better_is_taken(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path))
    assert verdict.recommendation is not None
    means = {(d.variant, d.decoding): d.scores["full_path_accuracy"].mean for d in verdict.decodings}
    for one in verdict.recommendation.contenders:
        # The made studies have the same val and test split.
        others = [means[one.variant, decoding] for decoding in ("summed", "joint", "top-down", "crm")]
        assert one.decoding != "independent"
        assert means[one.variant, one.decoding] == max(others) > means[one.variant, "independent"]
