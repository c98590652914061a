"""The notebook of the tutorial runs from its first cell to its last: a few photographs, a published trunk."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from photographs import unpacked

import needs
import taskgraft as tg

NOTEBOOK = Path(__file__).parents[2] / "examples" / "photographs.ipynb"
KINDS = ("Apple", "Pear", "Lemon")


def cells() -> list[dict[str, Any]]:
    content: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    return content["cells"]


def run(source: str, names: dict[str, Any]) -> Any:
    """What a notebook would show of a cell: the value of its last expression."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.fixture(scope="module")
def few_photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of three kinds, at most eight photographs a variety and split."""
    folder = tmp_path_factory.mktemp("notebook")
    fruit = unpacked(folder / "all")
    taken: dict[Path, int] = {}
    for path in sorted(fruit.rglob("*.jpg")):
        place = path.relative_to(fruit)
        taken[place.parent] = taken.get(place.parent, 0) + 1
        if place.parts[1] in KINDS and taken[place.parent] <= 8:
            (folder / "photos" / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "photos" / place)
    return folder


def test_the_notebook_holds_no_outputs() -> None:
    for cell in cells():
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)
        assert cell["id"]


def test_the_notebook_runs_from_top_to_bottom(few_photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs.require(needs.PRETRAINED.is_present(), needs.PRETRAINED.missing)
    monkeypatch.chdir(few_photographs)
    weights = str(needs.pretrained_weights())
    # Some forty steps of the trunk that readers have, from a file in place of the hub.
    recipe = tg.recipe("finetune", {"epochs": 9, "min_steps": 1, "batch_size": 16})
    small = {"recipe": recipe, "trunk_weights": weights, "seeds": 1, "jobs": 1, "num_threads": 1}
    names: dict[str, Any] = {}
    shown = []
    for cell in cells():
        if cell["cell_type"] == "code":
            value = run("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update(SIZE=64, STUDY={**names["STUDY"], **small})
            shown.append(value)
    tables = [value for value in shown if hasattr(value, "_repr_html_")]
    assert {type(value).__name__ for value in tables} >= {
        "Dataset",
        "Study",
        "Verdict",
        "Model",
        "Predictions",
    }
    assert all(value._repr_html_().startswith("<div") for value in tables)
    assert (names["trunk"].weights, names["trunk"].backbone) == (weights, "tf_efficientnet_lite0")
    # One of nine varieties at random is right in 11 %; random weights come to little more.
    (by_variant,) = [value for value in shown if isinstance(value, dict) and "shared+frozen_ratio=1" in value]
    assert len(by_variant) == 4
    assert min(by_variant.values()) > 0.25
    assert (few_photographs / "studies" / "photos" / "report.html").is_file()
    assert (
        few_photographs / "studies" / "photos" / "logs" / "csv" / "shared+frozen_ratio=1-seed0.csv"
    ).is_file()
    assert names["epochs"].rows
