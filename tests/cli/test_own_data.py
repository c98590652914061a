"""The user's own pictures through the command, from a folder to a report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

LEAVES = ("food/fruit/apple", "food/fruit/pear", "food/bread/rye", "tool/saw/long", "tool/saw/short")
BRIEF = ["--recipe", "quick", "--epochs", "1", "--threads", "1"]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Mixed JPEG and PNG files of several sizes in a tree of three levels."""
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for k, leaf in enumerate(LEAVES):
        folder = tmp_path / "shop" / leaf
        folder.mkdir(parents=True)
        for i in range(16):
            pixels = rng.integers(0, 80, (40 + i, 48, 3), dtype=np.uint8)
            pixels[..., k % 3] += 40 * (k + 1) // 2
            Image.fromarray(pixels).save(folder / f"{i}.{'jpg' if i % 2 else 'png'}")
    return tmp_path / "shop"


def test_a_folder_is_compared_and_reported_with_no_option_but_the_path(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert run(monkeypatch, "compare", "--data", shop, "--out", out, *BRIEF) == 0
    assert f"Report: {out / 'report.html'}" in capsys.readouterr().out
    request = json.loads((out / "study.json").read_text())["request"]
    assert request["data"]["source"] == str(shop)
    assert request["data"]["image_shape"] == [3, 32, 32]
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert all(0 <= float(row["accuracy.level_3"]) <= 1 for row in rows)


def test_bad_pictures_are_listed_a_line_each_and_can_be_left_out(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "food/fruit/apple/new\nline.png").write_bytes(b"nothing")
    (shop / "tool/saw/long/empty.jpg").touch()
    out = tmp_path / "study"
    asked = ["compare", "--data", shop, "--out", out, "--architectures", "shared", *BRIEF]
    assert run(monkeypatch, *asked) == 1
    err = capsys.readouterr().err.splitlines()
    assert err[0].startswith("taskgraft: Expected ")
    assert len(err) == 3
    assert any(line.startswith("  tool/saw/long/empty.jpg: ") for line in err)
    assert not out.exists()
    assert run(monkeypatch, *asked, "--on-bad-image", "skip") == 0
    skipped = json.loads((out / "study.json").read_text())["request"]["data"]["skipped"]
    assert sorted(name for name, _ in skipped) == [
        "food/fruit/apple/new\nline.png",
        "tool/saw/long/empty.jpg",
    ]
    assert "2 " in (out / "report.html").read_text()


def test_a_table_with_a_taxonomy_says_the_same_as_the_folder(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in sorted(shop.rglob("*.*"))]
    (tmp_path / "shop.csv").write_text("\n".join(["file,article", *rows]))
    (tmp_path / "tree.json").write_text(
        '{"food": {"fruit": ["apple", "pear"], "bread": ["rye"]}, "tool": {"saw": ["long", "short"]}}'
    )
    asked = ["shop.csv", "--label-columns", "article", "--taxonomy", "tree.json", "--json"]
    assert run(monkeypatch, "data", "show", *asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert [level["num_classes"] for level in found["levels"]] == [2, 3, 5]
    assert found["num_images"] == {"train": 58, "val": 6, "test": 16}


def test_folders_named_like_splits_are_classes_where_the_user_says_so(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (shop / "food").rename(shop / "val")
    (shop / "tool").rename(shop / "test")
    assert run(monkeypatch, "data", "show", shop) == 1
    assert "but got 'test, val and no train'." in (err := capsys.readouterr().err)
    assert err.endswith("or say --no-splits if all of them are classes.\n")
    assert run(monkeypatch, "data", "show", shop, "--no-splits", "--json") == 0
    levels = json.loads(capsys.readouterr().out)["levels"]
    assert [one["name"] for one in levels[0]["classes"]] == ["test", "val"]


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16"), ("|", "utf-8")])
def test_a_table_of_another_make_is_the_same_data(
    separator: str,
    encoding: str,
    shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{path.relative_to(tmp_path)}{separator}{path.parent.name}" for path in sorted(shop.rglob("*.*"))
    ]
    (tmp_path / "shop.csv").write_text("\n".join([f"file{separator}article", *rows]), encoding=encoding)
    assert run(monkeypatch, "data", "show", "shop.csv", "--label-columns", "article", "--json") == 0
    assert json.loads(capsys.readouterr().out)["num_images"] == {"train": 58, "val": 6, "test": 16}


def test_data_is_exported_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    small = ["shapes", "--data-option", "num_train=160", "--data-option", "num_test=32"]
    assert run(monkeypatch, "data", "export", *small, "--out", "tree") == 0
    said = capsys.readouterr().out
    assert said.startswith("Wrote 192 pictures: ")
    assert " train, " in said
    assert "Read them with: taskgraft data show tree" in said
    assert run(monkeypatch, "data", "show", "tree", "--json") == 0
    assert json.loads(capsys.readouterr().out)["num_images"]["test"] == 32
    assert run(monkeypatch, "data", "export", *small, "--out", "tree") == 2
    assert run(monkeypatch, "data", "export", *small, "--format", "zip") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--data", "no-such-thing"],
            "'no-such-thing' to be one of cifar100, fashion-mnist, shapes, a folder",
        ),
        (["--data", "shapes", "--size", "64"], "size"),
        (
            ["--data", "shapes", "--no-splits"],
            "Expected --no-splits to be used with a folder, but got it with shapes",
        ),
        (["--data", ".", "--levels", "a,,b"], "--levels to be different names joined by commas"),
        (["--data", "shapes", "--fit", "stretch"], "--fit to be one of crop, pad, but got 'stretch'"),
        (["--data", "shapes", "--balance", "sum"], "--balance"),
        (["--data", "shapes", "--trunk-weights", "hub"], "--trunk-weights to be used with --trunk"),
    ],
)
def test_requests_that_make_no_sense_exit_with_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "compare", *arguments, "--out", tmp_path / "study") == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    "verb",
    [["data", "check"], ["data", "show"], ["data", "export", "--out", "new"], ["compare", "--data"]],
)
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nope/", "hub:NAME, but got 'no such folder or file'. Check the path."),
        ("nope", "Expected the dataset 'nope' to be one of cifar100, fashion-mnist, shapes, a folder"),
        ("./cifar10", "hub:NAME, but got 'no such folder or file'. Check the path."),
        ("cifar10", "Did you mean 'cifar100'?"),
        ("nope.csv", "hub:NAME, but got 'no such folder or file'. Check the path."),
        ("folder.csv", "Expected folder.csv to be readable and whole, but got 'Is a directory"),
        (
            "photo.png",
            "a table (.csv, .tsv, .parquet) or a list (.txt), but got 'a file of",
        ),
        ("empty", "in folders named by their class, but got 'an empty folder'. Check the path."),
        ("texts", "in folders named by their class, but got 'no picture among its 1 file, such as a.txt'."),
        ("loose", "in folders named by their class, but got '1.png in no such folder'. Move each picture"),
    ],
)
def test_data_that_is_not_there_is_told_apart(
    verb: list[str],
    source: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "texts", "loose", "folder.csv"):
        Path(folder).mkdir()
    for file in ("photo.png", "texts/a.txt", "loose/1.png"):
        Path(file).touch()
    before = sorted(tmp_path.rglob("*"))
    assert run(monkeypatch, *verb, source) in (1, 2)
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_pictures_of_a_table_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("path,kind\n1.png,a\n2.png,b\n")
    asked = ["a.csv", "--label-columns", "kind", "--data-dir"]
    assert run(monkeypatch, "data", "show", *asked, "nope") == 2
    assert "Expected --data-dir nope to be a folder, but got 'no such folder'." in capsys.readouterr().err
    assert run(monkeypatch, "data", "show", *asked, "a.csv") == 2
    assert "Expected --data-dir a.csv to be a folder, but got 'a file'." in capsys.readouterr().err
