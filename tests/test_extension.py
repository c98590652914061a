"""The examples of `docs/extension.md` run, and what they add is a part like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from extension_page import blocks, page_run
from taskgraft.architecture import Architecture
from taskgraft.network import Network, initialise
from taskgraft.recipe import Recipe
from taskgraft.recipe._recipe_file import read_recipe, recipe_text
from taskgraft.study import Study


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """What the page leaves behind when all its examples have run."""
    with page_run(tmp_path_factory.mktemp("page")) as names:
        yield names


def test_each_example_is_short() -> None:
    lines = [[line for line in block.splitlines() if line and "import" not in line] for block in blocks()]
    assert all(len(block) <= 14 for block in lines)


def test_a_family_of_the_page_is_compared(page: SimpleNamespace) -> None:
    assert {row.variant for row in page.study.summary()} == {"independent", "shared"}
    assert not page.study.failures


def test_a_study_with_a_new_family_is_read_again(page: SimpleNamespace) -> None:
    trunk = Study.open(page.study.directory).record.request.variants[0].recipe.network.trunk
    assert type(trunk) is page.PatchesSpec
    assert trunk == page.PatchesSpec(width=32)


def test_a_recipe_file_names_a_new_family(page: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "patches.toml"
    path.write_text(recipe_text(page.recipe))
    assert read_recipe(path) == page.recipe


def test_a_new_family_is_paired_by_its_keys(page: SimpleNamespace) -> None:
    weights = [
        next(built(name, page.recipe).trunk.parameters()) for name in ("shared", "independent", "shared")
    ]
    assert all(torch.equal(weights[0], each) for each in weights)


def built(name: str, recipe: Recipe) -> Network:
    architecture = Architecture(name, ("a", "b"), "shared" if name == "shared" else "separate")
    network = Network(architecture, recipe.network, (2, 4), (3, 32, 32))
    initialise(network, 5)
    return network


def test_a_mixer_of_the_page_is_compared(page: SimpleNamespace) -> None:
    assert {row.variant for row in page.soft.summary()} == {"independent", "stitched"}
    stored = Study.open(page.soft.directory).record.request.variants
    assert [v.architecture for v in stored if v.name == "stitched"] == [page.stitched]
