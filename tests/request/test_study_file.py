"""A study as a file: every option by name, paths from its folder, and what goes before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from taskgraft.errors import RequestError
from taskgraft.parameter import spelled
from taskgraft.request import CompareOptions, read_study_file

STUDY = """
data = "pictures"
size = 64
recipe = "mine.toml"
architectures = ["independent", "shared"]
seeds = [0, 3]
trunk = "timm/resnet18"
trunk_weights = "hub"
has_tree = false

[set]
optimizer.learning_rate = 0.1

[vary]
batch_size = [32, 64]
"""


def read(path: Path, text: str, **given: Any) -> tuple[CompareOptions, tuple[str, ...]]:
    path.write_text(text)
    options, lines = read_study_file(path, given)
    return options, tuple(spelled(line) for line in lines)


def test_every_option_can_stand_in_a_file(tmp_path: Path) -> None:
    options, lines = read(tmp_path / "mine.toml", STUDY)
    assert lines == ()
    assert (options.data, options.recipe) == (str(tmp_path / "pictures"), str(tmp_path / "mine.toml"))
    assert (options.size, options.seeds, options.has_tree) == (64, (0, 3), False)
    assert options.names == ("independent", "shared")
    assert (options.trunk, options.trunk_weights) == ("timm/resnet18", "hub")
    assert options.settings == {"optimizer.learning_rate": 0.1}
    assert options.vary == {"batch_size": [32, 64]}
    assert options.directory() == Path("studies/mine")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('data = "shapes"', "data", "shapes"),
        ('data = "hub:a/b"', "data", "hub:a/b"),
        ('data = "~/a"', "data", "~/a"),
        ('data = "/a/b"', "data", "/a/b"),
        ('recipe = "quick"', "recipe", "quick"),
        ('taxonomy = "5-level"\ndata = "cifar100"', "taxonomy", "5-level"),
    ],
)
def test_names_and_whole_paths_stay(text: str, name: str, value: str, tmp_path: Path) -> None:
    assert getattr(read(tmp_path / "s.toml", text)[0], name) == value


@pytest.mark.parametrize(
    "name", ["data", "data_dir", "taxonomy", "architecture_file", "trunk_weights", "out"]
)
def test_paths_are_found_from_the_folder_of_the_file(name: str, tmp_path: Path) -> None:
    data = "" if name == "data" else 'data = "pictures"\n'
    options, _ = read(tmp_path / "s.toml", f'{data}{name} = "a/b.x"')
    assert getattr(options, name) == str(tmp_path / "a" / "b.x")


def test_options_beside_a_file_go_before_it_and_it_is_said(tmp_path: Path) -> None:
    given = {
        "seeds": 3,
        "recipe": "quick",
        "batch": "16",
        "set": ["optimizer.momentum=0.5"],
        "has_tree": False,
    }
    options, lines = read(tmp_path / "mine.toml", STUDY, **given)
    assert (options.recipe, options.seeds) == ("quick", (0, 1, 2))
    assert options.settings == {
        "optimizer.learning_rate": 0.1,
        "optimizer.momentum": "0.5",
        "batch_size": "16",
    }
    assert options.vary == {}
    assert lines == (
        "mine.toml: seeds is 3, in place of [0, 3].",
        f"mine.toml: recipe is quick, in place of {tmp_path / 'mine.toml'}.",
        "mine.toml: batch_size is 16, in place of [32, 64].",
    )


def test_what_is_varied_beside_a_file_is_not_set(tmp_path: Path) -> None:
    text = "epochs = 3\n[set]\nbatch_size = 32\n[data_options]\nseed = 3\nrelatedness = 0.5"
    given = {"vary": ["batch_size=1,2"], "data_options": ["seed=4"]}
    options, lines = read(tmp_path / "s.toml", text, **given)
    assert (options.settings, options.vary) == ({"epochs": 3}, {"batch_size": ["1", "2"]})
    assert options.data_options == {"seed": 4, "relatedness": 0.5}
    assert lines == ("s.toml: batch_size is [1, 2], in place of 32.", "s.toml: seed is 4, in place of 3.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeds = ", "s.toml, line 1: Expected the file to be valid TOML"),
        (
            "sedes = 3",
            "s.toml: Expected each option to be one that there is, but got 'sedes'. Did you mean seeds?",
        ),
        (
            "batch_size = 3",
            "s.toml: Expected each option to be one that there is, but got 'batch_size'. It is a",
        ),
        ("size = 'a'", "s.toml: Expected size to be a whole number, but got 'a'."),
        (
            "lr = 1\n[vary]\noptimizer.learning_rate = [1]",
            "s.toml: Expected optimizer.learning_rate to be either",
        ),
    ],
)
def test_a_mistake_names_the_file(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        read(tmp_path / "s.toml", text)


def test_a_mistake_beside_the_file_does_not(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^Expected size to be a whole number"):
        read(tmp_path / "s.toml", "seeds = 3", size="a")
    with pytest.raises(RequestError, match="to be a file, but got 'no such file'"):
        read_study_file(tmp_path / "none.toml", {})


def test_a_mistake_in_the_file_names_keys_and_not_options(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        read(tmp_path / "s.toml", "data_option = 3")
    shown = caught.value.spelled(lambda name, _: f"--{name}")
    assert shown == (
        "s.toml: Expected each option to be one that there is, but got 'data_option'. "
        "Did you mean data_options?"
    )
