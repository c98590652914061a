from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from taskgraft.architecture import BY_DEFAULT, catalogue, flat, read_architectures
from taskgraft.cli.architectures import architectures
from taskgraft.cli.spelling import on_command_line
from taskgraft.diagrams import text_diagram
from taskgraft.errors import RequestError

app = typer.Typer()
app.command()(architectures)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_every_diagram_is_printed_with_its_cost_in_80_plain_columns() -> None:
    result = run()
    assert result.exit_code == 0
    levels = ["coarse", "fine"]
    for architecture in {**catalogue(levels), **flat(levels)}.values():
        assert f"\n{text_diagram(architecture, (20, 100))}\n" in result.output
        assert architecture.name in result.output.splitlines()
    assert "8,963,504 parameters (8,956,304 trainable), 165.1 M MACs" in result.output
    assert all(" " <= c <= "~" or c == "\n" for c in result.output)
    assert max(map(len, result.output.splitlines())) <= 80


def test_json_gives_the_numbers_of_the_recipe() -> None:
    records = json.loads(run("--recipe", "original", "--json").output)
    assert [record["name"] for record in records] == list(BY_DEFAULT)
    assert records[4] == {
        "name": "shared-coarse-to-fine",
        "levels": [{"name": "coarse", "num_classes": 20}, {"name": "fine", "num_classes": 100}],
        "trunk": "shared",
        "forks": [],
        "derived": [],
        "mixers": [],
        "experts": None,
        "flows": [{"source": "coarse", "target": "fine", "carries": "logits", "passes_gradient": True}],
        "num_parameters": 18_491_128,
        "num_trainable_parameters": 18_483_064,
        "macs": 152_064_000,
        "trunk_macs": 133_890_048,
    }


def test_names_choose_and_levels_and_image_shape_count() -> None:
    arguments = ["--levels", "wearable=2,group=6,article=10", "--image-shape", "1x28x28", "--json"]
    records = json.loads(run("fine-to-coarse", "shared", *arguments).output)
    assert [record["name"] for record in records] == ["fine-to-coarse", "shared"]
    assert [flow["source"] for flow in records[0]["flows"]] == ["article", "group"]
    colour = json.loads(run("shared", *arguments, "--image-shape", "3x28x28").output)[0]
    # The whitened stem has 8 filters a channel, with a bias each; the first 3x3 convolution reads them.
    stems = (24 * 3 * 4 + 24) - (8 * 1 * 4 + 8)
    assert colour["num_parameters"] - records[1]["num_parameters"] == stems + 64 * 9 * (24 - 8)


def test_one_level_leaves_the_control() -> None:
    assert "image -> conv -> fc -> only (7)" in run("--levels", "only=7").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--levels", "fine"], r"--levels to be NAME=CLASSES for each level, but got 'fine'"),
        (["--levels", "a=2,,b=3"], r"NAME=CLASSES for each level, but got ''"),
        (["--levels", "=3"], r"NAME=CLASSES"),
        (["--levels", "fine=x"], r"classes of level 'fine' to be a whole number from 2.*but got 'x'"),
        (["--levels", "fine=0"], r"classes of level 'fine'.*but got '0'"),
        (["--levels", "fine=-3"], r"classes of level 'fine'.*but got '-3'"),
        (["--levels", "fine=" + "9" * 5000], r"classes of level 'fine' to be a whole number"),
        (["--levels", "fine=100,coarse=20"], r"coarsest first.*but got 'fine=100,coarse=20'"),
        (["--levels", "a=20,b=19"], r"none with fewer classes than the one before"),
        (["--forks", "3"], r"--forks to be all, or numbers from 1 to 2"),
        (
            ["--architecture-file", "none.toml"],
            r"--architecture-file 'none.toml' to be a file, but got 'no such file'",
        ),
        (["--levels", "a=2,a=3"], r"different names, but got 'a twice'"),
        (["--image-shape", "32x32"], r"--image-shape to be CHANNELSxHEIGHTxWIDTH, but got '32x32'"),
        (["--image-shape", "3x32x-1"], r"each part of --image-shape.*but got '-1'"),
        (["--image-shape", "3x4x4"], r"at least 9 pixels a side for this recipe, but got '4x4'"),
        (["--recipe", "origianl"], r"Did you mean 'original'"),
        (["sharde"], r"but got 'sharde'. Did you mean 'shared'"),
        (["shared", "--levels", "a=2"], r"two levels or more"),
    ],
)
def test_a_wrong_request_is_one_clear_line(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, RequestError)
    assert result.exception.exit_code == 2
    assert re.search(message, result.exception.spelled(on_command_line))
    assert "\n" not in str(result.exception)
    assert not result.output


OWN = """
[[architecture]]
name = "branching"
fork = { coarse = 1, fine = 3 }

[[architecture.flow]]
from = "coarse"
to = "fine"
carries = "features"
"""


def test_ones_own_and_forks_are_shown_like_the_six(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    shown = run("--architecture-file", str(path)).output
    (own,) = read_architectures(path, ("coarse", "fine"), 3)
    assert f"\n{text_diagram(own, (20, 100), 3)}\n" in shown
    assert shown.splitlines()[0] == "independent"
    records = json.loads(run("--forks", "all", "--json").output)
    assert [record["name"] for record in records] == ["independent", "shared", "forked-1", "forked-2"]
    assert [record["forks"] for record in records] == [[], [], [1, 1], [2, 2]]
    macs = {record["name"]: record["macs"] for record in records}
    assert macs["independent"] > macs["forked-1"] > macs["forked-2"] > macs["shared"]
    arguments = ["branching", "--forks", "2", "--architecture-file", str(path), "--json"]
    records = json.loads(run(*arguments).output)
    assert [record["name"] for record in records] == ["branching", "forked-2"]
    assert (records[0]["trunk"], records[0]["forks"]) == ("forked", [1, 3])
    assert records[0]["flows"][0]["carries"] == "features"


def test_a_fork_beyond_the_recipe_names_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    result = run("--recipe", "original", "--architecture-file", str(path))
    assert isinstance(result.exception, RequestError)
    assert str(result.exception).startswith(
        "mine.toml, architecture[0].fork: Expected the fork of 'fine' in 'branching' to be"
    )
    assert not result.output


def test_a_network_of_timm_is_drawn_in_its_stages(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text('base = "finetune"\n[network.trunk]\nbackbone = "test_resnet"')
    arguments = ["--recipe", str(file), "--image-shape", "3x64x64"]
    drawn = run("forked-3", "ple", *arguments).output
    assert "image -> conv 1-3 -+-> conv 4-5 -> fc -> fine (100)" in drawn
    assert "behind conv 4-5: gates" in drawn
    plain, divided = (
        json.loads(run("shared", *arguments, *more, "--json").output)[0] for more in ([], ["--forks", "1"])
    )
    assert plain == divided


def test_levels_that_are_no_tree_may_have_as_many_classes() -> None:
    assert "(7)" in run("shared", "--levels", "colour=7,shape=7").output
