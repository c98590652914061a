"""A study as a file: every option by name, paths from its folder, and what goes before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from taskgraft.cli.main import app
from taskgraft.cli.taking import flag_of
from taskgraft.errors import RequestError
from taskgraft.parameter import spelled
from taskgraft.request import OF_ONE_COMMAND, CompareOptions, read_study_file
from taskgraft.shell_text import ShellText

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
        "batch": ShellText("16"),
        "set": ["optimizer.momentum=0.5"],
        "has_tree": False,
    }
    options, lines = read(tmp_path / "mine.toml", STUDY, **given)
    assert (options.recipe, options.seeds) == ("quick", (0, 1, 2))
    assert options.settings == {
        "optimizer.learning_rate": 0.1,
        "optimizer.momentum": "0.5",
        "batch_size": 16,
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
        ("size = 'a'", "s.toml: Expected size to be a whole number, but got 'a', a text."),
        ("size = '64'", "s.toml: Expected size to be a whole number, but got '64', a text. Write it without"),
        ("batch = true", "s.toml: Expected batch to be a whole number, but got true, a truth value."),
        ("", "s.toml: Expected a study file to be of one option or more, but got none."),
        ("[set]\n[vary]", "s.toml: Expected a study file to be of one option or more, but got none."),
        (
            "json = true",
            "each option to be one of the study, but got 'json'. It is of one command: give --json",
        ),
        (
            "dry-run = true",
            "one of the study, but got 'dry-run'. It is of one command: give --dry-run beside",
        ),
        (
            "threads = 2\nnum_threads = 3",
            "threads and num_threads, which are one option, to be of one value, but got 2 and 3.",
        ),
        ("no_tree = 'yes'", "s.toml: Expected no_tree to be true or false, but got 'yes', a text."),
        ("match_to = 'shared'", "s.toml: Expected match_to to be used with match, but got without it."),
        ("variants = 3", "s.toml: Expected variants to be a mapping of names to variants, but got 3."),
        (
            "[variants.a]",
            "s.toml: variants.a: Expected architecture to be the name of an architecture, but go",
        ),
        (
            "variants.a = 3",
            "s.toml: Expected variants.a to be a table of architecture, recipe and set, but got 3",
        ),
        (
            "[variants.'../a']",
            "s.toml: Expected each name in variants to be at most 160 letters, digits and sig",
        ),
        (
            "[variants.a]\narchitecture = 'shared'\nlr = 3",
            "s.toml: variants.a: Expected each option to be one t",
        ),
        (
            "[variants.a]\narchitecture = 'shared'\n[variants.A]\narchitecture = 'shared'",
            "s.toml: Expected the names in variants to be different, capitals or not, but got A twice.",
        ),
        (
            "[variants.independent]\narchitecture = 'shared'",
            "s.toml: variants.independent: Expected architecture to be its architecture, 'independent', or",
        ),
        (
            "batch = 3\n[variants.a]\narchitecture = 'shared'\nset.batch_size = 4",
            "s.toml: Expected batch_size to be set once, but got 3 by batch and 4 by variants.a.",
        ),
        (
            "match = 'macs'\n[variants.a]\narchitecture = 'shared'",
            "s.toml: Expected match to be used with architectures, whose twins it adds, but got variants al",
        ),
        (
            "lr = 1\n[vary]\noptimizer.learning_rate = [1, 2]",
            "s.toml: Expected optimizer.learning_rate to be set once, but got 1 by lr and 1, 2 by vary.",
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
        read(tmp_path / "s.toml", "data_opton = 3")
    shown = caught.value.spelled(lambda name, _: f"--{name}")
    assert shown == (
        "s.toml: Expected each option to be one that there is, but got 'data_opton'. "
        "Did you mean data_options?"
    )


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("threads = 2", "num_threads", 2),
        ("num_threads = 2", "num_threads", 2),
        ("data-dir = '/a'", "data_dir", "/a"),
        ("data_option = { seed = 3 }", "data_options", {"seed": 3}),
        ("no-tree = true", "has_tree", False),
        ("no_splits = false", "has_splits", True),
        ("val-fraction = 0.3", "val_fraction", 0.3),
        ("threads = 2\nnum_threads = 2", "num_threads", 2),
    ],
)
def test_an_option_is_spelled_as_on_the_command_line_or_as_in_python(
    text: str, name: str, value: Any, tmp_path: Path
) -> None:
    assert getattr(read(tmp_path / "s.toml", text)[0], name) == value


def test_every_option_of_the_command_is_one_of_a_file_or_refused_by_name() -> None:
    command = typer.main.get_command(app).commands["compare"]  # type: ignore[attr-defined]
    shown = {
        each.opts[0].removeprefix("--").replace("-", "_") for each in command.params if each.opts[0][0] == "-"
    }
    spellings = {flag_of(CompareOptions, name)[2:].replace("-", "_") for name in CompareOptions.model_fields}
    assert shown <= spellings | {*OF_ONE_COMMAND, "help"}
    assert shown & {*OF_ONE_COMMAND} == {*OF_ONE_COMMAND}


def test_variants_of_a_file_have_their_recipes_beside_it(tmp_path: Path) -> None:
    text = """
        recipe = "quick"
        [variants.small]
        architecture = "shared"
        set.batch_size = 64
        [variants.mine]
        architecture = "forked-1"
        recipe = "mine.toml"
        [variants.mine.set.optimizer]
        momentum = 0.5
    """
    options, _ = read(tmp_path / "s.toml", text)
    small, mine = options.variants.values()
    assert (small.architecture, small.recipe, small.set) == ("shared", None, {"batch_size": 64})
    assert (mine.recipe, mine.set) == (str(tmp_path / "mine.toml"), {"optimizer.momentum": 0.5})
    assert not options.is_crossed
    for more in ("architectures = 'shared'", "forks = 1", "[vary]\nbatch_size = [1]"):
        options, _ = read(tmp_path / "s.toml", f"{more}\n[variants.a]\narchitecture = 'shared'")
        assert options.is_crossed


def test_what_is_set_beside_a_file_goes_before_its_variants_too(tmp_path: Path) -> None:
    text = "[variants.a]\narchitecture = 'shared'\nset = { batch_size = 64, epochs = 2 }"
    options, lines = read(tmp_path / "s.toml", text, batch=ShellText("32"))
    assert options.variants["a"].set == {"epochs": 2}
    assert options.settings == {"batch_size": 32}
    assert lines == ("s.toml: batch_size is 32, in place of 64 of variants.a.",)
    options, lines = read(tmp_path / "s.toml", text, vary={"batch_size": [8, 16]})
    assert (options.variants["a"].set, lines) == ({"batch_size": 64, "epochs": 2}, ())
    other = {"b": {"architecture": "independent"}}
    options, lines = read(tmp_path / "s.toml", text, variants=other)
    assert (list(options.variants), lines) == (["b"], ("s.toml: variants is [b], in place of [a].",))


def test_a_study_of_a_file_with_other_settings_has_another_directory(tmp_path: Path) -> None:
    text = "lr = 0.1\n[set]\nepochs = 3"
    assert read(tmp_path / "s.toml", text)[0].directory() == Path("studies/s")
    assert read(tmp_path / "s.toml", text, seeds=3)[0].directory() == Path("studies/s")
    assert read(tmp_path / "s.toml", text, batch=8)[0].directory() == Path("studies/s+batch_size=8")
    given = {"vary": {"optimizer.learning_rate": [1, 2]}}
    assert read(tmp_path / "s.toml", text, **given)[0].directory() == Path(
        "studies/s+optimizer.learning_rate"
    )


def test_a_refusal_of_what_a_file_says_names_it_wherever_it_is_raised(tmp_path: Path) -> None:
    options, _ = read(tmp_path / "s.toml", "lr = 0.1\nbatch = 3\nseeds = 3", lr=0.2)
    for subject, stage, message in (
        ("batch_size", (), "s.toml: Expected a to be b"),
        ("batch", (), "s.toml: Expected a to be b"),
        ("lr", (), "Expected a to be b"),
        ("optimizer.learning_rate", ("batch",), "Expected a to be b"),
        ("out", (), "Expected a to be b"),
        ("out", ("seeds",), "s.toml: Expected a to be b"),
        ("out", ("seeds", "lr"), "s.toml and the options beside it: Expected a to be b"),
    ):
        with pytest.raises(RequestError) as caught, options.source.naming(*stage):
            raise RequestError.expected("a", "b", 3, "Mend it.").about(subject)
        assert str(caught.value).startswith(message), (subject, stage)
