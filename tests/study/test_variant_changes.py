from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.recipe import Recipe, Variant, changed, quick
from taskgraft.study._variant_changes import variant_changes

LEVELS = ("coarse", "fine")
SIX = list(catalogue(LEVELS).values())


def variants(*architectures: Architecture, recipe: Recipe | None = None) -> list[Variant]:
    return [Variant(each.name, each, recipe or quick()) for each in architectures]


def changes(old: list[Variant], new: list[Variant]) -> list[str]:
    return [change.words() for change in variant_changes(old, new)]


def mine(*flows: Flow) -> Architecture:
    return Architecture("mine", LEVELS, "shared", flows)


def test_the_same_variants_differ_in_nothing() -> None:
    assert changes(variants(*SIX), variants(*SIX)) == []


def test_more_or_fewer_are_named_and_nothing_else() -> None:
    assert changes(variants(*SIX[:2]), variants(*SIX[1:3])) == [
        "variants: independent, shared before, shared, coarse-to-fine now"
    ]


def test_what_one_of_the_same_name_shares_and_lets_flow_is_told_in_words() -> None:
    probs = Flow("coarse", "fine", carries="probs", passes_gradient=False)
    assert changes(variants(mine()), variants(mine(probs))) == [
        "flows of mine: none before, probs of coarse into fine, no gradient back now"
    ]
    wider = Architecture("mine", LEVELS, "shared", width_ratio=1.5)
    assert changes(variants(mine(probs)), variants(wider)) == [
        "flows of mine: probs of coarse into fine, no gradient back before, none now",
        "width_ratio of mine: 1.0 before, 1.5 now",
    ]


def test_a_value_that_changed_for_all_variants_is_one_change() -> None:
    longer = variants(*SIX, recipe=changed(quick(), {"epochs": 9, "optimizer.momentum": 0.5}))
    assert changes(variants(*SIX), longer) == [
        "recipe.epochs: 6.0 before, 9.0 now",
        "recipe.optimizer.momentum: 0.9 before, 0.5 now",
    ]


def test_a_value_that_changed_for_one_variant_names_it() -> None:
    longer = variants(SIX[1], recipe=changed(quick(), {"epochs": 9}))
    assert changes(variants(*SIX[:2]), [*variants(SIX[0]), *longer]) == [
        "recipe.epochs of shared: 6.0 before, 9.0 now"
    ]


def test_what_was_derived_is_no_change() -> None:
    variant = Variant("shared", SIX[1], quick(), derived=("two stages in front for images of 128 pixels",))
    assert changes(variants(SIX[1]), [variant]) == []
    assert [variant] == variants(SIX[1])
