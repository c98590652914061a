"""Tests that are corrected for one another rest on the same seeds."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.study import STUDY, LookRecord, write_record
from taskgraft.verdict import conclude
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._gather import gather

SIX = catalogue(TAXONOMY.level_names)
THREE = [SIX[name] for name in ("independent", "shared", "coarse-to-fine")]


def test_seeds_that_one_variant_lacks_count_for_no_comparison(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, architectures=THREE, missing=[("coarse-to-fine", 4)])
    verdict = conclude(study)
    assert {c.interval.num_seeds for c in verdict.comparisons} == {4}
    assert {c.interval.num_seeds for c in verdict.decoded_comparisons} == {4}
    assert [len(standing.seeds) for standing in verdict.standings] == [5, 5, 4]
    assert any(one.startswith("Compared are the 4 seeds that all have") for one in verdict.cautions)


def test_effects_of_one_family_rest_on_the_seeds_of_all_its_cells(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, missing=[("shared-fine-to-coarse", 0)]))
    # The coarse-to-fine flow needs no cell that lacks the seed.
    assert {effect.interval.num_seeds for effect in verdict.effects} == {4}


def test_one_that_left_is_said_to_have_left_and_not_to_have_failed(tmp_path: Path) -> None:
    missing = [("coarse-to-fine", seed) for seed in (2, 3, 4)]
    study = drawn_study(tmp_path, architectures=THREE, missing=missing)
    look = LookRecord(seeds=(0, 1), shown="2026", dropped=("coarse-to-fine",))
    write_record(tmp_path / STUDY, study.record.model_copy(update={"looks": (look,)}))
    verdict = conclude(tmp_path)
    assert "first of" not in verdict.sight
    cautions = verdict.cautions
    assert any("without what had fallen behind: coarse-to-fine after 2 seeds" in one for one in cautions)
    assert not any("Compared are" in one or "runs failed" in one for one in cautions)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("independent",), "independent, the control, left the race: nothing is compared with it."),
        (
            ("shared", "coarse-to-fine"),
            "All but independent left the race: shared, coarse-to-fine fell behind",
        ),
    ],
)
def test_the_headline_of_a_study_whose_control_has_no_pair_left(
    tmp_path: Path, gone: tuple[str, ...], said: str
) -> None:
    missing = [(name, 2) for name in gone]
    study = drawn_study(tmp_path, architectures=THREE, seeds=[0, 1, 2], missing=missing)
    look = LookRecord(seeds=(0, 1), shown="2026", dropped=gone)
    write_record(tmp_path / STUDY, study.record.model_copy(update={"looks": (look,)}))
    assert conclude(tmp_path).headline.startswith(said)


def test_complete_seeds_need_no_word(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=THREE, seeds=[0, 1]))
    assert not any("Compared are" in one for one in verdict.cautions)


def test_without_a_common_seed_it_is_said(tmp_path: Path) -> None:
    missing = [("independent", 0), ("shared", 1), ("coarse-to-fine", 2)]
    study = drawn_study(tmp_path, architectures=THREE, seeds=[0, 1, 2], missing=missing)
    assert family_seeds(gather(study), "independent", "shared") == (2,)
    assert any(one.startswith("No seed is finished for all: each pair") for one in conclude(study).cautions)
