"""Variants that are named: trained, continued, grown, and refused where they are the same or wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from planned import planned
from taskgraft.architecture import Architecture, Flow
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe, changed, quick, recipe_text
from taskgraft.study import Study
from taskgraft.verdict import conclude

SHORT = {"epochs": 0.2}
SMALL = {"architecture": "shared", "set": {"batch_size": 8}}
LATE = {"architecture": "forked-1", "set": {"optimizer": {"momentum": 0.5}}}


def named(data: Dataset, recipe: Recipe, variants: dict[str, Any], out: Path, **options: Any) -> Study:
    return compare(
        data, recipe=changed(recipe, SHORT), variants=variants, out=out, listener=silent, jobs=1, **options
    )


def test_variants_that_are_named_are_trained_and_grow_by_another(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    two = named(tiny_data, tiny_recipe, {"small": SMALL, "late": LATE}, tmp_path)
    assert [(run.variant, run.seed) for run in two.runs] == [("small", 0), ("late", 0)]
    small, late = two.record.request.variants
    assert (small.architecture.name, late.architecture.name) == ("shared", "forked-1")
    assert small.recipe == changed(tiny_recipe, {**SHORT, "batch_size": 8})
    assert late.recipe == changed(tiny_recipe, {**SHORT, "optimizer.momentum": 0.5})
    before = {run.variant: run.finished for run in two.runs}
    slow = {"architecture": "independent", "set": {"optimizer.learning_rate": 0.01}}
    three = named(tiny_data, tiny_recipe, {"small": SMALL, "slow": slow, "late": LATE}, tmp_path)
    assert [run.variant for run in three.runs] == ["small", "slow", "late"]
    assert {run.variant: run.finished for run in three.runs if run.variant in before} == before
    assert Study.open(tmp_path).record.request.names == ("small", "slow", "late")
    assert (three.missing, three.damaged) == ((), ())


def test_a_variant_that_became_another_is_refused_with_what_differs(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    named(tiny_data, tiny_recipe, {"small": SMALL}, tmp_path)
    other = {"small": {**SMALL, "set": {"batch_size": 16}}}
    with pytest.raises(RequestError, match=r"got 'recipe\.batch_size: 8 before, 16 now'"):
        named(tiny_data, tiny_recipe, other, tmp_path)
    # No option would ask for a variant that is named.
    with pytest.raises(RequestError, match=r"\. Use another out\.$"):
        named(tiny_data, tiny_recipe, {"late": LATE}, tmp_path)


def test_a_variant_has_the_numbers_that_it_has_under_any_name(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    (alone,) = named(tiny_data, tiny_recipe, {"small": SMALL}, tmp_path / "a").runs
    crossed = compare(
        tiny_data, "shared", changed(tiny_recipe, SHORT), vary={"batch_size": [8]}, out=tmp_path / "b"
    )
    assert (alone.scores, alone.identity) == (crossed.runs[0].scores, crossed.runs[0].identity)


def test_variants_that_are_named_stand_behind_those_that_are_crossed(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    mine = Architecture("mine", ("group", "colour"), "shared", (Flow("colour", "group"),))
    plan = planned(
        tiny_data,
        "independent,shared",
        tiny_recipe,
        2,
        variants={"small": SMALL, "shared-2": {"architecture": mine, "recipe": tiny_recipe}},
        out=tmp_path,
    )
    assert plan.request.names == ("independent", "shared", "small", "shared-2")
    assert plan.request.variants[-1].architecture == mine


def test_a_variant_may_have_a_recipe_of_a_name_or_of_a_file(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    path = tmp_path / "slow.toml"
    path.write_text(recipe_text(changed(tiny_recipe, {"name": "slow", "optimizer.learning_rate": 0.01})))
    variants = {
        "slow": {"architecture": "shared", "recipe": str(path)},
        "plain": {"architecture": "shared"},
        "quick": {"architecture": "shared", "recipe": "quick"},
    }
    options: dict[str, Any] = {"variants": variants, "batch": 16, "out": tmp_path / "x"}
    slow, plain, fast = planned(tiny_data, None, tiny_recipe, 1, **options).request.variants
    assert slow.recipe == changed(
        tiny_recipe, {"name": "slow", "optimizer.learning_rate": 0.01, "batch_size": 16}
    )
    assert plain.recipe == changed(tiny_recipe, {"batch_size": 16})
    assert fast.recipe == changed(quick(), {"batch_size": 16})


def test_effects_are_concluded_where_named_variants_form_a_full_factorial(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    four = {
        f"{name}-{size}": {"architecture": name, "set": {"batch_size": size}}
        for name in ("independent", "shared")
        for size in (8, 16)
    }
    study = named(tiny_data, tiny_recipe, four, tmp_path, seeds=2)
    assert {factor.name for factor in conclude(study).factors} == {"sharing", "batch_size"}
    del four["shared-16"]
    three = named(tiny_data, tiny_recipe, four, tmp_path / "three", seeds=2)
    assert conclude(three).factors == ()


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        (
            {"a": SMALL, "b": {"architecture": "shared", "set": {"batch_size": 8, "label_smoothing": 0.1}}},
            "every two variants to be different in what is trained on this data, but got a and b, which",
        ),
        ({"a": {"architecture": "sharde"}}, "variants.a: Expected architecture to be one of"),
        ({"a": {"architecture": "all"}}, "variants.a: Expected architecture to be one, but got 'all'."),
        ({"a": {"architecture": "shared", "recipe": "fsat"}}, "variants.a: Expected recipe to be one of"),
        (
            {"a": {"architecture": "shared", "set": {"batch_size": "8"}}},
            "batch_size of variants.a to be a whole number of at least 1, but got '8', a text.",
        ),
        (
            {"a": {"architecture": "shared", "set": {"learning_rate": 1}}},
            "got 'learning_rate'. Did you mean optimizer.learning_rate?",
        ),
        (
            {"a": SMALL, "b": {"architecture": "shared", "set": {"val_fraction": 0.3}}},
            "val_fraction to be left out with a dataset that is loaded",
        ),
    ],
)
def test_a_variant_that_cannot_be_is_one_line(
    variants: dict[str, Any], message: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=re.escape(message)) as caught:
        compare(tiny_data, recipe=tiny_recipe, variants=variants, out=tmp_path / "x")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "x").exists()


def test_a_name_is_given_to_one_variant_only(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    variants = {"shared": SMALL}
    with pytest.raises(RequestError, match="names of variants to be different, capitals or not, but got sha"):
        planned(tiny_data, "shared", tiny_recipe, 1, variants=variants, out=tmp_path)
    long = {"network.branch.fc_2": [[*range(1, 60)]]}
    with pytest.raises(
        RequestError, match="name of a variant to be at most 160 letters, digits and signs of"
    ):
        planned(tiny_data, "shared", tiny_recipe, 1, vary=long, out=tmp_path)
