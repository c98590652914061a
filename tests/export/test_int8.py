from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from made_model import made_model, pixels
from taskgraft.export import ExportError, LabelledPictures, export

MODEL = made_model("shared")


def labelled(count: int) -> LabelledPictures:
    """Pictures whose labels are what the model says, but for every fifth."""
    images = pixels(count)
    labels = MODEL.predict(images).preds.copy()
    labels[::5] = -1
    return LabelledPictures(images, "val pictures", labels)


def types_of_weights(path: Path) -> dict[int, int]:
    counts: dict[int, int] = {}
    for weight in onnx.load(path).graph.initializer:
        if ".weight" in weight.name and len(weight.dims) >= 2:
            counts[weight.data_type] = counts.get(weight.data_type, 0) + 1
    return counts


@pytest.mark.parametrize("suffix", [".onnx", ".xml"])
def test_ranges_are_taken_from_half_of_the_pictures_and_the_loss_from_the_others(
    suffix: str, tmp_path: Path
) -> None:
    written = export(MODEL, tmp_path / f"model{suffix}", precision="int8", calibration=labelled(120))
    assert written.parity.num_pictures == 60
    assert list(written.accuracies) == ["kind", "variety"]
    for of_file, of_model in written.accuracies.values():
        assert 0.7 < of_file <= 1
        assert of_model > 0.9
    assert 1e-4 < written.parity.largest_difference < 5
    assert written.parity.num_changed < 20


def test_without_pictures_weights_alone_are_int8(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    written = export(MODEL, path, precision="int8", pictures=labelled(60))
    kind = onnx.TensorProto
    assert set(types_of_weights(path)) == {kind.INT8}
    assert not any(
        node.op_type.endswith("QuantizeLinear") and "Dynamic" in node.op_type
        for node in onnx.load(path).graph.node
    )
    assert list(written.accuracies) == ["kind", "variety"]
    assert written.parity.num_changed <= 6


def test_with_pictures_activations_are_int8_and_decisions_are_not(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    export(MODEL, path, precision="int8", calibration=labelled(64))
    nodes = onnx.load(path).graph.node
    made_by = {name: node for node in nodes for name in node.output}
    for node in nodes:
        if node.op_type in ("Conv", "Gemm"):
            assert [made_by[name].op_type for name in node.input[:2]] == ["DequantizeLinear"] * 2
        if node.op_type in ("LogSoftmax", "Softmax", "Gather"):
            assert made_by[node.input[0]].op_type != "DequantizeLinear" if node.input[0] in made_by else True


@pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".xml"])
def test_in_bf16_a_file_is_smaller_and_its_loss_is_stated(suffix: str, tmp_path: Path) -> None:
    from taskgraft.recipe import quick

    model = made_model("shared", spec=quick().network, shape=(3, 32, 32))
    images = pixels(60, model.image_shape)
    pictures = LabelledPictures(images, "val pictures", model.predict(images).preds)
    sizes = [
        export(model, tmp_path / f"{precision}{suffix}", precision=precision, pictures=pictures)
        for precision in ("f32", "bf16")
    ]
    assert sizes[1].num_bytes < 0.75 * sizes[0].num_bytes
    assert 1e-4 < sizes[1].parity.largest_difference < 0.3
    assert list(sizes[1].accuracies) == ["kind", "variety"]
    assert sizes[0].accuracies == {}


def test_an_int8_file_is_the_same_whatever_else_is_in_the_batch(tmp_path: Path) -> None:
    import onnxruntime

    path = tmp_path / "model.onnx"
    export(MODEL, path, precision="int8", pictures=labelled(8))
    session, images = onnxruntime.InferenceSession(path), pixels(8)
    alone = session.run(["logits_kind"], {"pixels": images[:1]})[0]
    dark = np.concatenate([images[:1], np.zeros_like(images)])
    np.testing.assert_allclose(session.run(["logits_kind"], {"pixels": dark})[0][:1], alone, atol=1e-5)


@pytest.mark.parametrize("pictures", [{}, {"pictures": pixels(4)}, {"calibration": pixels(8)}])
def test_without_a_labelled_picture_no_loss_can_be_stated_and_no_file_is_written(
    pictures: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(
        ExportError, match=r"labelled, so that its loss in points can be stated, but got"
    ) as it:
        export(MODEL, tmp_path / "model.onnx", precision="int8", **pictures)
    assert it.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []
