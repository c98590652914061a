"""Flows within one trunk, into heads of one linear layer, are said to show nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.recipe import Recipe, recipe
from taskgraft.verdict._linear_heads import about_linear_heads

LEVELS = ("kind", "species")
LINEAR = recipe("finetune")


def said(architectures: dict[str, Architecture], trained: Recipe = LINEAR) -> list[str]:
    variants = {
        name: SimpleNamespace(name=name, architecture=each, recipe=trained)
        for name, each in architectures.items()
    }
    request = SimpleNamespace(variant=variants.__getitem__)
    study = SimpleNamespace(record=SimpleNamespace(request=request))
    return list(about_linear_heads(SimpleNamespace(study=study, names=tuple(variants))))  # type: ignore[arg-type]


def test_the_two_flows_on_a_shared_trunk_are_named() -> None:
    (sentence,) = said(catalogue(LEVELS))
    assert sentence.startswith(
        "Each head of shared-coarse-to-fine and shared-fine-to-coarse is one linear layer on the same "
        "features: what flows between levels is linear in these"
    )
    assert sentence.endswith("With a hidden layer (`network.branch.fc_2=[256]`) it can.")


def test_a_hidden_layer_has_a_use_for_them() -> None:
    assert said(catalogue(LEVELS), recipe("finetune", {"network.branch.fc_2": [256]})) == []
    assert said(catalogue(LEVELS), recipe("quick")) == []


@pytest.mark.parametrize(("carries", "is_idle"), [("logits", True), ("features", True), ("probs", False)])
def test_probabilities_are_not_linear(carries: str, is_idle: bool) -> None:
    shared = catalogue(LEVELS)["shared-coarse-to-fine"]
    flow = Flow("kind", "species", carries)  # type: ignore[arg-type]
    assert bool(said({"mine": replace(shared, name="mine", flows=(flow,))})) == is_idle


def test_separate_trunks_and_no_flows_are_as_they_should_be() -> None:
    every = catalogue(LEVELS)
    assert said({name: every[name] for name in ("independent", "shared", "coarse-to-fine")}) == []


def test_separate_trunks_that_never_move_are_one() -> None:
    flowing = {"coarse-to-fine": catalogue(LEVELS)["coarse-to-fine"]}
    frozen = recipe("finetune", {"frozen_ratio": 1})
    assert len(said(flowing, frozen)) == 1
    assert said(flowing, recipe("finetune", {"frozen_ratio": 0.9})) == []
