"""Recipes in files: read, printed, and read again as the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft.errors import RequestError
from taskgraft.recipe import RECIPES, Recipe, changed, recipe, recipe_text
from taskgraft.recipe._recipe_file import read_recipe
from taskgraft.recipe._recipe_name import is_recipe_name
from taskgraft.recipe._recipes import fast, original, quick


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("changes", [{}, {"base": ""}], ids=["with a base", "without"])
@pytest.mark.parametrize("name", RECIPES)
def test_a_printed_recipe_is_read_as_the_same(name: str, changes: dict[str, Any], tmp_path: Path) -> None:
    known = recipe(name).model_copy(update=changes)
    path = written(tmp_path, recipe_text(known))
    assert read_recipe(path) == known
    assert recipe_text(read_recipe(path)) == path.read_text()
    assert ("base = " in path.read_text()) == bool(known.base)


@given(
    name=some.text(some.characters(exclude_categories=["Cs"])).filter(is_recipe_name),
    rate=some.floats(min_value=1e-300, allow_infinity=False),
    widths=some.lists(some.integers(1, 10**9)),
    stop=some.booleans(),
)
def test_whatever_its_values_are(
    name: str, rate: float, widths: list[int], stop: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changes: dict[str, Any] = {"name": name, "network.branch.fc_1": widths}
    changes |= {"optimizer": {"kind": "adam", "learning_rate": rate}}
    changes |= {"augmentation": "none"} if stop else {"early_stop": {"patience": 2, "min_delta": rate}}
    known = changed(fast(), changes)
    path = written(tmp_path_factory.mktemp("recipe"), "", "r.toml")
    path.write_text(recipe_text(known), encoding="utf-8")
    assert read_recipe(path) == known


def test_every_value_has_a_comment_above_and_no_line_is_wide() -> None:
    for name in RECIPES:
        lines = recipe_text(recipe(name)).splitlines()
        assert max(map(len, lines)) <= 80
        for before, line in zip(lines, lines[1:], strict=False):
            is_value = "=" in line and not line.startswith("#")
            assert not is_value or before.startswith("#") or "[[" in before or "=" in before, line


@given(sides=some.lists(some.floats(min_value=1e-9, max_value=1), max_size=60))
def test_a_list_of_any_length_is_broken_into_lines_and_read_again(
    sides: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    known = changed(fast(), {"growth": sides})
    text = recipe_text(known)
    assert max(map(len, text.splitlines())) <= 80
    assert read_recipe(written(tmp_path_factory.mktemp("recipe"), text)) == known.model_copy(
        update={"name": "fast"}
    )


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "x\ny", "\x1b[31m", " a", "a ", "a" * 101, "\ud800"])
def test_a_recipe_has_a_name_of_one_line(name: str) -> None:
    with pytest.raises(RequestError, match="Expected name to be one line of 1 to 100 characters") as caught:
        changed(quick(), {"name": name})
    assert str(caught.value).isprintable()
    assert changed(quick(), {"name": "m\u00fcller, 2. Versuch"}).name == "m\u00fcller, 2. Versuch"


def test_a_file_whose_name_no_recipe_can_have_says_another(tmp_path: Path) -> None:
    path = tmp_path / f"{'long' * 30}.toml"
    path.write_text('base = "quick"')
    with pytest.raises(RequestError, match="the name of the file, which is its recipe's, to be one line"):
        read_recipe(path)
    path.write_text('base = "quick"\nname = "short"')
    assert read_recipe(path).name == "short"


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    written(tmp_path, 'base = "quick"\nepochs = 3', "FIRST.TOML")
    path = written(tmp_path, 'base = "FIRST.TOML"', "SECOND.Toml")
    assert recipe(str(path)) == changed(quick(), {"name": "SECOND", "epochs": 3})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("batch_size = true", "batch_size to be a whole number of at least 1, but got true, a truth value."),
        ('batch_size = "64"', "batch_size to be a whole number of at least 1, but got '64', a text. Write"),
        (
            'optimizer.momentum = "0.5"',
            "optimizer.momentum to be a number of at least 0 and below 1, but got",
        ),
        ("test_time_flip = 1", "test_time_flip to be true or false, but got 1, a number. Write true or"),
        (
            'test_time_flip = "true"',
            "test_time_flip to be true or false, but got 'true', a text.",
        ),
        ('growth = ["0.5", 1]', "growth to be a list, each a number above 0 and at most 1, but got '0.5', a"),
        ("growth = [true]", "growth to be a list, each a number above 0 and at most 1, but got true, a tr"),
        ('growth = "0.5,1"', "growth to be a list, each a number above 0 and at most 1, but got '0.5,1'."),
        ("network.trunk.stem_width = true", "stem_width to be a whole number of at least 1 or whitened, but"),
        (
            'network.branch.fc_2 = ["8"]',
            "network.branch.fc_2 to be a list, each a whole number of at least 1",
        ),
    ],
)
def test_a_text_or_a_truth_value_is_no_number(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=re.escape(message)) as caught:
        read_recipe(written(tmp_path, f'base = "quick"\n{line}'))
    assert str(caught.value).startswith("mine.toml: Expected ")


def test_a_file_is_its_base_with_other_values(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'base = "fast"\nepochs = 20\noptimizer.learning_rate = 0.1\n[augmentation]\nmax_shift = 4\n',
    )
    changes = {"name": "mine", "epochs": 20, "optimizer.learning_rate": 0.1, "augmentation.max_shift": 4}
    assert recipe(str(path)) == changed(fast(), changes)
    assert recipe(str(path), {"name": "other"}).name == "other"


def test_a_file_may_begin_from_another_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    written(tmp_path, 'base = "quick"\nepochs = 3\nbatch_size = 32', "first.toml")
    path = written(tmp_path / "inner", 'base = "../first.toml"\nepochs = 4', "second.toml")
    assert read_recipe(path) == changed(quick(), {"name": "second", "epochs": 4, "batch_size": 32})


def test_without_a_base_all_values_are_needed(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"^mine.toml: Expected network to be .* got none. Set it, or begin from a base"
    ):
        read_recipe(written(tmp_path, "epochs = 3"))
    text = recipe_text(original()).replace('base = "original"', "")
    assert read_recipe(written(tmp_path, text)) == original().model_copy(update={"base": ""})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'base = "fsat"',
            "mine.toml: Expected base to be one of original, fast, compact, accurate, quick, finetune, or a",
        ),
        ("base = 3", "mine.toml: Expected base to be one of"),
        ('base = "mine.toml"', "Expected base of mine.toml to be another recipe, but got"),
        ('base = "none.toml"', "Expected the recipe"),
        (
            'base = "fast"\n[optimizer]\nlearning_rat = 1',
            "mine.toml: Expected each key to be one of the recipe's",
        ),
        (
            'base = "fast"\n[optimizer]\nmomentum = 1',
            "mine.toml: Expected optimizer.momentum to be a number of",
        ),
        ('base = "fast"\nepochs = ', "mine.toml, line 2: Expected the file to be valid TOML"),
        ('base = "fast"\nepochs = 3\nepochs = 4', "mine.toml, line 3: Expected the file to be valid TOML"),
        (
            'base = "fast"\noptimizer = 3',
            "Expected optimizer to be a table of kind sgd, adam, adamw or muon, but got 3",
        ),
        (
            "x" + ".a" * 300 + " = 3",
            "mine.toml, line 1: Expected the file to be valid TOML, but got 'names nest",
        ),
        ("epochs = " + "[" * 5000, "values nested too deeply"),
    ],
)
def test_a_mistake_names_file_and_key(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=re.escape(message)) as caught:
        read_recipe(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b'name = "a"\nepochs = \xff')
    with pytest.raises(RequestError, match=r"bytes.toml, line 2: .* UTF-8, but got 'the byte 0xff'"):
        recipe(str(tmp_path / "bytes.toml"))
    for wrong in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(RequestError, match="to be a file, but got"):
            read_recipe(wrong)
    with pytest.raises(
        RequestError, match=r"quick, finetune, or a .toml file, but got 'fsat'. Did you mean 'fast'\?"
    ):
        recipe("fsat")


def test_a_recipe_from_a_file_says_from_what_it_began(tmp_path: Path) -> None:
    read = read_recipe(written(tmp_path, 'base = "quick"'))
    assert isinstance(read, Recipe)
    assert (read.name, read.base) == ("mine", "quick")
