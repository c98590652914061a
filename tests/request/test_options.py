"""Options of a request: one record, whatever they came from; each mistake is one line that names it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft import scores
from taskgraft.architecture import Architecture
from taskgraft.choices import DATASETS, DECODINGS, DEVICES, POOLED
from taskgraft.data.sources import SOURCES
from taskgraft.errors import RequestError
from taskgraft.hardware import choose_hardware
from taskgraft.recipe import quick
from taskgraft.request import GROUPS, CompareOptions, DataOptions, TrainOptions
from taskgraft.scores import DECODINGS as ALL_DECODINGS
from taskgraft.shell_text import ShellText

RECORDS = [CompareOptions, TrainOptions, DataOptions]


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_says_how_it_is_shown(record: type[CompareOptions]) -> None:
    options = record.options()
    assert set(options) == set(record.model_fields)
    for name, option in options.items():
        assert option.group in GROUPS, name
        assert option.help[0].isupper() or option.help.startswith("cifar100"), name
        assert bool(option.metavar) == (record.model_fields[name].annotation not in (bool, bool | None)), name


def test_words_stand_for_what_there_is() -> None:
    assert tuple(SOURCES) == DATASETS
    assert tuple(ALL_DECODINGS) == DECODINGS
    assert scores.POOLED == POOLED
    for device in DEVICES[:2]:
        assert choose_hardware(device, 1)


def test_without_options_a_study_is_of_shapes_and_auto() -> None:
    options = CompareOptions.of({})
    assert (options.data, options.recipe, options.seeds) == ("shapes", "auto", (0,))
    assert (options.names, options.settings, options.vary) == ("all", {}, {})
    assert options.directory() == Path("studies/shapes-auto")
    assert CompareOptions.of({"recipe": "a/mine.toml", "data": "b/c.csv"}).directory() == Path(
        "studies/c-mine"
    )
    assert CompareOptions.of({"recipe": quick(), "out": "x"}).directory() == Path("x")


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"forks": "all"}, "independent,shared"),
        ({"forks": "all", "architectures": "all"}, "all"),
        ({"forks": "all", "architecture_file": "a.toml"}, "all"),
        (
            {"architectures": ["shared", Architecture("a", ("b", "c"))]},
            ("shared", Architecture("a", ("b", "c"))),
        ),
    ],
)
def test_a_sweep_of_forks_is_about_sharing_alone(values: dict[str, Any], names: Any) -> None:
    assert CompareOptions.of(values).names == names


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        (
            {"lr": 0.1, "batch": ShellText("64"), "epochs": 2, "val_fraction": 0.3},
            [
                ("epochs", 2),
                ("optimizer.learning_rate", 0.1),
                ("batch_size", 64),
                ("val_fraction", 0.3),
            ],
        ),
        ({"set": ["batch_size=64"], "lr": 1}, [("batch_size", "64"), ("optimizer.learning_rate", 1)]),
        ({"set": {"optimizer": {"momentum": 0.5}}}, [("optimizer.momentum", 0.5)]),
    ],
)
def test_values_of_the_recipe_are_set_by_key_or_by_a_short_name(
    values: dict[str, Any], settings: list[tuple[str, Any]]
) -> None:
    assert CompareOptions.of(values).settings == dict(settings)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"ecpohs": 3},
            "Expected each option to be one that there is, but got 'ecpohs'. Did you mean epochs?",
        ),
        ({"batch_size": 3}, "got 'batch_size'. It is a value of the recipe: give it with set."),
        ({"zzz": 3}, "Choose one of architectures"),
        ({"epochs": ShellText("many")}, "Expected epochs to be a number, but got 'many'."),
        ({"epochs": "many"}, "Expected epochs to be a number, but got 'many', a text. Leave it out"),
        ({"epochs": "3"}, "Expected epochs to be a number, but got '3', a text. Write it without quotes."),
        ({"epochs": True}, "Expected epochs to be a number, but got true, a truth value. Write a number."),
        ({"size": ShellText("large")}, "Expected size to be a whole number, but got 'large'."),
        ({"batch": True}, "Expected batch to be a whole number, but got true, a truth value."),
        ({"jobs": "2"}, "Expected jobs to be a whole number of at least 1 and at most 1,024, but got '2', a"),
        ({"auto_batch": "perhaps"}, "Expected auto_batch to be true or false, but got 'perhaps', a text."),
        ({"auto_batch": 1}, "Expected auto_batch to be true or false, but got 1, a number."),
        ({"seeds": True}, "Expected seeds to be a number, or several of them, but got True."),
        ({"seeds": "3"}, "Expected seeds to be a number, or several of them, but got '3'."),
        ({"seeds": ["3"]}, "Expected seeds to be different whole numbers from 0 to"),
        ({"forks": True}, "Expected forks to be all, or whole numbers, but got True."),
        ({"forks": ["1"]}, "Expected forks to be all, or whole numbers, but got ['1']."),
        (
            {"data_options": {"relatedness": "1"}},
            "relatedness of data_options to be a number, but got '1', a",
        ),
        ({"data_options": {"relatedness": True}}, "relatedness of data_options to be a number, but got True"),
        (
            {"match": "mac"},
            "Expected match to be one of macs, parameters, but got 'mac'. Did you mean 'macs'?",
        ),
        ({"recipe": 3}, "Expected recipe to be NAME|FILE, but got 3."),
        ({"architectures": 3}, "Expected architectures to be all|A,B, but got 3."),
        ({"seeds": 0}, "Expected the number of seeds to be 1 or more, but got 0."),
        ({"set": ["batch_size"]}, "Expected a change to be KEY=VALUE, but got 'batch_size'."),
        ({"set": ["a=1", "a=2"]}, "Expected a of set to be given once, but got 1 and 2."),
        ({"vary": ["a=1,2", "a=2,1"]}, "Expected a of vary to be given once, but got [1, 2] and [2, 1]."),
        ({"set": 3}, "Expected set to be a mapping of keys to values, but got 3."),
        ({"vary": ["batch_size"]}, "Expected vary to be KEY=A,B, but got 'batch_size'."),
        ({"vary": {"batch_size": 64}}, "Expected vary of batch_size to be a list of values, but got 64."),
        (
            {"set": {"batch_size": 1}, "batch": 2},
            "batch_size to be set once, but got 1 by set and 2 by batch.",
        ),
        (
            {"vary": {"batch_size": [1]}, "batch": 2},
            "batch_size to be set once, but got 2 by batch and 1 by vary. Leave it out of one of batch a",
        ),
        (
            {"vary": {"batch_size": [2, 3]}, "batch": 2},
            "batch_size to be set once, but got 2 by batch and 2, 3 by vary.",
        ),
        (
            {"set": {"val_fraction": 0.3}, "val_fraction": 0.2},
            "val_fraction to be set once, but got 0.3 by set and 0.2 by val_fraction.",
        ),
        (
            {"set": {"balance": "sampler"}, "balance": "loss"},
            "balance to be set once, but got loss by balance and sampler by set.",
        ),
        (
            {"vary": {"balance": ["loss", "none"]}, "balance": "loss"},
            "balance to be set once, but got loss by balance and loss, none by vary.",
        ),
        (
            {"set": {"balance_levels": ["fine"]}, "balance": "loss"},
            "balance_levels to be left out with balance, which names levels itself, but got [fine] by set.",
        ),
        (
            {"set": {"network.trunk.backbone": "b"}, "trunk": "timm/a"},
            "network.trunk.backbone to be set once, but got a by trunk and b by set.",
        ),
        (
            {"set": {"network.trunk.stem_width": 3}, "trunk": "timm/a"},
            "network.trunk.stem_width to be left out",
        ),
        ({"data_options": ["relatedness"]}, "Expected data_options to be KEY=NUMBER, but got 'relatedness'."),
        ({"data_options": ["seed=a"]}, "Expected data_options to be KEY=NUMBER, but got 'seed=a'."),
        (
            {"data_options": {"limit": 3}},
            "Expected data_options to be options of the dataset, but got 'limit'. Use",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_the_option(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)) as caught:
        CompareOptions.of(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"lr": 0.1, "set": ["optimizer.learning_rate=1e-1"]}, {"optimizer.learning_rate": 0.1}),
        ({"val_fraction": 0.2, "set": {"val_fraction": 0.2}}, {"val_fraction": 0.2}),
        ({"batch": 64, "vary": {"batch_size": [64]}}, {"batch_size": 64}),
        ({"balance": "loss", "set": {"balance": "loss"}}, {"balance": "loss"}),
        ({"trunk": "timm/a", "set": {"network.trunk": {"family": "timm", "backbone": "a"}}}, {}),
        ({"set": ["a=1", "a=1.0"]}, {"a": "1.0"}),
        ({"set": {"optimizer": {"momentum": 0.5}, "optimizer.momentum": 0.5}}, {"optimizer.momentum": 0.5}),
    ],
)
def test_two_spellings_of_one_value_are_fine_where_they_agree(
    values: dict[str, Any], settings: dict[str, Any]
) -> None:
    assert CompareOptions.of(values).settings == settings


@pytest.mark.parametrize(
    ("values", "ending"),
    [
        ({"seeds": 3, "architectures": "shared", "device": "cpu", "match": "macs"}, ""),
        ({"lr": 0.1, "epochs": 3}, "+epochs=3+optimizer.learning_rate=0.1"),
        ({"epochs": ShellText("3"), "set": ["optimizer.learning_rate=1e-1"]}, "+epochs=3+optimizer.lea"),
        ({"vary": {"batch_size": [1, 2]}}, "+batch_size"),
        ({"trunk": "timm/resnet18", "limit": 64}, "+limit=64+trunk=timm-resnet18"),
        ({"data_options": {"relatedness": 0.5}}, "+relatedness=0.5"),
        ({"minutes": 30}, "+minutes=30"),
    ],
)
def test_studies_of_other_settings_have_other_directories(values: dict[str, Any], ending: str) -> None:
    directory = str(CompareOptions.of(values).directory())
    assert directory.startswith(f"studies/shapes-auto{ending}")
    assert (directory == "studies/shapes-auto") == (ending == "")


def test_a_long_list_of_settings_names_a_directory_all_the_same() -> None:
    values = {"set": {"network.branch.fc_2": [*range(1, 200)]}}
    names = {CompareOptions.of({**values, "epochs": number}).directory().name for number in (1, 2)}
    assert len(names) == 2
    assert all(len(name.encode()) < 255 for name in names)


@given(
    name=some.sampled_from(list(CompareOptions.model_fields)),
    value=some.none()
    | some.text()
    | some.integers()
    | some.lists(some.text())
    | some.dictionaries(some.text(), some.integers()),
)
def test_whatever_is_given_is_options_or_one_line(name: str, value: Any) -> None:
    try:
        CompareOptions.of({name: value})
    except RequestError as error:
        message = str(error)
        assert "\n" not in message


def test_a_training_is_a_study_of_one_run() -> None:
    options = TrainOptions.of(
        {"architecture": "shared", "seed": ShellText("3"), "lr": 0.5, "has_tree": False}
    ).as_compare()
    assert (options.names, options.seeds, options.lr, options.has_tree) == ("shared", (3,), 0.5, False)
    assert options.directory() == Path("studies/shapes-auto+optimizer.learning_rate=0.5-shared-seed3")
    for several in ("all", "shared,independent"):
        with pytest.raises(RequestError, match="Use `taskgraft compare` for several"):
            TrainOptions.of({"architecture": several}).as_compare()


def test_none_is_a_balance_and_no_number() -> None:
    assert CompareOptions.of({"balance": ShellText("none")}).balance == "none"
    with pytest.raises(RequestError, match="Expected lr to be a number, but got 'none'"):
        CompareOptions.of({"lr": ShellText("none")})


def test_what_is_loaded_is_what_was_given() -> None:
    options = DataOptions.of({"data": "a/b.csv", "taxonomy": "t.csv", "size": 64, "has_tree": True})
    expected = {"name": "a/b.csv", "val_fraction": 0.2, "taxonomy": Path("t.csv"), "size": 64}
    assert options.for_load(0.2) == expected
    five = DataOptions.of({"data": "cifar100", "taxonomy": "5-level", "val_fraction": 0.3, "has_tree": False})
    expected = {"name": "cifar100", "val_fraction": 0.3, "taxonomy": "5-level", "has_tree": False}
    assert five.for_load(0.2) == expected
    shapes = DataOptions.of({"data_options": ["seed=3"], "limit": 64})
    assert shapes.for_load(0.2) == {"name": "shapes", "val_fraction": 0.2, "limit": 64, "seed": 3}


def test_options_are_light() -> None:
    """They are what `--help` needs."""
    code = (
        "import sys, taskgraft.request; "
        "print([m for m in ('torch', 'numpy', 'scipy', 'jinja2', 'PIL', 'rich') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
