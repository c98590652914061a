"""What may be wrong with a model's file: each time one line, and nothing is allocated for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from taskgraft.errors import UnreadableError
from taskgraft.inference import Model, ModelFileError, read_model, write_model
from taskgraft.inference import _model_file as model_file
from taskgraft.taxonomy import Level, Taxonomy
from trained_model import parts, put_together

Change = Callable[[dict[str, Any]], object]


def refused(path: Path, reason: str) -> None:
    with pytest.raises(ModelFileError, match=reason) as caught:
        read_model(path)
    assert str(caught.value).startswith(f"Expected {path} to be ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_directory_and_a_pipe_are_one_line(tmp_path: Path) -> None:
    refused(tmp_path / "gone", "but got no such file")
    refused(tmp_path, "something that is no file")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "something that is no file")


def test_a_file_that_cannot_be_read_now_is_not_called_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(UnreadableError, match="readable, but got 'Input/output error"):
        read_model(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x04.", b"PK\x03\x04" * 20, bytes(100)])
def test_other_files_are_no_model(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused(path, "no complete safetensors file|whose header has")


def test_weights_alone_are_no_model(path: Path) -> None:
    save_file({"a": torch.zeros(2)}, path)
    refused(path, "weights without a description")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_torn_file_is_refused(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(path, "no complete safetensors file")


def test_one_flipped_bit_in_a_weight_is_noticed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    refused(path, "one that was changed since it was written")


def test_a_newer_format_asks_for_an_update(path: Path) -> None:
    description, tensors = parts(path)
    put_together(path, {**description, "format": 7}, tensors)
    refused(path, "a model of format 1, but got format 7, made by a newer taskgraft. Update taskgraft")


def test_a_flipped_format_is_not_taken_for_a_newer_one(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'\\"format\\":1', b'\\"format\\":3'))
    refused(path, "changed since it was written")


def _network(**changes: Any) -> Change:
    return lambda told: told["network"].update(changes)


def _spec(part: str, **changes: Any) -> Change:
    return lambda told: told["network"]["spec"][part].update(changes)


def _without_tree(told: dict[str, Any]) -> None:
    levels = [Level(level["name"], tuple(level["classes"])) for level in told["taxonomy"]["levels"]]
    told["taxonomy"].update(parents=[], digest=Taxonomy.without_tree(levels).digest())


CONTRADICTIONS: dict[str, tuple[Change, str]] = {
    "without a taxonomy": (lambda told: told.pop("taxonomy"), "one without taxonomy"),
    "a field of nobody": (lambda told: told.update(pickle="x"), "an unknown field, pickle"),
    "another format": (lambda told: told.update(format=0), "one whose format is wrong"),
    "another class name": (
        lambda told: told["taxonomy"]["levels"][1]["classes"].__setitem__(0, "pink"),
        "taxonomy has another digest",
    ),
    "a class twice": (
        lambda told: told["taxonomy"]["levels"][1]["classes"].__setitem__(0, "blue"),
        "contradicts itself: Expected every class of level 'colour' to be named once",
    ),
    "levels of another taxonomy": (
        lambda told: told["network"]["architecture"].update(levels=["a", "b"], flows=[]),
        "a network of other levels than its taxonomy",
    ),
    "a flow in a circle": (
        lambda told: told["network"]["architecture"].update(
            flows=[{"source": "group", "target": "colour"}, {"source": "colour", "target": "group"}]
        ),
        "free of cycles",
    ),
    "more classes": (_network(num_classes=[2, 5]), "a network of other classes"),
    "other images": (_network(image_shape=[3, 16, 16]), "other images than its preprocessing gives"),
    "another normalisation": (
        lambda told: told["preprocessing"].update(mean=[0.0] * 3),
        "another normalisation than its weights",
    ),
    "normalisation of no channel": (
        lambda told: told["preprocessing"].update(mean=[0.0] * 2, std=[1.0] * 2),
        "normalisation is not that of its channels",
    ),
    "an unknown decoding": (lambda told: told.update(decoding="guess"), "the decoding 'guess'"),
    "temperatures of another level": (
        lambda told: told.update(temperatures={"group": 1.0}),
        "temperatures of other levels",
    ),
    "a temperature of zero": (
        lambda told: told.update(temperatures={"group": 0, "colour": 1}),
        r"temperatures\.group is wrong",
    ),
    "weights of another level": (
        lambda told: told.update(pool_weights={"group": 1.0}),
        "weights of other levels",
    ),
    "a weight below zero": (
        lambda told: told.update(pool_weights={"group": -1, "colour": 1}),
        r"pool_weights\.group is wrong",
    ),
    "a promise of fewer images than it names": (
        lambda told: told["promise"].update(num_images=1, num_critical=2, critical=[0.1, 0.2]),
        "critical values are not those of its images",
    ),
    "a critical value fewer": (
        lambda told: told["promise"].update(num_images=9, num_critical=2, critical=[0.1]),
        "critical values are not those of its images",
    ),
    "critical values in disorder": (
        lambda told: told["promise"].update(num_images=9, num_critical=2, critical=[0.2, 0.1]),
        "critical values do not ascend",
    ),
    "a critical value of nothing": (
        lambda told: told["promise"].update(num_images=9, num_critical=1, critical=[2.0]),
        r"promise\.critical\.0 is wrong",
    ),
    "more critical values than are kept": (
        lambda told: told["promise"].update(num_images=9999, num_critical=2001, critical=[0.1] * 2001),
        r"promise\.critical is wrong",
    ),
    "a tree taken away": (
        _without_tree,
        "a decoding that needs a tree, and none|weights of a tree, and none",
    ),
    "a wider stage": (_spec("trunk", stage_widths=[6, 9]), "where its network has torch.float32 of shape"),
    "a stage more": (_spec("trunk", stage_widths=[6, 8, 8]), "one without the weights"),
    "a layer fewer": (_spec("branch", fc_2=[]), "which its network does not have|of shape"),
    "stages that leave no pixel": (
        _spec("trunk", stage_widths=[8] * 40),
        "one of no network: Expected images to be at least",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_description_that_does_not_fit_is_refused_with_what_does_not(path: Path, case: str) -> None:
    change, reason = CONTRADICTIONS[case]
    description, tensors = parts(path)
    change(description)
    put_together(path, description, tensors)
    refused(path, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_spec("trunk", stage_widths=[10**5, 10**6]), "of shape"),
        (_spec("trunk", stage_widths=[10**9, 10**9]), "one of no network: Storage size"),
        (_spec("trunk", stage_widths=[10**30, 8]), "one of no network|is wrong"),
        (_spec("trunk", stage_depth=10**9), "more layers than it has weights for"),
        (_spec("branch", fc_2=[1] * 10**6), "more layers than it has weights for"),
        (
            lambda told: told["network"]["architecture"].update(width_ratio=1e308),
            "one of no network|cannot convert",
        ),
        (_network(image_shape=[3, 10**9, 10**9]), "image_shape"),
    ],
)
def test_a_description_of_gigabytes_allocates_none(path: Path, change: Change, reason: str) -> None:
    description, tensors = parts(path)
    change(description)
    put_together(path, description, tensors)
    refused(path, reason)


def test_a_description_larger_than_any_is_refused_unparsed(
    path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes((2**40).to_bytes(8, "little") + b"{}")
    refused(path, "a file whose header has 1,099,511,627,776 bytes")
    description, tensors = parts(write_again(path, model))
    put_together(path, {**description, "version": "x" * 20_000_000}, tensors)
    refused(path, "more than 16,777,216 bytes")
    monkeypatch.setattr(model_file, "MOST_DESCRIPTION_BYTES", 100)
    with pytest.raises(ModelFileError, match="more than 100 bytes"):
        write_model(path.with_name("new"), model.network, model.description)
    assert not path.with_name("new").exists()


def write_again(path: Path, model: Model) -> Path:
    write_model(path, model.network, model.description)
    return path


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "NaN", "[" * 100_000, '{"sha256": 1e999}'])
def test_metadata_of_something_else_is_refused(path: Path, text: str) -> None:
    save_file({"a": torch.zeros(2)}, path, {model_file.METADATA_KEY: text})
    refused(path, "no JSON|of another kind|changed since")


@pytest.mark.parametrize("change", ["missing", "more", "shape", "type", "none"])
def test_weights_of_another_network_are_refused(path: Path, change: str) -> None:
    description, tensors = parts(path)
    name = next(name for name, tensor in tensors.items() if tensor.ndim == 2)
    if change == "missing":
        del tensors[name]
    elif change == "more":
        tensors["zzz"] = torch.zeros(1)
    elif change == "shape":
        tensors[name] = tensors[name][None]
    elif change == "type":
        tensors[name] = tensors[name].to(torch.float16)
    else:
        tensors = {"none": torch.zeros(0)}
    put_together(path, description, tensors)
    refused(path, "one without the weights|which its network does not have|where its network has|more layers")
