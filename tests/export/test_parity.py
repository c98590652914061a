"""What the check refuses, each time with one line and without a file; and what it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from made_model import FRUIT, made_model, pixels
from taskgraft.errors import RequestError
from taskgraft.export import TARGETS, ExportError, LabelledPictures, _target, export
from taskgraft.export import _parity as parity
from taskgraft.export._graph import ExportGraph
from taskgraft.export._target import Outputs, Pixels, Runtime
from taskgraft.inference import Model

Change = Callable[[Outputs], Outputs]
MODEL = made_model("shared")
THRESHOLD = 0.5


def runtime(model: Model = MODEL, change: Change = lambda outputs: outputs) -> Runtime:
    """The graph of a model, with something done to what it gives."""
    graph = ExportGraph(model, torch.float32, THRESHOLD).eval()

    @torch.inference_mode()
    def run(images: Pixels) -> Outputs:
        return change({name: value.numpy().copy() for name, value in graph(torch.from_numpy(images)).items()})

    return run


def check(run: Runtime, *, is_exact: bool = True) -> parity.Parity:
    return parity.check_parity(run, MODEL, THRESHOLD, pixels(50), is_exact=is_exact)


def changed(**changes: Callable[[np.ndarray], np.ndarray]) -> Runtime:
    return runtime(
        change=lambda outputs: {name: changes.get(name, lambda x: x)(x) for name, x in outputs.items()}
    )


def test_the_graph_of_a_model_passes() -> None:
    seen = check(runtime())
    assert (seen.num_pictures, seen.num_changed, seen.num_tied) == (50, 0, 0)
    assert 0 <= seen.largest_difference < 1e-4
    np.testing.assert_array_equal(seen.path, seen.model_path)


def traced_for_one(images: Pixels) -> Outputs:
    """What a trace of a single picture does with more of them."""
    first = runtime()(images[:1])
    return {name: np.repeat(value, len(images), axis=0) for name, value in first.items()}


def without_depth(outputs: Outputs) -> Outputs:
    return {name: value for name, value in outputs.items() if name != "depth"}


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (traced_for_one, "the file's logits"),
        (runtime(made_model("independent")), "the file's logits"),
        (changed(logits_kind=lambda x: x[:, ::-1]), "the file's logits"),
        (changed(logits_kind=lambda x: x + 2e-4), "the file's logits"),
        (changed(logits_kind=lambda x: x * np.float32("nan")), "the file's logits"),
        (changed(probs_variety=lambda x: x[:, ::-1]), "probs_variety of the file"),
        (changed(node_probs_kind=lambda x: x / 2), "node_probs_kind of the file"),
        (changed(path=lambda x: x * 0), "the file's decisions to be those of the model"),
        (changed(path=lambda x: x + 2), "the file's decisions to be classes of the taxonomy"),
        (changed(depth=lambda x: x * 0), "the file's decisions"),
        (changed(depth=lambda x: x.astype(np.int32)), "the output 'depth'"),
        (changed(depth=lambda x: x[:, None]), "the output 'depth'"),
        (runtime(change=without_depth), "the output 'depth'"),
        (runtime(change=lambda outputs: {**outputs, "more": outputs["depth"]}), "the output 'more'"),
    ],
)
def test_what_is_not_the_model_is_refused(run: Runtime, said: str) -> None:
    with pytest.raises(ExportError, match=f"Expected {said}"):
        check(run)


def test_what_depends_on_the_batch_is_refused() -> None:
    whole = runtime()

    def run(images: Pixels) -> Outputs:
        outputs = whole(images)
        if len(images) == 2:
            outputs["logits_kind"] = outputs["logits_kind"] + 1e-3
        return outputs

    with pytest.raises(ExportError, match="the file's logits"):
        check(run)


def test_rounding_is_measured_and_decisions_follow_from_what_was_rounded() -> None:
    graph = ExportGraph(MODEL, torch.bfloat16, THRESHOLD).eval()

    @torch.inference_mode()
    def run(images: Pixels) -> Outputs:
        return {name: value.numpy() for name, value in graph(torch.from_numpy(images)).items()}

    seen = check(run, is_exact=False)
    assert 1e-4 < seen.largest_difference < 0.5
    with pytest.raises(ExportError, match="the file's logits"):
        check(run)


def test_a_decision_on_an_edge_may_fall_either_way() -> None:
    """A threshold that is the certainty of a picture: rounding decides on which side that one lies."""
    images = pixels(50)
    graph = ExportGraph(MODEL, torch.float32, THRESHOLD).eval()
    with torch.inference_mode():
        outputs = graph(torch.from_numpy(images))
    threshold = float(outputs["certainty"][7, 0])

    def run_with(edge: float) -> parity.Parity:
        graph = ExportGraph(MODEL, torch.float32, edge).eval()

        @torch.inference_mode()
        def run(images: Pixels) -> Outputs:
            return {name: value.numpy() for name, value in graph(torch.from_numpy(images)).items()}

        return parity.check_parity(run, MODEL, threshold, images, is_exact=True)

    seen = [run_with(threshold + step) for step in (-1e-6, 1e-6)]
    # The file says one thing below its edge and another above, where its model and what follows from the
    # file's own logits say the same each time: which of both, rounding decides, for either by itself.
    assert {each.num_tied > 0 for each in seen} == {True, False}
    assert {each.num_changed > 0 for each in seen} == {True, False}
    with pytest.raises(ExportError, match="the file's decisions"):
        run_with(threshold + 0.1)


def test_no_file_is_left_of_an_export_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = TARGETS["torch"]
    made = type(target).runtime

    def broken(self: object, files: dict[str, bytes]) -> tuple[Runtime, dict[str, object]]:
        run, description = made(target, files)
        return (lambda images: {**run(images), "path": run(images)["path"] * 0}), description

    monkeypatch.setattr(type(target), "runtime", broken)
    with pytest.raises(ExportError, match=r"the file's decisions .* No file was written"):
        export(MODEL, tmp_path / "model.pt2")
    assert list(tmp_path.iterdir()) == []


def test_what_a_library_raises_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator\n  at line 3")

    monkeypatch.setattr(torch.onnx, "export", broken)
    with pytest.raises(
        ExportError, match=r"made of operators that ONNX has, but got no such operator\. "
    ) as caught:
        export(MODEL, tmp_path / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "options", "said"),
    [
        ("model.bin", {}, "out to be a name that ends with one of .onnx, .pt2, .xml"),
        ("model.onnx", {"to": "torch"}, "out to be a name that ends with .pt2 for torch"),
        ("model.onnx", {"to": "tflite"}, "to to be one of onnx, torch, openvino"),
        ("model.pt2", {"precision": "int8"}, "precision for torch to be one of f32, bf16"),
        ("model.onnx", {"precision": "f16"}, "precision to be one of f32, bf16, int8"),
        ("model.onnx", {"target_accuracy": 1.5}, "target_accuracy to be above 0 and below 1"),
        ("model.onnx", {"target_accuracy": 0.999}, "target_accuracy to be one that 60"),
        (f"{'a' * 240}.onnx", {}, "each name in out"),
        ("model.pt2", {"pictures": 7}, "picture 0 to be a path"),
    ],
)
def test_wrong_requests_are_one_line(out: str, options: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=said):
        export(MODEL, tmp_path / out, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_a_tree_promises_no_accuracy(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="target_accuracy to be left out"):
        export(made_model("shared", promise=None), tmp_path / "model.pt2", target_accuracy=0.9)


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_target, "find_spec", lambda name: None)
    with pytest.raises(RequestError, match=r"pip install taskgraft\[onnx,openvino\]"):
        export(MODEL, tmp_path / "model.xml")
    export(MODEL, tmp_path / "model.pt2")


def test_labels_are_those_of_the_folders(tmp_path: Path) -> None:
    from PIL import Image

    from taskgraft.export._pictures import pictures_for

    for folder in ("pear/abate", "x/apple/gala", "kiwi/hayward", "apple/abate", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
        Image.new("RGB", (20, 20)).save(tmp_path / folder / "1.png")
    (tmp_path / "elsewhere" / "broken.png").write_bytes(b"none")
    pictures = pictures_for(MODEL, tmp_path)
    assert pictures.title == "pictures given (1 unreadable left out)"
    assert pictures.labels is not None
    # By their paths: apple/abate, elsewhere, kiwi, pear, x/apple/gala.
    wanted = [[-1, -1], [-1, -1], [2, 4], [0, 1], [1, 2]]
    assert FRUIT.parents == ((0, 0, 1, 1, 2),)
    assert pictures.labels.tolist() == wanted


def test_at_most_so_many_pictures_are_checked_evenly() -> None:
    pictures = LabelledPictures(pixels(10), "ten", np.arange(20).reshape(10, 2))
    some = pictures.at_most(4)
    assert some.labels is not None
    assert some.labels[:, 0].tolist() == [0, 6, 12, 18]
    assert pictures.at_most(10) is pictures
