"""The notebook of the tutorial runs from its first cell to its last, on a few photographs."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from photographs import unpacked

from taskgraft.recipe import Recipe

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


def test_the_notebook_runs_from_top_to_bottom(
    few_photographs: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(few_photographs)
    recipe = tiny_recipe.model_copy(update={"epochs": 0.5})
    small = {"architectures": "shared,flat", "recipe": recipe, "seeds": 1, "jobs": 1, "num_threads": 1}
    names: dict[str, Any] = {}
    shown = []
    for cell in cells():
        if cell["cell_type"] == "code":
            value = run("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update(SIZE=24, STUDY=small)
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
    assert (few_photographs / "studies" / "photos" / "report.html").is_file()
    assert (few_photographs / "studies" / "photos" / "logs" / "csv" / "shared-seed0.csv").is_file()
    assert names["epochs"].rows
