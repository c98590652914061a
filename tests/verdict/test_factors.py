"""Which factorial a study's variants form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taskgraft.architecture import Architecture, Flow, catalogue, known_architectures
from taskgraft.recipe import Variant, recipe
from taskgraft.verdict._factors import Factorial, factorial_of

LEVELS = ("coarse", "fine")
QUICK = recipe("quick")
SIX = [Variant(each.name, each, QUICK) for each in catalogue(LEVELS).values()]


def varied(variants: list[Variant], name: str, recipes: dict[str, object]) -> list[Variant]:
    """Every variant with every recipe; the first keeps the variants' names."""
    return [
        replace(v, name=v.name if i == 0 else f"{v.name}+{name}={value}", recipe=own)
        for i, (value, own) in enumerate(recipes.items())
        for v in variants
    ]


def batches(*sizes: int) -> dict[str, object]:
    return {str(size): QUICK.model_copy(update={"batch_size": size}) for size in sizes}


def names_of(factorial: Factorial | None) -> list[str]:
    assert factorial is not None
    return [effect.name for effect in factorial.effects]


def test_the_six_have_the_effects_they_always_had() -> None:
    factorial = factorial_of(SIX)
    assert names_of(factorial) == [
        "sharing",
        "coarse-to-fine",
        "fine-to-coarse",
        "sharing x coarse-to-fine",
        "sharing x fine-to-coarse",
    ]
    assert list(factorial.cells) == [v.name for v in SIX]


def test_the_order_of_the_variants_changes_no_baseline() -> None:
    assert names_of(factorial_of(SIX[::-1])) == names_of(factorial_of(SIX))


def test_soft_sharing_is_a_way_of_sharing_by_its_name() -> None:
    """Crossed with flows, whatever the architectures with flows are called."""
    soft = known_architectures(LEVELS, 3)
    bare = [soft[name] for name in ("independent", "shared", "cross-stitch", "ple")]
    flowing = [replace(each, name=f"{each.name}-down", flows=(Flow(*LEVELS),)) for each in bare]
    factorial = factorial_of([Variant(each.name, each, QUICK) for each in (*bare, *flowing)])
    assert [(f.name, f.levels) for f in factorial.factors] == [
        ("sharing", ("separate", "cross-stitch", "ple", "shared")),
        ("flow", ("none", "coarse-to-fine")),
    ]
    assert "cross-stitch x coarse-to-fine" in names_of(factorial)


def test_a_varied_key_is_a_factor_of_its_own() -> None:
    factorial = factorial_of(varied(SIX, "batch_size", batches(128, 64, 256)))
    assert [(f.name, f.levels) for f in factorial.factors] == [
        ("sharing", ("separate", "shared")),
        ("flow", ("none", "coarse-to-fine", "fine-to-coarse")),
        ("batch_size", ("batch_size=128", "batch_size=64", "batch_size=256")),
    ]
    assert len(factorial.cells) == 18
    # 5 main effects, and 2 + 2 + 4 interactions of two.
    assert len(factorial.effects) == 13
    assert "sharing x batch_size=64" in names_of(factorial)
    assert "coarse-to-fine x batch_size=256" in names_of(factorial)


def test_two_keys_alone_make_one() -> None:
    shared = [SIX[1]]
    both = varied(varied(shared, "batch_size", batches(128, 64)), "epochs", {"6": QUICK, "4": QUICK})
    both = [
        replace(v, recipe=v.recipe.model_copy(update={"epochs": 4.0, "batch_size": batch}))
        if "epochs" in v.name
        else replace(v, recipe=v.recipe.model_copy(update={"batch_size": batch}))
        for v, batch in zip(both, (128, 64, 128, 64), strict=True)
    ]
    assert names_of(factorial_of(both)) == ["epochs=4", "batch_size=64", "epochs=4 x batch_size=64"]


def test_keys_that_change_together_are_one_factor() -> None:
    tuned = QUICK.model_copy(update={"batch_size": 64, "epochs": 4.0, "name": "mine"})
    factorial = factorial_of(varied(SIX[:2], "tuned", {"no": QUICK, "yes": tuned}))
    assert [f.name for f in factorial.factors] == ["sharing", "epochs, batch_size"]
    assert factorial.factors[1].levels == ("epochs=6, batch_size=128", "epochs=4, batch_size=64")


def test_another_recipe_is_one_factor_by_its_name() -> None:
    factorial = factorial_of(varied(SIX[:2], "recipe", {"quick": QUICK, "fast": recipe("fast")}))
    assert factorial.factors[1].levels == ("recipe quick", "recipe fast")


def test_what_was_tuned_for_each_architecture_is_part_of_it() -> None:
    tuned = [
        replace(v, recipe=QUICK.model_copy(update={"batch_size": 32 * (i + 1)})) for i, v in enumerate(SIX)
    ]
    assert names_of(factorial_of(tuned)) == names_of(factorial_of(SIX))
    # Tuned for each architecture and each number of epochs.
    again = [
        replace(
            v,
            name=f"{v.name}+epochs=4",
            recipe=v.recipe.model_copy(update={"epochs": 4.0, "batch_size": 7 + i}),
        )
        for i, v in enumerate(tuned)
    ]
    assert [f.name for f in factorial_of(tuned + again).factors] == ["sharing", "flow", "epochs"]


def test_twins_and_forks_stay_outside_unless_they_are_crossed() -> None:
    twin = replace(SIX[1].architecture, name="shared@independent-macs", width_ratio=1.41)
    fork = Architecture("forked-1", LEVELS, "forked", forks=(1, 1))
    more = [Variant(a.name, a, QUICK) for a in (twin, fork)]
    assert factorial_of([*SIX, *more]) == factorial_of(SIX)
    flows = {
        "none": (),
        "coarse-to-fine": SIX[2].architecture.flows,
        "fine-to-coarse": SIX[3].architecture.flows,
    }
    forks = [replace(fork, name=f"forked-{name}", flows=own) for name, own in flows.items()]
    crossed = factorial_of([*SIX, *(Variant(a.name, a, QUICK) for a in forks)])
    assert crossed.factors[0].levels == ("separate", "forked-1", "shared")
    assert names_of(crossed)[:2] == ["forked-1", "shared"]


def test_a_flow_of_the_user_s_is_called_by_its_first_architecture() -> None:
    soft = (Flow("coarse", "fine", "probs"),)
    mine = [Architecture(f"{trunk}-soft", LEVELS, trunk, soft) for trunk in ("separate", "shared")]
    factorial = factorial_of([*SIX[:2], *(Variant(a.name, a, QUICK) for a in mine)])
    assert factorial.factors[1].levels == ("none", "flows of separate-soft")


@pytest.mark.parametrize(
    "variants",
    [SIX[:1], SIX[:2], [SIX[0], SIX[1], SIX[2]], varied(SIX[1:2], "batch_size", batches(32, 64, 96))],
)
def test_fewer_than_two_factors_are_no_factorial(variants: list[Variant]) -> None:
    assert factorial_of(variants) is None


def test_four_of_the_six_are_one_too() -> None:
    assert names_of(factorial_of([SIX[0], SIX[1], SIX[2], SIX[4]])) == [
        "sharing",
        "coarse-to-fine",
        "sharing x coarse-to-fine",
    ]
