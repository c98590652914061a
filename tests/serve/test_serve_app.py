"""The endpoints, without a network: the same answers as `predict`, and one line for what is refused."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from cli.command import run
from taskgraft.errors import TaskgraftError
from taskgraft.inference import Model
from taskgraft.serve import create_app
from taskgraft.serve._schemas import Answer, ErrorAnswer, HealthAnswer, TaxonomyAnswer
from taskgraft.taxonomy import Level, Taxonomy

PNG = {"content-type": "image/png"}


def same(one: Any, other: Any) -> bool:
    """Whether two answers are the same, numbers to 1e-5."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5
    return bool(one == other)


def large_png(seed: int) -> bytes:
    """A picture that is not decoded in a moment."""
    pixels = np.random.default_rng(seed).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def form_of(files: list[bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("pictures", (f"{i}.png", file)) for i, file in enumerate(files)]


@pytest.mark.parametrize("way", ["form", "json"])
@pytest.mark.parametrize("options", [{}, {"top": 3}, {"target_accuracy": 0.4}])
def test_an_answer_is_that_of_the_command(
    client: TestClient,
    files: list[bytes],
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: str,
    options: dict[str, float],
) -> None:
    monkeypatch.chdir(tmp_path)
    for i, file in enumerate(files):
        Path(f"{i}.png").write_bytes(file)
    names = [f"{i}.png" for i in range(len(files))]
    words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    assert run(monkeypatch, "predict", model_file, *names, "--json", *words) == 0
    expected = json.loads(capsys.readouterr().out)
    if way == "form":
        response = client.post("/predict", files=form_of(files), data=options)
    else:
        pictures = [
            {"name": name, "content": base64.b64encode(file).decode()}
            for name, file in zip(names, files, strict=True)
        ]
        response = client.post("/predict", json={**options, "pictures": pictures})
    assert response.status_code == 200
    assert same(response.json(), expected)
    Answer.model_validate(response.json())


def test_a_picture_as_the_body_is_one_picture(client: TestClient, files: list[bytes], model: Model) -> None:
    response = client.post("/predict?top=2", content=files[0], headers=PNG)
    (prediction,) = response.json()["predictions"]
    expected = model.predict(files[0], num_alternatives=2)[0].to_dict()
    assert same(prediction, expected)


def test_an_answer_says_why_it_stops(client: TestClient, files: list[bytes]) -> None:
    targets = client.get("/taxonomy").json()["models"][0]["targets"]
    sharpest = targets[-1]
    options = {"target_accuracy": sharpest["target_accuracy"]}
    answer = client.post("/predict", files=form_of(files), data=options).json()
    assert answer["threshold"] == sharpest["threshold"]
    stopped = [each for each in answer["predictions"] if each["depth"] < 2]
    assert stopped
    for each in stopped:
        node = each["path"][each["depth"]]
        assert node["certainty"] < answer["threshold"]
        assert node["class"] in each["reason"]


def test_siblings_have_the_parent_of_the_predicted_class(
    client: TestClient, files: list[bytes], model: Model
) -> None:
    answer = client.post("/predict?siblings=9", content=files[0], headers=PNG).json()
    Answer.model_validate(answer)
    (prediction,) = answer["predictions"]
    groups, colours = prediction["siblings"]
    assert sum(each["prob"] for each in groups) == pytest.approx(1)
    group = prediction["path"][0]
    assert sum(each["prob"] for each in colours) == pytest.approx(group["prob"])
    assert prediction["path"][1]["class"] in [each["class"] for each in colours]
    taxonomy = model.taxonomy
    parent = taxonomy.levels[0].classes.index(group["class"])
    expected = {
        name for name, up in zip(taxonomy.levels[1].classes, taxonomy.parents[0], strict=True) if up == parent
    }
    assert {each["class"] for each in colours} == expected


def test_of_few_siblings_the_predicted_one_is_always_listed(client: TestClient, files: list[bytes]) -> None:
    answer = client.post("/predict?siblings=1", files=form_of(files)).json()
    for prediction in answer["predictions"]:
        listed = [[each["class"] for each in level] for level in prediction["siblings"]]
        assert listed == [[node["class"]] for node in prediction["path"]]


def test_a_bad_picture_is_named_and_the_others_are_answered(client: TestClient, files: list[bytes]) -> None:
    answer = client.post("/predict", files=form_of([files[0], b"no picture", files[1]])).json()
    Answer.model_validate(answer)
    assert [each["name"] for each in answer["predictions"]] == ["0.png", "2.png"]
    (bad,) = answer["bad"]
    assert bad["name"] == "1.png"
    assert bad["reason"].startswith("not a JPEG, PNG,")


def test_several_models_go_by_their_names(model: Model, other_model: Model, files: list[bytes]) -> None:
    client = TestClient(create_app({"one": model, "other": other_model}), base_url="http://127.0.0.1")
    for name, each in {"one": model, "other": other_model}.items():
        answer = client.post(f"/predict?model={name}", content=files[0], headers=PNG).json()
        assert answer["model"]["variant"] == each.description.origin.variant
        assert same(answer["predictions"][0], each.predict(files[0])[0].to_dict())
    response = client.post("/predict", content=files[0], headers=PNG)
    assert response.status_code == 422
    assert response.json() == {"error": "Expected model to be one of one, other, but got none. Name it."}
    response = client.post("/predict?model=two", content=files[0], headers=PNG)
    assert response.json() == {
        "error": "Expected model to be one of one, other, but got 'two'. Choose one of these names."
    }


def test_a_server_has_a_target_of_its_own(model: Model, files: list[bytes]) -> None:
    client = TestClient(create_app(model, target_accuracy=0.4), base_url="http://localhost")
    expected = model.predict(files, target_accuracy=0.4)
    answer = client.post("/predict", files=form_of(files)).json()
    assert answer["threshold"] == expected.threshold
    assert [each["depth"] for each in answer["predictions"]] == expected.depths.tolist()
    named = client.post("/predict?target_accuracy=0.3", files=form_of(files)).json()
    assert named["threshold"] == model.threshold(0.3)


def test_a_target_that_nothing_promises_is_refused(
    client: TestClient, model: Model, files: list[bytes]
) -> None:
    response = client.post("/predict?target_accuracy=0.99999", content=files[0], headers=PNG)
    assert response.status_code == 422
    assert "validation images can promise" in response.json()["error"]
    with pytest.raises(TaskgraftError, match="validation images can promise"):
        create_app(model, target_accuracy=0.99999)


REFUSED = {
    "no picture": ("/predict", b"", {"content-type": "image/png"}, 422, "an empty file"),
    "another type": (
        "/predict",
        b"x",
        {"content-type": "text/html"},
        415,
        "multipart/form-data, application/json",
    ),
    "no type": ("/predict", b"x", {}, 415, "but got none"),
    "top": ("/predict?top=0", b"x", PNG, 422, "Expected top to be greater than or equal to 1, but got 0."),
    "target": ("/predict?target_accuracy=nan", b"x", PNG, 422, "Expected target_accuracy to be less than 1"),
    "a name": (
        "/predict?tpo=1",
        b"x",
        PNG,
        422,
        "some of model, top, target_accuracy, siblings, but got 'tpo'",
    ),
    "a query": ("/predict?top=%ff", b"x", PNG, 400, "Expected the query to be a few names and values"),
    "many names": (
        f"/predict?{'&'.join(f'a{i}=1' for i in range(50))}",
        b"x",
        PNG,
        400,
        "Expected the query",
    ),
    "no JSON": ("/predict", b"{", {"content-type": "application/json"}, 400, "an object in JSON"),
    "a list": ("/predict", b"[]", {"content-type": "application/json"}, 400, "but got a list"),
    "no pictures": ("/predict", b"{}", {"content-type": "application/json"}, 422, "Expected pictures to be"),
    "an address": (
        "/predict",
        b'{"pictures": ["http://example.org/a.png"]}',
        {"content-type": "application/json"},
        422,
        "Expected pictures.0.content to be as /openapi.json says, but got text that is no base64.",
    ),
    "no boundary": ("/predict", b"x", {"content-type": "multipart/form-data"}, 400, "no boundary"),
    "cut form": (
        "/predict",
        b"--x\r\n",
        {"content-type": "multipart/form-data; boundary=x"},
        400,
        "cut short",
    ),
    "a path": ("/models/predict", b"x", PNG, 404, "Expected the path to be one of /, /health, /predict"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_one_line_of_json(client: TestClient, case: str) -> None:
    path, body, headers, status, words = REFUSED[case]
    response = client.post(path, content=body, headers=headers)
    assert response.status_code == status
    assert words in ErrorAnswer.model_validate(response.json()).error
    assert response.text.endswith("}\n")
    assert response.text.count("\n") == 1
    assert response.text.isascii()


def test_another_method_names_the_right_one(client: TestClient) -> None:
    response = client.get("/predict")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json() == {"error": "Expected the method to be POST, but got 'GET'. Use that."}


def test_taxonomy_health_and_metrics(client: TestClient, model: Model, files: list[bytes]) -> None:
    described = TaxonomyAnswer.model_validate(client.get("/taxonomy").json()).models[0]
    assert described.taxonomy.model_dump() == {
        **model.taxonomy.to_dict(),
        "digest": model.description.taxonomy.digest,
    }
    for target in described.targets:
        assert model.threshold(target.target_accuracy) == target.threshold
    health = HealthAnswer.model_validate(client.get("/health").json())
    assert health.status == "ok"
    assert health.models[0].problem is None
    client.post("/predict", files=form_of(files))
    text = client.get("/metrics").text
    assert 'taskgraft_requests_total{path="/predict",status="200"}' in text
    assert "taskgraft_queue_pictures 0.0" in text
    assert "taskgraft_batch_pictures_count" in text


def test_metrics_do_not_grow_with_paths_that_are_tried(client: TestClient) -> None:
    for i in range(5):
        client.get(f"/try-{i}")
    text = client.get("/metrics").text
    assert 'path="other",status="404"' in text
    assert "try-" not in text


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        here = {value["$ref"]} if "$ref" in value else set()
        return here.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def test_the_description_has_every_endpoint_and_every_record(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) == {"/predict", "/taxonomy", "/health", "/metrics"}
    names = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    assert references(schema) <= names
    content = schema["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(content) == {"image/*", "multipart/form-data", "application/json"}
    assert {each["name"] for each in schema["paths"]["/predict"]["post"]["parameters"]} == {
        "model",
        "top",
        "target_accuracy",
        "siblings",
    }
    properties = schema["components"]["schemas"]["PredictJson"]["properties"]
    assert properties["pictures"]["items"]["anyOf"][1]["contentEncoding"] == "base64"


def test_it_can_be_mounted_in_another_app(model: Model, files: list[bytes]) -> None:
    outer = FastAPI()
    outer.mount("/colours", create_app(model))
    client = TestClient(outer, base_url="http://localhost")
    answer = client.post("/colours/predict", content=files[0], headers=PNG).json()
    assert same(answer["predictions"][0], model.predict(files[0])[0].to_dict())
    assert client.get("/colours/health").json()["status"] == "ok"
    assert "<!DOCTYPE html>" in client.get("/colours/").text
    assert client.get("/colours/nowhere").json()["error"].startswith("Expected the path to be one of")


def test_without_a_page_there_is_none(model: Model) -> None:
    client = TestClient(create_app(model, has_page=False), base_url="http://localhost")
    assert client.get("/").status_code == 404


def test_models_without_a_tree_answer_without_paths(
    model: Model, files: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = Taxonomy.without_tree([Level("a", ("x", "y")), Level("b", ("1", "2", "3", "4"))])
    monkeypatch.setitem(model.__dict__, "taxonomy", flat)
    client = TestClient(create_app(model), base_url="http://localhost")
    response = client.post("/predict?top=2", content=files[0], headers=PNG)
    assert response.status_code == 422
    assert response.json()["error"] == "Expected top to be 1 where there is no tree, but got 2. Leave it out."


def test_a_model_of_something_else_than_pictures_is_refused(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model), "image_shape", property(lambda _: (7, 1, 1)))
    with pytest.raises(TaskgraftError, match="of pictures, grey or in colour, but got one of 7 channels"):
        create_app(model)


def test_a_fault_of_ours_is_one_line_that_says_nothing_of_it(
    model: Model, files: list[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = TestClient(create_app(model), base_url="http://localhost")

    def fail(*_: object) -> None:
        raise RuntimeError("secret\nof the weights\x1b[31m")

    monkeypatch.setattr(Model, "logits", fail)
    response = client.post("/predict", content=files[0], headers=PNG)
    assert response.status_code == 500
    assert "secret" not in response.text
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "taskgraft: A request failed: RuntimeError: secret\ufffdof the weights\ufffd[31m"
    monkeypatch.undo()
    assert client.post("/predict", content=files[0], headers=PNG).status_code == 200


def test_pixels_of_a_picture_are_limited(model: Model, files: list[bytes]) -> None:
    client = TestClient(create_app(model, num_pixels=100), base_url="http://localhost")
    response = client.post("/predict", content=files[0], headers=PNG)
    assert response.status_code == 422
    assert "12 x 12 pixels, where at most 100 are read" in response.json()["error"]


def test_large_and_many_pictures_are_answered_in_order(
    client: TestClient, files: list[bytes], model: Model
) -> None:
    pictures = [large_png(seed) for seed in range(5)] + files[:3]
    answer = client.post("/predict", files=form_of(pictures)).json()
    expected = model.predict(pictures)
    assert answer["notes"] == list(expected.notes) != []
    assert client.post("/predict", files=form_of(files)).json()["notes"] == []
    assert [each["name"] for each in answer["predictions"]] == [f"{i}.png" for i in range(8)]
    for got, one in zip(answer["predictions"], expected, strict=True):
        assert same(got["path"], one.to_dict()["path"])
    assert np.isfinite([node["prob"] for each in answer["predictions"] for node in each["path"]]).all()
