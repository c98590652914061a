"""A bad value of any option of any verb: exit code 2, one line on standard error, and nothing is written."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from command import run
from PIL import Image

from taskgraft.cli.main import app
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe

TINY = ["--data-option", "num_train=256", "--data-option", "num_test=64"]
SHAPES = ["--data", "shapes", *TINY]
PICTURES = ["--data", "pictures"]
TABLE = ["--data", "table.csv", "--label-columns", "kind,sort"]

# Options of what trains, and of data: what else has to be typed, and values that no study can have.
OF_STUDIES: dict[str, list[tuple[list[str], list[str]]]] = {
    "--data": [([], ["nothing", "nothing.csv", "file", "", "/dev/null", "hub:"])],
    "--data-dir": [
        (["--data", "cifar100"], ["nothing", "folder", ""]),
        (["--data", "fashion-mnist"], ["nothing", "folder", "file"]),
        (TABLE, ["nothing", "file", ""]),
        (SHAPES, ["folder"]),
    ],
    "--data-option": [
        (["--data", "shapes"], ["x", "x=1", "num_train=0", "num_train=1e12", "num_train=nan", "size=32"])
    ],
    "--levels": [(PICTURES, ["a", "a,a", "", "a,b,c"]), (SHAPES, ["a,b"])],
    "--label-columns": [(["--data", "table.csv"], ["nothing", "kind,kind", "", "kind,nothing", "image"])],
    "--image-column": [(TABLE, ["nothing", ""])],
    "--split-column": [(TABLE, ["nothing", "kind", ""])],
    "--taxonomy": [(PICTURES, ["nothing", "file", "folder", ""]), (["--data", "cifar100"], ["7-level"])],
    "--size": [(PICTURES, ["0", "15", "513", "x", "32.5", "nan", ""])],
    "--fit": [(PICTURES, ["x", ""])],
    "--on-bad-image": [(PICTURES, ["x"])],
    "--leave-out": [(PICTURES, ["train", "val"])],
    "--exclude": [(PICTURES, ["x*.gif", "*", "", ","]), (SHAPES, ["*.png"])],
    "--test-fraction": [(PICTURES, ["0", "1", "-1", "nan", "x", "0.0001", "0.9999"])],
    "--val-fraction": [(SHAPES, ["0", "1", "nan", "x", "0.0001"]), (PICTURES, ["0.0001"])],
    "--limit": [(SHAPES, ["0", "-1", "x", "1", "1e99"]), (PICTURES, ["1"])],
    "--architecture-file": [(SHAPES, ["nothing.toml", "file", "folder", "bad.toml", ""])],
    "--architectures": [(SHAPES, ["nothing", "", "shared,", "shared@nothing-macs", "forked-9"])],
    "--forks": [(SHAPES, ["x", "0", "9", "all,1", ""])],
    "--match": [(SHAPES, ["x", ""])],
    "--match-to": [(SHAPES, ["shared", "nothing"]), ([*SHAPES, "--match", "macs"], ["nothing", ""])],
    "--vary": [(SHAPES, ["x", "batch_size=", "nothing=1,2", "batch_size=32,32", "val_fraction=0.1,0.2"])],
    "--tune": [(SHAPES, ["0", "-1", "1.5", "x", "nan", "1001", ""])],
    "--tune-keys": [
        (SHAPES, ["finest_weight"]),
        (
            [*SHAPES, "--tune", "2"],
            ["", "nothing", "epochs", "optimizer", "finest_weight=1", "finest_weight=4:1"],
        ),
        ([*SHAPES, "--tune", "2"], ["finest_weight=0:1", "finest_weight=a:b", "finest_weight,finest_weight"]),
        ([*SHAPES, "--tune", "2", "--lr", "0.1"], ["optimizer.learning_rate"]),
    ],
    "--seeds": [(SHAPES, ["0", "-1", "x", "1,1", "3000000", "1.5", ""])],
    "--resplits": [(SHAPES, ["0", "1", "-1", "x", "1.5", "1001", ""]), ([*SHAPES, "--tune", "2"], ["3"])],
    "--seed": [(SHAPES, ["-1", "x", "4294967296", "1,2", ""])],
    "--prefer": [(SHAPES, ["nothing", ""])],
    "--max-seeds": [
        (SHAPES, ["0", "-1", "x", "1.5", "3000000", ""]),
        ([*SHAPES, "--seeds", "3"], ["2"]),
        ([*SHAPES, "--until-decided"], ["1", "open"]),
    ],
    "--margin": [(SHAPES, ["0", "-1", "100", "x", "nan", "inf", ""])],
    "--recipe": [(SHAPES, ["nothing", "autoo", "nothing.toml", "file", "bad.toml", "folder", ""])],
    "--set": [
        (SHAPES, ["x", "nothing=1", "batch_size=0", "epochs=nan", "balancing=x", "val_fraction=0.0001"])
    ],
    "--epochs": [(SHAPES, ["0", "-1", "x", "nan", "inf", "1e30"])],
    "--lr": [(SHAPES, ["0", "-1", "x", "nan", "inf"])],
    "--batch": [(SHAPES, ["0", "-1", "x", "1.5"])],
    "--minutes": [(SHAPES, ["0", "-1", "x", "nan", "inf", "1e9", "0.00001", ""])],
    "--balance": [(SHAPES, ["nothing", "family=x", "loss=loss", ""])],
    "--trunk": [(SHAPES, ["nothing", "timm/", "timm/nothing", "timm/resnet18.nothing", ""])],
    "--trunk-weights": [
        ([*SHAPES, "--trunk", "timm/test_resnet"], ["nothing", "nothing.safetensors", "bad.safetensors", ""]),
        (SHAPES, ["hub"]),
    ],
    "--device": [(SHAPES, ["nothing", "", "cpu,cuda"])],
    "--threads": [(SHAPES, ["0", "-1", "x", "1e9", "99999999"])],
    "--log": [(SHAPES, ["nothing", "", "csv,csv", "csv,nothing", ","])],
    "--engine": [(SHAPES, ["nothing", "", "local,ray"])],
    "--address": [
        (SHAPES, ["10.0.0.1:6379", ""]),
        (
            [*SHAPES, "--engine", "ray"],
            ["", "ray://10.0.0.1:10001", "nothing", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:1"],
        ),
    ],
    "--jobs": [(SHAPES, ["0", "-1", "x", "5000", "1.5"])],
    "--processes-per-run": [(SHAPES, ["0", "-1", "x", "5000", "1.5", "129"])],
    "--batch-norm": [(SHAPES, ["each", "x", ""]), ([*SHAPES, "--processes-per-run", "2"], ["x", ""])],
    "--out": [(SHAPES, ["file", "file/x", "pictures", "", "/dev/null", "x" * 300])],
}
# Bounds of the server.
SERVED = (
    *("--batch-size", "--wait-seconds", "--queue-size", "--num-pictures", "--num-pixels", "--body-bytes"),
    *("--held-bytes", "--num-connections", "--num-headers", "--header-bytes", "--head-seconds"),
    *("--body-seconds", "--answer-seconds", "--drain-seconds"),
)
# Of the other verbs, the words of the verb first.
OF_OTHERS: dict[tuple[str, str], list[tuple[list[str], list[str]]]] = {
    ("report", "--prefer"): [(["study"], ["nothing", ""])],
    ("report", "--margin"): [(["study"], ["0", "-1", "100", "x", "nan", "inf", ""])],
    ("report", "--out"): [
        (["study"], ["page.html"]),
        (["study", "other"], ["folder", "file/x", "", "/dev/null", "x" * 300]),
    ],
    ("report", "--markdown"): [
        (["study"], ["folder", "file/x", "", "/dev/null"]),
        (["study", "other"], ["a.md"]),
    ],
    ("predictions", "--run"): [(["study"], ["nothing", "", "shared"])],
    ("predictions", "--split"): [(["study", "--run", "shared-seed0"], ["train", ""])],
    ("predictions", "--decoding"): [(["study", "--run", "shared-seed0"], ["nothing", ""])],
    ("predictions", "--out"): [(["study", "--run", "shared-seed0"], ["folder", "file/x", "", "/dev/null"])],
    ("predict", "--variant"): [(["study", "pictures"], ["nothing", ""])],
    ("predict", "--seed"): [(["study", "pictures", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("predict", "--target-accuracy"): [
        (["study", "pictures", "--variant", "shared"], ["0", "1", "nan", "x", "0.999"])
    ],
    ("predict", "--confidence"): [
        (["study", "pictures", "--variant", "shared", "--target-accuracy", "0.5"], ["0", "1", "nan", "x"])
    ],
    ("predict", "--precision"): [(["study", "pictures", "--variant", "shared"], ["int8", "f16", "F32", ""])],
    ("predict", "--data-dir"): [(["study", "table.csv", "--variant", "shared"], ["nothing", "file", ""])],
    ("predict", "--out"): [
        (["study", "pictures", "--variant", "shared"], ["folder", "file/x.csv", "", "/dev/null", "a.txt"])
    ],
    ("export", "--to"): [(["study", "--variant", "shared"], ["nothing", ""])],
    ("export", "--precision"): [(["study", "--variant", "shared", "--to", "onnx"], ["nothing", ""])],
    ("export", "--target-accuracy"): [
        (["study", "--variant", "shared", "--to", "onnx"], ["0", "1", "nan", "x", "0.999"])
    ],
    ("export", "--confidence"): [
        (["study", "--variant", "shared", "--to", "onnx", "--target-accuracy", "0.5"], ["0", "1", "nan", "x"])
    ],
    ("export", "--variant"): [(["study", "--to", "onnx"], ["nothing", ""])],
    ("export", "--seed"): [(["study", "--to", "onnx", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("export", "--pictures"): [(["study", "--to", "onnx", "--variant", "shared"], ["nothing", ""])],
    ("export", "--calibration"): [
        (["study", "--to", "onnx", "--variant", "shared", "--precision", "int8"], ["nothing", ""])
    ],
    ("export", "--out"): [
        (
            ["study", "--to", "onnx", "--variant", "shared"],
            ["folder", "file/x.onnx", "", "/dev/null", "a.txt"],
        )
    ],
    **{("serve", flag): [(["study", "--variant", "shared"], ["x", "-1", "nan"])] for flag in SERVED},
    ("serve", "--variant"): [(["study"], ["nothing", ""])],
    ("serve", "--seed"): [(["study", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("serve", "--target-accuracy"): [(["study", "--variant", "shared"], ["0", "1", "nan", "x", "0.999"])],
    ("serve", "--token-file"): [(["study", "--variant", "shared"], ["nothing", "folder", ""])],
    ("serve", "--host"): [(["study", "--variant", "shared"], ["256.1.1.1", "nothing.invalid"])],
    ("serve", "--port"): [(["study", "--variant", "shared"], ["-1", "70000", "x"])],
    ("serve", "--allow-host"): [(["study", "--variant", "shared", "--port", "70000"], ["x"])],
    **{
        (verb, "--taxonomy-digest"): [([*words, "--variant", "shared"], ["", "beef"])]
        for verb, words in {
            "predict": ["study", "pictures"],
            "evaluate": ["study", "pictures"],
            "serve": ["study"],
        }.items()
    },
    ("predict", "--top"): [(["study", "pictures", "--variant", "shared"], ["0", "-1", "x"])],
    ("predict", "--image-column"): [(["study", "table.csv", "--variant", "shared"], ["nothing", ""])],
    ("evaluate", "--variant"): [(["study", "pictures"], ["nothing", ""])],
    ("evaluate", "--seed"): [(["study", "pictures", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("evaluate", "--split"): [(["study", "pictures", "--variant", "shared"], ["nothing", ""])],
    ("evaluate", "--target-accuracy"): [
        (["study", "pictures", "--variant", "shared"], ["0", "1", "nan", "x"])
    ],
    ("evaluate", "--csv"): [
        (["study", "pictures", "--variant", "shared"], ["folder", "file/x", "", "/dev/null", "x" * 300])
    ],
    ("evaluate", "--out"): [
        (["study", "pictures", "--variant", "shared"], ["folder", "file/x", "", "/dev/null", "x" * 300])
    ],
    ("adapt", "--variant"): [(["study", "--data", "pictures"], ["nothing", ""])],
    ("adapt", "--seed"): [(["study", "--data", "pictures", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("adapt", "--rename"): [
        (["study", "--variant", "shared", "--data", "pictures"], ["nothing", "nothing.toml", "bad.toml", ""])
    ],
    **{
        ("remap", flag): [
            (["study", "--variant", "shared", "--taxonomy", "tree.json", "--out", "m.safetensors"], values)
        ]
        for flag, values in {
            "--taxonomy": ["nothing", "file", "folder", "", "bad.toml", "table.csv"],
            "--rename": ["nothing", "nothing.toml", "bad.toml", "folder", ""],
            "--levels": ["a", "a,a", "", "a,b,c"],
            "--out": ["folder", "file/x", "", "/dev/null", "x" * 300],
            "--variant": ["nothing", ""],
            "--seed": ["9", "-1", "x", "1.5"],
        }.items()
    },
    ("card", "--variant"): [(["study"], ["nothing", ""])],
    ("card", "--seed"): [(["study", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("card", "--out"): [(["study", "--variant", "shared"], ["folder", "file/x", "", "/dev/null", "x" * 300])],
    ("push", "--variant"): [(["study", "hf:me/x"], ["nothing", ""])],
    ("push", "--seed"): [(["study", "hf:me/x", "--variant", "shared"], ["9", "-1", "x", "1.5"])],
    ("data show", "--sheet"): [(["shapes", *TINY], ["folder", "file/x.png", "", "sheet.jpg", "/dev/null"])],
    ("data check", "--fail-on"): [(["shapes", *TINY], ["always", ""])],
    ("data check", "--out"): [(["shapes", *TINY], ["folder", "file/x", "", "/dev/null"])],
    ("data export", "--out"): [
        (["shapes", *TINY], ["folder", "file", "file/x", "", "sheet.png", "table.csv", "x" * 300])
    ],
    ("data export", "--format"): [(["shapes", *TINY], ["nothing", ""])],
    ("architectures", "--recipe"): [([], ["nothing", "bad.toml", ""])],
    ("architectures", "--levels"): [([], ["", "x", "a=1,b=2", "a=2,a=3", "a=5,b=4"])],
    ("architectures", "--image-shape"): [([], ["", "3x3", "0x9x9", "3x2x2"])],
    ("architectures", "--architecture-file"): [([], ["nothing.toml", "file", "bad.toml", ""])],
    ("architectures", "--forks"): [([], ["x", "9", ""])],
}


@pytest.fixture(scope="module")
def place(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder to work in: a study, another, pictures, a table of them, and files that are none of these."""
    root = tmp_path_factory.mktemp("bad-values")
    rng = np.random.default_rng(0)
    rows = []
    for kind, sort, number in np.ndindex(2, 2, 12):
        path = root / "pictures" / "ab"[kind] / f"{'ab'[kind]}{'xy'[sort]}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(path)
        rows.append((path.relative_to(root), "ab"[kind], "xy"[sort], "train"))
    with (root / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "kind", "sort", "split"), *rows])
    (root / "file").write_text("x")
    (root / "bad.toml").write_text("x = = 3")
    (root / "tree.json").write_text('{"warm": ["red", "yellow"], "cold": ["blue"]}')
    (root / "bad.safetensors").write_bytes(b"garbage")
    (root / "folder").mkdir()
    for name in ("study", "other"):
        compare(tiny_data, "independent,shared", tiny_recipe, out=root / name, epochs=0.2, listener=silent)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield root


