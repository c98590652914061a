"""The examples of `docs/extension.md` run, and what they add is a part like any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

import mixer_laws
from balancer_laws import LAWS
from extension_page import blocks, page_run
from taskgraft.architecture import Architecture
from taskgraft.data.sources import load
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
    assert {row.variant for row in page.soft.summary()} == {"independent", "drawn"}
    stored = Study.open(page.soft.directory).record.request.variants
    assert [v.architecture for v in stored if v.name == "drawn"] == [page.drawn]


@pytest.mark.parametrize("law", mixer_laws.LAWS)
def test_a_mixer_of_the_page_keeps_the_laws(page: SimpleNamespace, law: Callable[[type], None]) -> None:
    law(page.TowardsMean)


def test_a_balancer_of_the_page_is_compared(page: SimpleNamespace) -> None:
    names = [row.variant for row in page.balanced.summary()]
    assert names == ["shared+balancing=fixed", "shared+balancing=longest"]
    assert len({run.scores["nll.shape"] for run in page.balanced.runs}) == 2


@pytest.mark.parametrize("law", LAWS)
def test_a_balancer_of_the_page_keeps_the_laws(page: SimpleNamespace, law: Callable[[type], None]) -> None:
    law(page.Longest)


def test_a_score_of_the_page_is_measured(page: SimpleNamespace) -> None:
    assert 0 < page.confidence < 1


def test_a_source_of_the_page_is_loaded(page: SimpleNamespace) -> None:
    assert page.noisy.num_images == {"train": 144, "val": 16, "test": 40}


def test_a_reader_of_the_page_reads(page: SimpleNamespace, tmp_path: Path) -> None:
    rows = []
    for number in range(40):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(tmp_path / f"{number}.png")
        rows.append({"file": f"{number}.png", "kind": f"k{number % 2}", "thing": f"t{number % 4}"})
    (tmp_path / "pictures.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = load(tmp_path / "pictures.jsonl", size=32)
    assert data.taxonomy.level_names == ("kind", "thing")
    assert sum(data.num_images.values()) == 40


def test_an_engine_of_the_page_does_the_runs(page: SimpleNamespace) -> None:
    assert [run.variant for run in page.pooled.runs] == ["shared"]
    assert page.pooled.failures == ()


def test_an_engine_of_the_page_chooses_the_order(page: SimpleNamespace) -> None:
    assert page.order == ["independent", "coarse-to-fine"]
