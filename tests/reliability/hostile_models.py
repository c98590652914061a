"""Hostile model files: what is no model, headers that lie, weights and descriptions out to harm."""

from __future__ import annotations

import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hostile_place import RUN, Place
from safetensors.torch import save
from spoilt_models import (
    Make,
    described,
    filled,
    named,
    normalised,
    of_type,
    parts_of,
    weighing,
    with_architecture,
    with_promise,
    with_spec,
    with_taxonomy,
    with_timm,
)

from taskgraft.inference._model_file import METADATA_KEY

_HUGE_BYTES = 10 * 10**9


def _bytes(content: bytes | Callable[[Place], bytes]) -> Make:
    """A file of these bytes."""
    return lambda place, path: void(
        path.write_bytes(content if isinstance(content, bytes) else content(place))
    )


def void(_: object) -> None:
    """Gives nothing."""


def _valid(place: Place) -> bytes:
    return (place.outside / "study" / RUN / "model.safetensors").read_bytes()


def _zip(place: Place) -> bytes:
    """What `torch.save` makes: a pickle in a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", place.pickled())
        archive.writestr("archive/version", "3\n")
        archive.writestr("../../outside/escaped", "x")
    return file.getvalue()


def _old_pickle(place: Place) -> bytes:
    """What `torch.save` made once: a magic number and pickles, one behind another."""
    return b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." + place.pickled() * 3


def _split(place: Place) -> tuple[dict[str, Any], bytes]:
    content = _valid(place)
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def _joined(header: bytes | dict[str, Any], data: bytes, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def _length(number: int) -> Make:
    """A header that says it is so long."""
    return _bytes(lambda place: number.to_bytes(8, "little") + _valid(place)[8:])


def _header(change: Callable[[dict[str, Any], str], object]) -> Make:
    """A header with something else of its first tensor, or of all."""

    def make(place: Place) -> bytes:
        header, data = _split(place)
        change(header, next(name for name in header if name != "__metadata__"))
        return _joined(header, data)

    return _bytes(make)


def _entry(**values: Any) -> Make:
    return _header(lambda header, name: header[name].update(values))


def _raw_header(change: Callable[[str], str | bytes]) -> Make:
    def make(place: Place) -> bytes:
        header, data = _split(place)
        text = change(json.dumps(header))
        return _joined(text if isinstance(text, bytes) else text.encode(), data)

    return _bytes(make)


def _text(change: Callable[[str], str]) -> Make:
    """A description of another text, under a checksum of the old one."""

    def make(place: Place) -> bytes:
        description, tensors = parts_of(place)
        return save(tensors, {METADATA_KEY: change(json.dumps(description))})

    return _bytes(make)


def _sparse(begin: Callable[[Place], bytes]) -> Make:
    """Ten gigabytes that take no room on a disk."""

    def make(place: Place, path: Path) -> None:
        path.write_bytes(begin(place))
        os.truncate(path, _HUGE_BYTES)

    return make


def _of_gigabytes(place: Place) -> bytes:
    """A header that fits ten gigabytes of weights."""
    header, _ = _split(place)
    for _ in range(3):  # how long it is says how much is left for them
        size = _HUGE_BYTES - 8 - len(json.dumps(header).encode())
        header["weights"] = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
        for name in [name for name in header if name not in ("weights", "__metadata__")]:
            del header[name]
    return _joined(header, b"")


def _socket(place: Place, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _linked(target: Callable[[Place], Path]) -> Make:
    return lambda place, path: path.symlink_to(target(place))


NOT_MODELS: dict[str, Make] = {
    "a pickle": _bytes(lambda place: place.pickled()),
    "a pickle of protocol 0": _bytes(lambda place: place.pickled(0)),
    "a pickle in a zip": _bytes(_zip),
    "pickles one behind another": _bytes(_old_pickle),
    "a model with a zip behind it": _bytes(lambda place: _valid(place) + _zip(place)),
    "a pickle behind a length": _bytes(lambda place: _joined(place.pickled(), b"")),
    "a script": _bytes(b"#!/bin/sh\ntouch ../outside/canary\n"),
    "nothing": _bytes(b""),
    "seven bytes": _bytes(b"\x01" + bytes(6)),
    "a million zeros": _bytes(bytes(10**6)),
    "a directory": lambda place, path: path.mkdir(),
    "a pipe": lambda place, path: os.mkfifo(path),
    "a socket": _socket,
    "zeros for ever": _linked(lambda place: Path("/dev/zero")),
    "a link in a circle": _linked(lambda place: place.inside / "model.safetensors"),
    "a link to nothing": _linked(lambda place: place.inside / "gone"),
    "ten gigabytes of nothing": _sparse(lambda place: b""),
    "a model and ten gigabytes of nothing": _sparse(_valid),
    "ten gigabytes of weights": _sparse(_of_gigabytes),
}
HEADERS: dict[str, Make] = {
    "a header of 2^64 - 1 bytes": _length(2**64 - 1),
    "a header of 2^63 bytes": _length(2**63),
    "a header of 40 MB": _length(40_000_000),
    "a header a byte too long": lambda place, path: _length(int.from_bytes(_valid(place)[:8], "little") + 1)(
        place, path
    ),
    "a header that is no JSON": _raw_header(lambda _: "{"),
    "a header that is a list": _raw_header(lambda _: "[]"),
    "a header a million deep": _raw_header(lambda _: '{"a":' * 10**6),
    "a header of bytes that are no text": _raw_header(lambda text: text.encode() + b"\xff\xfe"),
    "a tensor twice": _raw_header(lambda text: text[:-1] + "," + text[text.index('"', 40) : -1] + "}"),
    "metadata twice": _raw_header(lambda text: text[:-1] + ', "__metadata__": {"taskgraft": "{}"}}'),
    "metadata that is a number": _header(lambda h, _: h["__metadata__"].update(taskgraft=3)),
    "metadata of others": _header(lambda h, _: h.update(__metadata__={"format": "pt"})),
    "weights on weights": _header(
        lambda h, name: [
            one.update(data_offsets=h[name]["data_offsets"]) for one in h.values() if "data_offsets" in one
        ]
    ),
    "weights with a gap": _header(
        lambda h, name: h[name].update(data_offsets=[4, h[name]["data_offsets"][1] + 4])
    ),
    "weights beyond the file": _entry(data_offsets=[10**9, 2 * 10**9]),
    "weights before the file": _entry(data_offsets=[-8, 0]),
    "weights that end before they begin": _entry(data_offsets=[64, 0]),
    "offsets of 30 digits": _entry(data_offsets=[10**30, 10**31]),
    "offsets that are numbers with a point": _entry(data_offsets=[0.5, 1.5]),
    "a shape of 2^64 numbers": _entry(shape=[2**32, 2**32]),
    "a shape below zero": _entry(shape=[-1, -1]),
    "a shape of a million sides": _entry(shape=[1] * 10**6),
    "a type of nobody": _entry(dtype="F7"),
    "a type of another size": _entry(dtype="F64"),
    "a hundred thousand tensors of nothing": _header(
        lambda h, _: h.update(
            {f"t{k}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(10**5)}
        )
    ),
}
WEIGHTS: dict[str, Make] = {
    "weights that are no number": filled(float("nan")),
    "weights that are infinite": filled(float("inf")),
    "weights of 1e38": filled(1e38),
    "weights of -1": filled(-1.0),
    "weights next to nothing": filled(1e-40),
    "weights in half precision": of_type(torch.float16),
    "weights that are truths": of_type(torch.bool),
    "weights that are complex": of_type(torch.complex64),
    "weights in eight bits": of_type(torch.float8_e4m3fn),
    "no weights": weighing(lambda tensors: tensors.clear()),
    "a tensor too many": weighing(lambda tensors: tensors.update({"../../x": torch.zeros(1)})),
    "a tensor of no number": weighing(lambda tensors: tensors.update({next(iter(tensors)): torch.zeros(0)})),
}
TEXTS: dict[str, Make] = {
    "a description a million deep": _text(lambda _: "[" * 10**6 + "]" * 10**6),
    "a description of a number": _text(lambda _: "3"),
    "a description of 17 MB": _text(lambda text: text + " " * 17_000_000),
    "a description with a name twice": _text(lambda text: text[:-1] + ', "decoding": "joint"}'),
    "a description with two checksums": _text(lambda text: text[:-1] + f', "sha256": "{"0" * 64}"}}'),
    "a description with half a letter": _text(
        lambda text: text.replace('"variant": "', '"variant": "\\ud800')
    ),
    "a number of 5,000 digits": _text(
        lambda text: text.replace('"numerics": ', '"numerics": ' + "9" * 5_000)
    ),
    "a number beyond floats": _text(lambda text: text.replace('"std": [', '"std": [1e99999, ')),
    "another's checksum": _text(lambda text: text.replace('"independent"', '"shared"')),
    "a description of a list": described(lambda d: d.update(network=[])),
    "a field of nobody": described(lambda d: d.update(__class__="os.system")),
    "a newer format": described(lambda d: d.update(format=10**9)),
    "a format that is true": described(lambda d: d.update(format=True)),
}
DESCRIPTIONS: dict[str, Make] = {
    "a name that steers a terminal": named("\x1b]8;;http://x\x07\x1b[31m"),
    "a name that turns the writing round": named("\u202egnp.exe"),
    "a name of two lines": named("a\nfake: done"),
    "a name with a zero in it": named("a\x00b"),
    "a name that is markup": named("<script>alert(1)</script>"),
    "a name that is a link": named("[x](javascript:alert(1))`|"),
    "a name that is a formula": named("=cmd|' /C calc'!A"),
    "a name that is a path": named("../../outside/secret.txt"),
    "a name of 100,000 letters": named("a" * 100_000),
    "a name of braces": named("{0.__class__}%s%n"),
    "parents beyond": with_taxonomy(parents=[[0, 0, 1, 10**12]]),
    "parents below zero": with_taxonomy(parents=[[0, 0, -1, -1]]),
    "parents that are truths": with_taxonomy(parents=[[False, False, True, True]]),
    "parents of too few": with_taxonomy(parents=[[0, 1]]),
    "parents of a level too many": with_taxonomy(parents=[[0, 0, 1, 1]] * 3),
    "no tree": with_taxonomy(parents=[]),
    "levels of one class": with_taxonomy(levels=[{"name": "group", "classes": ["a"]}] * 2),
    "levels of the same name": with_taxonomy(levels=[{"name": "group", "classes": ["a", "b"]}] * 2),
    "a hundred levels": with_taxonomy(
        levels=[{"name": str(i), "classes": ["a", "b"]} for i in range(100)], parents=[[0, 1]] * 99
    ),
    "half a million classes": with_taxonomy(
        levels=[{"name": "a", "classes": [str(k) for k in range(500_000)]}], parents=[]
    ),
    "another tree's digest": described(lambda d: d["taxonomy"].update(digest="0" * 64)),
    "pictures of 8,192 x 8,192": described(
        lambda d: (
            d["network"].update(image_shape=[3, 8192, 8192]),
            d["preprocessing"].update(height=8192, width=8192),
        )
    ),
    "pictures of 2,048 x 2,048": described(
        lambda d: (
            d["network"].update(image_shape=[3, 2048, 2048]),
            d["preprocessing"].update(height=2048, width=2048),
        )
    ),
    "65,536 channels": described(
        lambda d: (
            d["network"].update(image_shape=[65_536, 16, 16]),
            d["preprocessing"].update(channels=65_536),
        )
    ),
    "a spread next to nothing": normalised(120.0, 1e-40),
    "a mean beyond all": normalised(3e38, 1.0),
    "temperatures next to nothing": described(
        lambda d: d.update(temperatures={"group": 1e-320, "colour": 1e-320})
    ),
    "temperatures below zero": described(lambda d: d.update(temperatures={"group": -1.0, "colour": -1.0})),
    "pool weights of 1e300": described(lambda d: d.update(pool_weights={"group": 1e300, "colour": 1.0})),
    "pool weights of nothing": described(
        lambda d: d.update(pool_weights={"group": 0.0, "colour": 0.0}, decoding="pooled")
    ),
    "a decoding of nobody": described(lambda d: d.update(decoding="os.system")),
    "a promise of 10^30 images": with_promise(num_images=10**30),
    "a promise of 2^31 - 1 images": with_promise(num_images=2**31 - 1),
    "a promise of no image": with_promise(num_images=0),
    "a promise that is no number": with_promise(critical=[float("nan")], num_critical=1),
    "a promise of a million values": with_promise(
        critical=[0.5] * 10**6, num_critical=10**6, num_images=10**7
    ),
    "a width of 10^9": with_spec("trunk", stage_widths=[10**9, 10**9]),
    "a million stages": with_spec("trunk", stage_widths=[1] * 10**6),
    "a billion layers": with_spec("trunk", stage_depth=10**9),
    "a million dense blocks": with_spec("branch", fc_2=[1] * 10**6),
    "a width ratio of 1e308": with_architecture(width_ratio=1e308),
    "a flow in a circle": with_architecture(
        flows=[{"source": a, "target": b} for a, b in (("group", "colour"), ("colour", "group"))]
    ),
    "a mixer of nobody": with_architecture(mixers=[{"stage": 1, "mixer": "os.system"}]),
    "a billion experts": with_architecture(
        mixers=[{"stage": 2, "mixer": "gates"}], experts={"shared": 10**9, "specific": 0}
    ),
    "experts without gates": with_architecture(experts={"shared": 2, "specific": 0}),
    "forks beyond every stage": with_architecture(trunk="forked", forks=[10**9, 10**9]),
    "a trunk of nobody": with_spec("trunk", family="os.system"),
    "a trunk of the hub": with_timm("hf-hub:taskgraft/evil"),
    "a trunk of a directory": with_timm("local-dir:/etc"),
    "a trunk of timm with weights of the hub": with_timm("test_resnet", weights="hub"),
    "a trunk of timm with weights of a file": with_timm("test_resnet", weights="../outside/secret.txt"),
    "a trunk of timm of gigabytes": with_timm("vit_giant_patch14_dinov2"),
    "a trunk of timm of gigabytes, in stages": with_timm("convnext_xxlarge", stages=4),
    "a trunk of timm in stages that it does not have": with_timm("test_resnet", stages=31),
    "a trunk of timm in a billion stages": with_timm("test_resnet", stages=10**9),
}
MODELS: dict[str, Make] = {**NOT_MODELS, **HEADERS, **WEIGHTS, **TEXTS, **DESCRIPTIONS}
