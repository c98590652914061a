"""A value of the wrong kind, given to anything that the package shows, is one line of ours."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taskgraft as tg
from taskgraft.architecture import read_architectures
from taskgraft.data import Dataset, contact_sheet, export
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import Engine
from taskgraft.inference import Model
from taskgraft.recipe import Recipe, changed, recipe_text
from taskgraft.request import CompareOptions
from taskgraft.study import Study

WRONG: list[Any] = [
    3,
    -1,
    1.5,
    float("nan"),
    10**30,
    True,
    None,
    "x",
    "",
    b"x",
    [1],
    [None],
    ["a", "b"],
    {},
    {"a": 1},
    {1, 2},
    object(),
    np.zeros(3),
    repr,
]


class Begun(Exception):
    """A study was about to be trained: nothing was wrong with the values."""


class NoEngine(Engine):
    """Trains nothing."""

    def run(self, specs: Any) -> Any:
        """Says that it was to train."""
        raise Begun
        yield


class Shown:
    """Whatever the package shows, with arguments that are right."""

    def __init__(self, data: Dataset, recipe: Recipe, folder: Path) -> None:
        self.study = tg.compare(data, "shared", recipe, epochs=0.2, out=folder / "study", listener=silent)
        path = folder / "study" / "runs" / "shared-seed0" / "model.safetensors"
        model, verdict = tg.load_model(path), tg.conclude(self.study)
        images = data.images[:4]
        columns = {"kind": [0, 1] * 130, "thing": [0, 1, 2, 3] * 65}
        toml = folder / "mine.toml"
        toml.write_text('[[architecture]]\nname = "mine"\n')
        self.calls: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
            "load": (
                tg.load,
                {"name": "shapes", "data_dir": None, "val_fraction": 0.1, "num_train": 160, "num_test": 32},
            ),
            "recipe": (tg.recipe, {"name": "quick", "changes": None}),
            "catalogue": (tg.catalogue, {"levels": ["a", "b"]}),
            "Architecture": (
                tg.Architecture,
                {"name": "a", "levels": ("a", "b"), "trunk": "shared", "flows": (), "width_ratio": 1.0}
                | {"forks": (), "mixers": (), "derived": ("a",), "experts": None},
            ),
            "Flow": (tg.Flow, {"source": "a", "target": "b", "carries": "logits", "passes_gradient": True}),
            "Level": (tg.Level, {"name": "a", "classes": ("x", "y")}),
            "Taxonomy": (
                tg.Taxonomy,
                {"levels": data.taxonomy.levels, "parents": data.taxonomy.parents},
            ),
            "Taxonomy.from_names": (
                tg.Taxonomy.from_names,
                {"level_names": ["a", "b"], "paths": [("x", "x1"), ("y", "y1")]},
            ),
            "Taxonomy.from_dict": (tg.Taxonomy.from_dict, {"data": data.taxonomy.to_dict()}),
            "Provenance": (tg.Provenance, {"source": "a", "split": "b", "is_official": True, "options": {}}),
            "Dataset": (
                tg.Dataset,
                {name: getattr(data, name) for name in ("images", "labels", "taxonomy", "indices")}
                | {"provenance": data.provenance, "names": None},
            ),
            "Dataset.carve": (
                tg.Dataset.carve,
                {"images": data.images, "labels": data.labels, "taxonomy": data.taxonomy}
                | {"test": data.indices["test"], "provenance": data.provenance, "val": 0.2, "limit": None},
            ),
            "from_arrays": (
                tg.from_arrays,
                {"images": data.images, "columns": columns, "test": 0.2, "val": 0.1, "has_tree": True}
                | {"taxonomy": None, "limit": None, "source": "arrays"},
            ),
            "with_val_fraction": (data.with_val_fraction, {"val_fraction": 0.1}),
            "labels_of": (data.labels_of, {"split": "test"}),
            "names_of": (data.names_of, {"split": "test"}),
            "batches": (lambda **given: [*data.batches(**given)], {"split": "test", "num_images": 8}),
            "contact_sheet": (contact_sheet, {"data": data, "per_class": 2, "split": "train"}),
            "export": (export, {"data": data, "out": folder / "study" / "taken", "form": "tree"}),
            "read_architectures": (read_architectures, {"path": toml, "levels": ("a", "b")}),
            "changed": (changed, {"recipe": recipe, "changes": {}}),
            "recipe_text": (recipe_text, {"recipe": recipe}),
            "conclude": (tg.conclude, {"study": self.study, "prefer": None, "margin": None}),
            "write_report": (tg.write_report, {"study": self.study, "verdict": verdict}),
            "Study.open": (Study.open, {"directory": folder / "study"}),
            "Study.predictions": (
                self.study.predictions,
                {"run": "shared-seed0", "split": "test", "decoding": "independent"},
            ),
            "evaluate": (tg.evaluate, {"model": model, "data": data, "split": "test", "variant": None}),
            "load_model": (
                tg.load_model,
                {"place": path, "variant": None, "seed": None, "taxonomy_digest": None},
            ),
            "remap": (
                tg.remap,
                {"place": path, "taxonomy": data.taxonomy, "out": folder / "newer.safetensors"}
                | {"renames": None, "levels": None, "variant": None, "seed": None},
            ),
            "Model.on": (model.on, {"hardware": None}),
            "Model.logits": (model.logits, {"images": images}),
            "Model.probs": (model.probs, {"images": images}),
            "Model.predict": (
                model.predict,
                {"pictures": images, "target_accuracy": None, "confidence": 0.9, "num_alternatives": 0},
            ),
            "Model.probs_of": (model.probs_of, {"logits": model.logits(images)}),
            "Model.answers_of": (model.answers_of, {"logits": model.logits(images)}),
            "Model.named": (model.named, {"preds": model.predict(images).preds}),
        }


@pytest.fixture(scope="module")
def shown(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return Shown(tiny_data, tiny_recipe, tmp_path_factory.mktemp("kinds"))


@pytest.fixture
def model(shown: Shown) -> Model:
    return tg.load_model(shown.study.directory / "runs" / "shared-seed0" / "model.safetensors")


def check(call: Callable[[], Any], what: str) -> None:
    """Nothing comes of a call but what it gives, or one line of ours."""
    try:
        call()
    except tg.TaskgraftError as error:
        if "\n" in str(error):
            pytest.fail(f"{what}: several lines")
    except Begun:
        pass
    except Exception as error:
        pytest.fail(f"{what}: {type(error).__name__}: {error}")


def test_all_that_the_package_shows_is_called(shown: Shown) -> None:
    # Two are made by others alone, one is an error, and `compare` has its test below.
    elsewhere = {"Model", "Study", "TaskgraftError", "Recipe", "compare", "Evaluation", "Observer"}
    assert set(tg.__all__) - elsewhere <= {title.partition(".")[0] for title in shown.calls}
    for title, (function, arguments) in shown.calls.items():
        if title not in ("export", "Model.on"):
            function(**arguments)


@pytest.mark.parametrize(
    "title",
    [
        *("load", "recipe", "catalogue", "Architecture", "Flow", "Level", "Taxonomy", "Taxonomy.from_names"),
        *("Taxonomy.from_dict", "Provenance", "Dataset", "Dataset.carve", "from_arrays", "with_val_fraction"),
        *("labels_of", "names_of", "batches", "contact_sheet", "export", "read_architectures", "changed"),
        *("recipe_text", "conclude", "write_report", "Study.open", "Study.predictions", "load_model"),
        *("Model.on", "Model.logits", "Model.probs", "Model.predict", "Model.answers_of", "Model.named"),
        "remap",
    ],
)
def test_a_wrong_kind_is_one_line(
    shown: Shown, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What takes a path may take `x` for one.
    monkeypatch.chdir(tmp_path)
    function, arguments = shown.calls[title]
    for name in arguments:
        for value in WRONG:
            check(lambda: function(**{**arguments, name: value}), f"{title}({name}={value!r})")  # noqa: B023


@pytest.mark.parametrize("name", [*inspect.signature(tg.compare).parameters])
def test_a_wrong_kind_begins_no_study(
    name: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, value in enumerate(WRONG):
        arguments: dict[str, Any] = {
            **{"data": tiny_data, "architectures": "shared", "recipe": tiny_recipe, "out": f"study{number}"},
            **{"engine": NoEngine(), "listener": silent, name: value},
        }
        if name == "engine" and value is None:
            continue
        check(lambda: tg.compare(**arguments), f"compare({name}={value!r})")  # noqa: B023
        if name in ("listener", "engine") and value is not repr and value is not None:
            assert not Path(f"study{number}").exists()


@pytest.mark.parametrize("name", ["listener", "engine"])
def test_a_study_begins_only_with_a_listener_and_an_engine(
    name: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    given: Any = {name: 3}
    with pytest.raises(RequestError, match=f"Expected {name} to be a.* or None, but got the int 3"):
        tg.compare(tiny_data, "shared", tiny_recipe, out=tmp_path / "study", **given)
    assert not (tmp_path / "study").exists()


def test_classes_are_named_from_an_array_or_a_list(model: Model) -> None:
    names = [("warm", "yellow"), ("cold", "blue")]
    assert model.named(np.array([[0, 1], [1, 2]])) == names
    assert model.named([[0, 1], [1, 2]]) == names
    assert model.named(np.empty((0, 2), np.int64)) == []


@pytest.mark.parametrize(
    ("preds", "rule"),
    [
        ([[0, -1]], "the classes of level 'colour' to be from 0 to 3, but got -1. Leave such images out."),
        ([[0, 1], [2, 1]], "the classes of level 'group' to be from 0 to 1, but got 2."),
        ([[0.0, 1.0]], r"preds to be integers of shape (N, 2), but got float64 of shape (1, 2). Pass the"),
        ([[0, 1], [0]], "preds to be integers of shape (N, 2), but got object of shape (0,)."),
        ([0, 1], "but got int64 of shape (2,)"),
        ([[0, 1, 2]], "but got int64 of shape (1, 3)"),
    ],
)
def test_what_is_no_class_has_no_name(model: Model, preds: Any, rule: str) -> None:
    with pytest.raises(RequestError) as caught:
        model.named(preds)
    assert rule in str(caught.value)


def test_every_option_of_a_study_is_an_argument() -> None:
    # So the test of wrong kinds goes through all of them.
    options = {name for name, option in CompareOptions.options().items() if option.in_python}
    assert options <= set(inspect.signature(tg.compare).parameters)