def listing(root: Path) -> list[str]:
    """Every file in a folder."""
    return sorted(os.path.join(at, name) for at, _, names in os.walk(root) for name in names)


def check_refused(
    arguments: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listing(place)
    assert run(monkeypatch, *arguments) == 2, (arguments, capsys.readouterr())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("taskgraft: "), arguments
    assert err.count("\n") == 1, arguments
    assert listing(place) == before, arguments


COMMAND: Any = typer.main.get_command(app)
BEGIN = {"--recipe": "quick", "--architectures": "shared", "--out": "out"}


def verbs(command: Any, words: str = "") -> dict[str, Any]:
    """Every verb, by its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return {words: command}
    return {
        name: verb
        for word, each in inner.items()
        for name, verb in verbs(each, f"{words} {word}".strip()).items()
    }


VERBS = verbs(COMMAND)


def flags(verb: str) -> list[str]:
    """The options of a verb that take a value."""
    return [each.opts[0] for each in VERBS[verb].params if each.opts[0].startswith("--") and not each.is_flag]


def typed(verb: str, flag: str) -> Iterator[list[str]]:
    """What is typed to give an option of a verb each of its bad values."""
    own = OF_OTHERS.get((verb, flag))
    if own is not None:
        yield from ([*verb.split(), *others, flag, value] for others, values in own for value in values)
        return
    begin = ["train", "shared"] if verb == "train" else verb.split()
    for name, value in BEGIN.items():
        if name in flags(verb) and name != flag and verb in ("compare", "train"):
            begin += [name, value]
    for others, values in OF_STUDIES[flag]:
        # The verbs about data name it without an option.
        named = others[1:] if verb.startswith("data ") and others[:1] == ["--data"] else others
        yield from ([*begin, *named, flag, value] for value in values)


@pytest.mark.parametrize(("verb", "flag"), [(verb, flag) for verb in VERBS for flag in flags(verb)])
def test_a_bad_value_is_a_wrong_request_and_nothing_is_written(
    verb: str,
    flag: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in typed(verb, flag):
        check_refused(arguments, place, monkeypatch, capsys)


@pytest.mark.parametrize("verb", ["show", "check", "export"])
@pytest.mark.parametrize("source", OF_STUDIES["--data"][0][1])
def test_data_that_is_none_is_a_wrong_request(
    verb: str,
    source: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    check_refused(["data", verb, source], place, monkeypatch, capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "nothing"],
        ["report", "file"],
        ["report", "folder"],
        ["report", "study", "study"],
        ["report", "study", "other", "study"],
        ["predictions", "nothing"],
        ["predictions", "folder"],
        ["predict", "nothing", "pictures"],
        ["predict", "folder", "pictures"],
        ["predict", "study", ""],
        ["predict", "study", "folder"],
        ["train", "nothing", *SHAPES],
        ["train", "all", *SHAPES],
        ["compare", "nothing.toml"],
        ["compare", "bad.toml"],
        ["compare", "file"],
        ["architectures", "nothing"],
        ["recipe", "show", "nothing"],
        ["recipe", "show", ""],
    ],
    ids=" ".join,
)
def test_what_is_named_without_an_option_is_looked_at_too(
    arguments: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(arguments, place, monkeypatch, capsys)
