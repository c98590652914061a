"""`taskgraft remap`, and the digest of a tree that a verb may demand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run

from taskgraft.inference import read_model

TREE = "group,colour\nwarm,red\nwarm,yellow\ncold,teal\n"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "tree.csv"
    path.write_text(TREE)
    (tmp_path / "renames.toml").write_text('[renames]\n"cold > teal" = ["cold > green", "cold > blue"]\n')
    return path


def test_what_became_of_the_classes_is_said(
    model_file: Path, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out = tmp_path / "newer.safetensors"
    words = ["remap", model_file, "--taxonomy", tree, "--out", out, "--rename", tmp_path / "renames.toml"]
    assert run(monkeypatch, *words) == 0
    digest = read_model(out).taxonomy.digest()
    assert capsys.readouterr().out.splitlines() == [
        "Tree: group (2) > colour (3)",
        "Merged: cold > teal (of 2)",
        "Target accuracies can no longer be demanded: they were fitted on validation",
        "images for other answers.",
        f"Tree digest: {digest}",
        f"Model: {out}",
    ]
    assert run(monkeypatch, *words, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["promise"], content["retired"], content["renamed"]) == ("dropped", [], [])
    (merged,) = content["merged"]
    assert merged["path"] == ["cold", "teal"]
    assert sorted(merged["of"]) == [["cold", "blue"], ["cold", "green"]]
    assert content["taxonomy"]["digest"] == digest


def test_a_class_that_has_to_be_trained_is_one_line_and_writes_nothing(
    model_file: Path, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out = tmp_path / "newer.safetensors"
    assert run(monkeypatch, "remap", model_file, "--taxonomy", tree, "--out", out) == 2
    err = capsys.readouterr().err
    assert "but got cold > teal. If it was renamed, moved or merged, say so in a file of --rename" in err
    assert err.count("\n") == 1
    assert not out.exists()


def test_predict_names_the_versions_of_the_tree_and_refuses_another_one(
    model_file: Path,
    photos: Path,
    tree: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    out = tmp_path / "newer.safetensors"
    words = ["remap", model_file, "--taxonomy", tree, "--out", out, "--rename", tmp_path / "renames.toml"]
    assert run(monkeypatch, *words, "--json") == 0
    versions = json.loads(capsys.readouterr().out)["tree_versions"]
    before, after = (each["digest"] for each in versions)
    assert run(monkeypatch, "predict", out, photos, "--taxonomy-digest", after, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content["model"]["tree_versions"] == versions
    assert {each["path"][1]["class"] for each in content["predictions"]} <= {"red", "yellow", "teal"}
    assert run(monkeypatch, "predict", out, photos, "--taxonomy-digest", before) == 2
    assert capsys.readouterr().err == (
        f"taskgraft: Expected the taxonomy of the model to be that of the digest '{before}', but got "
        f"'{after}'. Take a model of that tree, or leave --taxonomy-digest out.\n"
    )
