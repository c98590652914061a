"""A file does what `Model.predict` does, whatever the model is and however many pictures come."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import taskgraft
from f32_model import F32, in_f32
from made_model import FRUIT, SHAPE, made_model, pixels
from taskgraft.architecture import EVERY_NAME, Architecture, Flow
from taskgraft.export import TARGETS, _parity, export, outputs_of
from taskgraft.inference import Model, model_digest
from taskgraft.recipe import BranchSpec, KerasBlocksSpec, NetworkSpec, ResidualSpec, StageSpec, TimmTrunkSpec
from taskgraft.remapping import map_leaves
from taskgraft.remapping._remap import remapped_description
from taskgraft.taxonomy import Level, Taxonomy

SUFFIXES = [target.suffix for target in TARGETS.values()]
Outputs = dict[str, np.ndarray]

KEEPS, PASSES = False, True
LEVELS = FRUIT.level_names
OTHERS = [
    Architecture("forked-1", LEVELS, "forked", forks=(1, 1)),
    Architecture("forked-2", LEVELS, "forked", (Flow(*LEVELS),), forks=(1, 2)),
    Architecture("probs", LEVELS, "shared", (Flow(*LEVELS, "probs", PASSES),)),
    Architecture("features", LEVELS, "separate", (Flow(*LEVELS, "features", PASSES),)),
    Architecture("stopped", LEVELS, "shared", (Flow(*LEVELS[::-1], "probs", KEEPS),)),
    Architecture("wide", LEVELS, "shared", (Flow(*LEVELS),), width_ratio=1.5),
]


def run(path: Path, images: np.ndarray) -> Outputs:
    """The outputs of a file that lies on the disk."""
    target = next(target for target in TARGETS.values() if target.suffix == path.suffix)
    names = [".bin", ".xml"] if path.suffix == ".xml" else [path.suffix]
    return target.runtime({name: path.with_suffix(name).read_bytes() for name in names})[0](images)


def assert_predicts(
    outputs: Outputs, model: Model, images: np.ndarray, target_accuracy: float | None = None
) -> None:
    """The file says of images what the model says of them."""
    predictions = in_f32(model).predict(images, target_accuracy=target_accuracy)
    np.testing.assert_array_equal(outputs["path"], predictions.preds)
    np.testing.assert_array_equal(outputs["depth"], predictions.depths)
    np.testing.assert_allclose(outputs["certainty"], predictions.certainties, atol=1e-5)
    logits = [level.numpy() for level in model.on(F32)(torch.from_numpy(images))]
    levels = zip(
        outputs_of(model.taxonomy.level_names),
        logits,
        model.probs_of(logits),
        predictions.probs,
        strict=True,
    )
    for names, level, probs, nodes in levels:
        np.testing.assert_allclose(outputs[names.logits], level, atol=1e-4)
        np.testing.assert_allclose(outputs[names.probs], probs, atol=1e-5)
        np.testing.assert_allclose(outputs[names.node_probs], nodes, atol=1e-5)


def assert_all_alike(path: Path, model: Model, target_accuracy: float | None = None) -> None:
    for size in (1, 2, 7):
        images = pixels(size, model.image_shape, seed=size)
        assert_predicts(run(path, images), model, images, target_accuracy)


@pytest.mark.parametrize("architecture", [*EVERY_NAME, *OTHERS], ids=lambda each: getattr(each, "name", each))
def test_every_architecture(architecture: Architecture | str, tmp_path: Path) -> None:
    model = made_model(architecture)
    parity = export(model, tmp_path / "model.pt2", target_accuracy=0.5, pictures=pixels(40)).parity
    assert (parity.num_pictures, parity.num_changed, parity.batches) == (40, 0, (1, 2, 257))
    assert_all_alike(tmp_path / "model.pt2", model, 0.5)


# `independent` and `summed` are made of operators that these have, too.
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("decoding", ["pooled", "joint", "top-down", "crm"])
def test_every_decoding_for_every_target(decoding: str, suffix: str, tmp_path: Path) -> None:
    model = made_model("fine-to-coarse", decoding=decoding, test_time_flip=decoding == "crm")
    path = tmp_path / f"model{suffix}"
    written = export(model, path, target_accuracy=0.6)
    assert written.parity.largest_difference < 1e-4
    assert_all_alike(path, model, 0.6)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_derived_levels_for_every_target(suffix: str, tmp_path: Path) -> None:
    """They are summed of what was averaged over mirror images."""
    model = made_model("flat", decoding="independent", test_time_flip=True)
    path = tmp_path / f"model{suffix}"
    assert export(model, path, target_accuracy=0.6).parity.largest_difference < 1e-4
    assert_all_alike(path, model, 0.6)


@pytest.mark.parametrize(
    ("architecture", "suffix"),
    [("cross-stitch", ".xml"), ("mtan", ".onnx"), ("ple", ".onnx"), ("ple", ".xml")],
)
def test_soft_sharing_for_other_targets(architecture: str, suffix: str, tmp_path: Path) -> None:
    """Sums over lanes, masks and gates are made of operators that these have, too."""
    model = made_model(architecture)
    path = tmp_path / f"model{suffix}"
    assert export(model, path, target_accuracy=0.6).parity.largest_difference < 1e-4
    assert_all_alike(path, model, 0.6)


COLOURS = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("bar", "ring", "disc"))])
EIGHT = Taxonomy.from_names(
    [f"level {i}" for i in range(8)],
    [[f"{leaf >> (7 - i)} at {i}" for i in range(8)] for leaf in range(256)],
)
KERAS = NetworkSpec(
    trunk=KerasBlocksSpec(stem_width=4, stage_widths=(6,)),
    branch=BranchSpec(fc_1=(8,), fc_2=(8,), dropout=0.2),
    conventions="keras",
)
RESIDUAL = NetworkSpec(
    trunk=ResidualSpec(
        stem_width="whitened",
        stage_widths=(8, 8),
        stages=(StageSpec(entry_kernel=2, inner_width=8, inner_kernels=(3, 3)),) * 2,
    ),
    branch=BranchSpec(fc_1=(), fc_2=(8,)),
    conventions="modern",
)
RESNET = NetworkSpec(
    trunk=TimmTrunkSpec(backbone="test_resnet"), branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern"
)
RESNET_IN_STAGES = RESNET.model_copy(update={"trunk": TimmTrunkSpec(backbone="test_resnet", stages=5)})
WITH_OTHER_OPERATORS: dict[str, Model] = {
    "one level": made_model("independent", Taxonomy.from_names(["kind"], [("b",), ("a",), ("c",)])),
    "no tree": made_model("shared", COLOURS, promise=None),
    "keras": made_model("coarse-to-fine", spec=KERAS),
    "residual": made_model("shared", spec=RESIDUAL, shape=(3, 19, 19), decoding="summed"),
    "timm": made_model("shared-coarse-to-fine", spec=RESNET, shape=(3, 32, 32)),
    "timm in stages": made_model("forked-3", spec=RESNET_IN_STAGES, shape=(3, 32, 32)),
}
WITH_OTHER_NUMBERS: dict[str, Model] = {
    "eight levels": made_model("shared", EIGHT),
    "grey": made_model("shared", shape=(1, 16, 16)),
    "not square": made_model("shared", shape=(3, 16, 24)),
    "small maps": made_model("shared", shape=(3, 12, 12)),
    "no temperatures": made_model("shared", temperatures=None),
    "a level without labels": made_model("shared", temperatures={"kind": None, "variety": 2.0}),
}


NEWER = Taxonomy.from_names(
    ["shelf", "kind", "fruit"],
    [("left", "pome", "pear"), ("left", "pome", "gala"), ("right", "other", "hayward")],
)


def remapped(model: Model) -> Model:
    """Pears merged, an apple retired, a level more."""
    renames = {
        ("left", "pome", "pear"): (("pear",),),
        ("left", "pome", "gala"): (("apple", "gala"),),
        ("right", "other"): (("kiwi",),),
    }
    leaf_map = map_leaves(model.taxonomy, NEWER, renames)
    return Model(model.network, remapped_description(model.description, NEWER, leaf_map))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_remapped_model_for_every_target(suffix: str, tmp_path: Path) -> None:
    model = remapped(made_model("shared", test_time_flip=suffix == ".pt2"))
    path = tmp_path / f"model{suffix}"
    written = export(model, path, pictures=pixels(40))
    assert written.parity.largest_difference < 1e-4
    assert_all_alike(path, model)
    sidecar = json.loads(written.sidecar.read_text())
    assert sidecar["taxonomy"]["digest"] == NEWER.digest()
    assert [each["level"] for each in sidecar["outputs"]["levels"]] == ["shelf", "kind", "fruit"]


def test_a_remapped_network_that_is_very_sure_is_finite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # OpenVINO computes in f32, in which such probabilities are 0. Such weights multiply its rounding, too.
    monkeypatch.setattr(_parity, "TOLERANCE", 0.01)
    model, path = remapped(made_model("shared", pool_weights={"kind": 12.0, "variety": 12.0})), "model.xml"
    assert min(level.min() for level in in_f32(model).logits(pixels(40))) == -80
    export(model, tmp_path / path, pictures=pixels(40))
    outputs = run(tmp_path / path, pixels(40))
    assert all(np.isfinite(values).all() for values in outputs.values())


@pytest.mark.parametrize("name", WITH_OTHER_OPERATORS)
def test_models_with_other_operators(name: str, tmp_path: Path) -> None:
    model, path = WITH_OTHER_OPERATORS[name], tmp_path / "model.onnx"
    export(model, path, pictures=pixels(9, model.image_shape))
    assert_all_alike(path, model)


@pytest.mark.parametrize("name", WITH_OTHER_NUMBERS)
def test_models_with_other_numbers(name: str, tmp_path: Path) -> None:
    model, path = WITH_OTHER_NUMBERS[name], tmp_path / "model.pt2"
    export(model, path, pictures=pixels(9, model.image_shape))
    assert_all_alike(path, model)


# Names of operators and of other outputs; names that are no identifiers, or one when mended.
NAMES_OF_LEVELS = ["softmax", "path", "a b", "a_b", "Größe/種 <&>\"'", "label\u2028\x07end"]
FOLDERS = [str(Path(module.__file__ or "").parent).encode() for module in (taskgraft, torch, onnx)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_levels_and_classes_of_any_name(suffix: str, tmp_path: Path) -> None:
    names = NAMES_OF_LEVELS
    taxonomy = Taxonomy.from_names(
        names, [[f"{name} {number}" for name in names] for number in ("b", "a", "\U0001f34e", "]]>\\n")]
    )
    model, path = made_model("shared", taxonomy), tmp_path / f"model{suffix}"
    export(model, path)
    assert_all_alike(path, model)
    content = json.loads((tmp_path / f"model{suffix}.json").read_text())
    assert [level["name"] for level in content["taxonomy"]["levels"]] == names
    assert [level["level"] for level in content["outputs"]["levels"]] == names
    # Nor does a file tell where the code stood that made it.
    assert not any(folder in written.read_bytes() for folder in FOLDERS for written in tmp_path.iterdir())


def test_the_classes_of_a_file_are_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    model, images = made_model("independent"), pixels(64)
    export(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    metadata = session.get_modelmeta().custom_metadata_map
    levels = json.loads(metadata["taskgraft.taxonomy"])["levels"]
    (path,) = session.run(["path"], {"pixels": images})
    named = [
        tuple(level["classes"][k] for level, k in zip(levels, row, strict=True)) for row in path.tolist()
    ]
    predictions = in_f32(model).predict(images)
    assert named == [tuple(node.name for node in prediction.path) for prediction in predictions]
    assert len(set(named)) > 2


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    model = made_model("shared", decoding="top-down")
    export(model, tmp_path / "model.onnx", target_accuracy=0.5)
    content = json.loads((tmp_path / "model.onnx.json").read_text())
    entries = onnx.load(tmp_path / "model.onnx").metadata_props
    assert {each.key: json.loads(each.value) for each in entries} == {
        f"taskgraft.{key}": value for key, value in content.items()
    }
    assert content["format"] == 1
    assert content["input"] == {"name": "pixels", "dtype": "uint8", "shape": ["batch", *SHAPE]}
    assert content["taxonomy"] == model.description.taxonomy.model_dump(mode="json")
    assert (content["decoding"], content["temperatures"]) == ("top-down", {"kind": 0.75, "variety": 1.0})
    assert content["promise"] == {
        "target_accuracy": 0.5,
        "confidence": 0.95,
        "threshold": model.threshold(0.5),
    }
    assert content["model_digest"] == model_digest(model.network, model.description)
    assert set(content["versions"]) == {"taskgraft", "torch", "pillow", "onnx", "onnxscript", "onnxruntime"}
    prepared = content["preprocessing"]
    assert (prepared["fit"], prepared["resampling"], prepared["height"]) == ("crop", "bicubic", 16)


LOADED_ALONE = """
import sys
sys.modules["taskgraft"] = None
import torch
extra = {"taskgraft.json": ""}
program = torch.export.load(sys.argv[1], extra_files=extra)
outputs = program.module()(torch.load(sys.argv[2]))
assert '"format": 1' in extra["taskgraft.json"]
torch.save(outputs, sys.argv[3])
"""


def test_torch_alone_loads_a_program_of_torch(tmp_path: Path) -> None:
    model, images = made_model("coarse-to-fine"), pixels(5)
    export(model, tmp_path / "model.pt2")
    torch.save(torch.from_numpy(images), tmp_path / "images.pt")
    paths = [tmp_path / name for name in ("model.pt2", "images.pt", "outputs.pt")]
    subprocess.run([sys.executable, "-c", LOADED_ALONE, *paths], check=True, cwd=tmp_path)
    outputs = torch.load(paths[2])
    assert_predicts({name: values.detach().numpy() for name, values in outputs.items()}, model, images)


def test_the_size_of_a_batch_is_left_open_by_name(tmp_path: Path) -> None:
    export(made_model("shared"), tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [value.name for value in graph.input] == ["pixels"]
    sizes = {value.type.tensor_type.shape.dim[0].dim_param for value in (*graph.input, *graph.output)}
    assert sizes == {"batch"}
    assert "taskgraft" not in {node.domain for node in graph.node}


def test_two_exports_of_a_model_are_equal(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        export(made_model("shared"), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
