"""A model's file that is replaced: taken over, or refused while the old one goes on."""

from __future__ import annotations

import asyncio
import os
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from taskgraft.errors import RequestError, TaskgraftError
from taskgraft.inference import Model, read_model, write_model
from taskgraft.remapping import remap
from taskgraft.serve import create_app
from taskgraft.serve._served import Served
from taskgraft.taxonomy import Taxonomy


@pytest.fixture
def place(model_file: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "model.safetensors"
    shutil.copyfile(model_file, copy)
    return copy


def refreshed(served: Served, times: int = 2, *, is_forced: bool = False) -> list[bool]:
    async def run() -> list[bool]:
        return [await served.refresh(is_forced=is_forced) for _ in range(times)]

    return asyncio.run(run())


def variant(served: Served) -> str:
    return served.current.model.description.origin.variant


def test_a_file_that_stays_is_not_read_again(place: Path) -> None:
    served = Served("m", lambda: place)
    before = served.current
    assert refreshed(served, 3) == [False, False, False]
    assert served.current is before


def test_a_new_file_is_taken_over_once_it_has_stopped_changing(place: Path, other_model: Model) -> None:
    served = Served("m", lambda: place)
    before = served.current
    write_model(place, other_model.network, other_model.description)
    assert refreshed(served, 1) == [False]
    assert served.current is before
    assert refreshed(served, 2) == [True, False]
    assert variant(served) == "independent"
    # Whoever began with the old one has it still.
    assert before.model.description.origin.variant == "shared-coarse-to-fine"


def test_a_file_of_another_tree_than_the_demanded_one_is_not_taken_over(place: Path, tmp_path: Path) -> None:
    taxonomy = read_model(place).taxonomy
    newer = Taxonomy.from_names(taxonomy.level_names, taxonomy.paths(1)[1:])
    remapped = remap(place, taxonomy=newer, out=tmp_path / "newer.safetensors").path
    served = Served("m", lambda: place, taxonomy_digest=taxonomy.digest())
    before = served.current
    shutil.copyfile(remapped, place)
    assert refreshed(served, 3) == [False, True, False]
    assert served.current is before
    digests = taxonomy.digest(), newer.digest()
    message = "the taxonomy of the model 'm' to be that of the digest '{}', but got '{}'".format(*digests)
    assert message in (served.problem or "")
    with pytest.raises(RequestError, match="Expected the taxonomy of the model 'model' to be"):
        create_app(place, taxonomy_digest="beef")
    # Where nobody demands one, it is.
    free = Served("m", lambda: remapped)
    assert free.current.model.taxonomy == newer


def test_a_remapped_model_is_served_with_the_trees_before_it(place: Path, tmp_path: Path) -> None:
    taxonomy = read_model(place).taxonomy
    newer = Taxonomy.from_names(taxonomy.level_names, taxonomy.paths(1)[1:])
    remapped = remap(place, taxonomy=newer, out=tmp_path / "newer.safetensors")
    client = TestClient(create_app(remapped.path), base_url="http://127.0.0.1")
    (served,) = client.get("/taxonomy").json()["models"]
    assert [each["digest"] for each in served["model"]["tree_versions"]] == [
        taxonomy.digest(),
        newer.digest(),
    ]
    assert served["taxonomy"]["levels"][1]["classes"] == list(newer.levels[1].classes)
    picture = BytesIO()
    Image.new("RGB", (12, 12), (200, 60, 60)).save(picture, "PNG")
    answer = client.post("/predict", content=picture.getvalue(), headers={"content-type": "image/png"}).json()
    pixels = np.array(Image.open(picture)).transpose(2, 0, 1)[None]
    expected = remapped.model.predict(pixels)[0]
    assert [node["class"] for node in answer["predictions"][0]["path"]] == [
        node.name for node in expected.path
    ]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone", "folder", "other"])
def test_a_damaged_file_leaves_the_old_model_and_says_so(place: Path, damage: str, model_file: Path) -> None:
    served = Served("m", lambda: place)
    content = bytearray(place.read_bytes())
    place.unlink()
    if damage == "cut":
        place.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[-5] ^= 1
        place.write_bytes(content)
    elif damage == "folder":
        place.mkdir()
    elif damage != "gone":
        place.write_bytes(b"" if damage == "empty" else b"no model\n" * 999)
    assert refreshed(served) == [False, True]
    assert variant(served) == "shared-coarse-to-fine"
    assert served.problem is not None
    assert served.problem.startswith("Expected ")
    assert str(place) in served.problem
    assert "\n" not in served.problem
    # It is not read again and again, and the next good one is served.
    assert refreshed(served, 3) == [False, False, False]
    if place.is_dir():
        place.rmdir()
    shutil.copyfile(model_file, place)
    os.utime(place, ns=(1, 1))
    assert refreshed(served) == [False, True]
    assert served.problem is None


def test_a_newer_model_that_breaks_a_promise_is_refused(place: Path, other_model: Model) -> None:
    served = Served("m", lambda: place, target_accuracy=0.4)
    description = other_model.description.model_copy(update={"promise": None})
    write_model(place, other_model.network, description)
    assert refreshed(served) == [False, True]
    assert variant(served) == "shared-coarse-to-fine"
    assert "target_accuracy" in (served.problem or "")


def test_when_forced_it_looks_again_for_where_the_file_is(
    place: Path, tmp_path: Path, other_model: Model
) -> None:
    places = [place]
    served = Served("m", lambda: places[-1])
    places.append(tmp_path / "other.safetensors")
    write_model(places[-1], other_model.network, other_model.description)
    assert refreshed(served) == [False, False]
    assert refreshed(served, 1, is_forced=True) == [True]
    assert variant(served) == "independent"


def test_when_forced_and_nothing_is_to_be_found_the_old_one_goes_on(place: Path) -> None:
    served = Served("m", lambda: place)

    def missing() -> Path:
        raise TaskgraftError("Expected a study, but got none.")

    served._find = missing
    assert refreshed(served, 1, is_forced=True) == [True]
    assert served.problem == "Expected a study, but got none."


def test_a_model_without_a_file_is_never_replaced(model: Model) -> None:
    assert refreshed(Served("m", model), is_forced=True) == [False, False]


def test_health_says_what_is_wrong(place: Path) -> None:
    from taskgraft.serve import create_app

    app = create_app(place)
    client = TestClient(app, base_url="http://localhost")
    place.write_bytes(b"x")
    refreshed(app.state.service.served["model"])
    health = client.get("/health")
    assert health.status_code == 200
    assert str(place) in health.json()["models"][0]["problem"]


def test_what_cannot_be_read_at_first_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "model.safetensors"
    with pytest.raises(TaskgraftError, match="no such file") as error:
        Served("m", lambda: missing)
    assert str(missing) in str(error.value)
