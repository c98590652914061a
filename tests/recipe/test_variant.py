"""A variant as a record: what makes two equal, what tells recipes apart, and how it is read from JSON."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from taskgraft.architecture import Architecture
from taskgraft.recipe import Variant, changed, differing_values, quick, recipe

SHARED = Variant("shared", Architecture("shared", ("coarse", "fine"), "shared"), quick())


def test_what_was_derived_is_kept_and_makes_no_difference() -> None:
    other = replace(SHARED, derived=("network.trunk: two stages in front",))
    assert (other == SHARED, hash(other) == hash(SHARED)) == (True, True)
    reader = TypeAdapter(Variant)
    assert reader.validate_json(reader.dump_json(other)).derived == other.derived


def test_a_variant_comes_back_from_a_pickle_and_from_json() -> None:
    reader = TypeAdapter(Variant)
    assert pickle.loads(pickle.dumps(SHARED)) == SHARED
    assert reader.validate_json(reader.dump_json(SHARED)) == SHARED


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="unexpected"):
        TypeAdapter(Variant).validate_python({**vars(SHARED), "novelty": 1})


def test_values_differ_by_key_and_variant_also_where_one_has_no_such_key() -> None:
    adam = changed(quick(), {"optimizer": {"kind": "adam", "learning_rate": 0.2}})
    values = differing_values([SHARED, replace(SHARED, name="adam", recipe=adam)])
    assert values == {
        "optimizer.kind": {"shared": "sgd", "adam": "adam"},
        "optimizer.momentum": {"shared": 0.9, "adam": None},
        "optimizer.weight_decay": {"shared": 5e-4, "adam": None},
        "optimizer.epsilon": {"shared": None, "adam": 1e-7},
    }
    assert differing_values([SHARED]) == differing_values([]) == {}


def test_what_a_recipe_began_from_is_no_difference() -> None:
    # The same values, begun from nothing.
    other = replace(SHARED, name="other", recipe=recipe("quick").model_copy(update={"base": ""}))
    assert differing_values([SHARED, other]) == {}
