"""Means over seeds of what probes saw, and what of them cannot be believed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.probe import Probe, StageProbe
from taskgraft.recipe import Recipe
from taskgraft.report import write_report
from taskgraft.study import DIAGNOSIS, Study, read_probes
from taskgraft.verdict import Pull, conclude
from taskgraft.verdict._diagnosed import proposed_fork


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    longer = tiny_recipe.model_copy(update={"batch_size": 16, "epochs": 14.0})
    out = tmp_path_factory.mktemp("diagnosed") / "study"
    return compare(
        tiny_data,
        "independent,shared,cross-stitch,mmoe",
        longer,
        seeds=2,
        diagnose=True,
        num_threads=1,
        jobs=1,
        out=out,
        listener=silent,
    )


def probe(cosine: float, seconds: float = 1.0) -> Probe:
    stage = StageProbe(
        norms=(1.0, 2.0), cosines=((1.0, cosine), (cosine, 1.0)), conflicts=((0.0, 0.25), (0.25, 0.0))
    )
    return Probe(
        step=5,
        epoch=1.0,
        num_images=32,
        seconds=seconds,
        levels=("group", "colour"),
        stages=(stage, stage),
        affinities=((0.1, -0.2), (0.3, 0.4)),
    )


def _write(study: Study, seed: int, *probes: Probe) -> None:
    path = study.directory / "runs" / f"shared-seed{seed}" / DIAGNOSIS
    path.write_text("".join(each.model_dump_json() + "\n" for each in probes))


def test_a_study_has_a_line_for_each_probe_and_its_page_shows_them(study: Study) -> None:
    shared, independent = (
        read_probes(study.directory / "runs" / f"{name}-seed0") for name in ("shared", "independent")
    )
    assert shared
    assert len(shared) == len(independent)
    by_name = {one.variant: one for one in conclude(study).diagnosed}
    assert list(by_name) == ["independent", "shared", "cross-stitch", "mmoe"]
    assert by_name["independent"].conflict_ratio is None
    assert {pull.pair for pull in by_name["independent"].similarities} == {("group", "colour")}
    assert by_name["shared"].epochs == tuple(each.epoch for each in shared)
    assert not by_name["independent"].shares
    pairs = {pull.pair for pull in by_name["cross-stitch"].shares}
    assert pairs == {(one, other) for one in ("group", "colour") for other in ("group", "colour")}
    # Experts serve the same levels: they are numbered.
    experts = {lane for _, lane in (pull.pair for pull in by_name["mmoe"].shares)}
    assert experts == {f"group + colour ({number})" for number in range(1, len(experts) + 1)}
    page = write_report(study, conclude(study)).read_text()
    assert "Why: how levels pull at shared weights" in page
    assert "Cosine of the gradients: group and colour" in page
    assert "Likeness of the lanes (CKA): group and colour" in page
    assert page.count("<caption><bdi>What colour takes of each lane") == 2
    assert "2, group + colour (2)<" in page


def conflicts(*of_stages: float) -> list[Pull]:
    return [Pull(at, ("a", "b"), (0.1, 0.2), (share, share)) for at, share in enumerate(of_stages, start=1)]


@pytest.mark.parametrize(
    ("of_stages", "fork"),
    [
        ((0.1, 0.1, 0.5), 2),
        ((0.0, 0.4, 0.4), 1),
        # Conflicts that become rarer are no reason to fork, nor are those that stay.
        ((0.5, 0.3, 0.1), None),
        ((0.4, 0.45, 0.48), None),
        ((0.9,), None),
        ((), None),
    ],
)
def test_a_fork_is_proposed_where_conflicts_become_frequent(
    of_stages: tuple[float, ...], fork: int | None
) -> None:
    assert proposed_fork(conflicts(*of_stages)) == fork


def test_means_are_over_seeds_at_the_epochs_that_all_have(study: Study) -> None:
    later = probe(0.9).model_copy(update={"epoch": 2.0})
    _write(study, 0, probe(0.5), later)
    _write(study, 1, probe(-0.1))
    [shared] = [one for one in conclude(study).diagnosed if one.variant == "shared"]
    assert shared.epochs == (1.0,)
    assert [(pull.stage, pull.pair) for pull in shared.cosines] == [(n, ("group", "colour")) for n in (1, 2)]
    assert [pull.values for pull in shared.cosines] == [pytest.approx((0.2,))] * 2
    assert shared.conflict_ratio == 0.25
    assert shared.affinities == ((0.1, -0.2), (0.3, 0.4))
    assert shared.num_seeds == 2


def test_torn_lines_are_left_out_and_numbers_of_other_levels_are_no_probe(study: Study) -> None:
    _write(study, 0, probe(0.5))
    (study.directory / "runs" / "shared-seed1" / DIAGNOSIS).write_text('{"step": 3')
    [shared] = [one for one in conclude(study).diagnosed if one.variant == "shared"]
    assert shared.num_seeds == 1
    plain = probe(0.5).model_dump()
    for key, value in (
        ("levels", ("a",)),
        ("affinities", ((1.0,),)),
        ("seconds", float("nan")),
        ("stages", ()),
    ):
        with pytest.raises(ValidationError):
            Probe.model_validate({**plain, key: value})
