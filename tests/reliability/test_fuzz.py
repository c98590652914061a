"""Spoilt records, tables, taxonomies, architectures and weights: read, or refused with one line, in no time."""

from __future__ import annotations

import io
import json
import math
import random
import resource
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hostile_searches import trial_record, tuning_record
from mutate import Spoil, spoil_bytes, spoil_lines, spoil_record, spoil_tensors
from small_study import small_study

from taskgraft.architecture import read_architectures
from taskgraft.data.sources import load, read_table, read_taxonomy
from taskgraft.errors import TaskgraftError
from taskgraft.file_writing import write_bytes
from taskgraft.probe import Probe, StageProbe
from taskgraft.study import (
    DIAGNOSIS,
    InferenceRecord,
    RunRecord,
    StudyRecord,
    TrialRecord,
    TuningRecord,
    read_flows,
    read_gallery,
    read_history,
    read_probes,
    read_record,
    read_split,
    record_content,
)
from taskgraft.taxonomy import Taxonomy
from taskgraft.training import SLOTS, Checkpoints
from taskgraft.training._checkpoint import Snapshot

SEED = 20_26
_MOST_SECONDS = 1.0
_MOST_BYTES = 200_000_000
_LONGEST_LINE = 4500

TREE = Taxonomy.from_names(
    ["kind", "animal"], [("pet", "cat"), ("pet", "dog"), ("wild", "fox"), ("wild", "owl")]
)
NESTED = {"pet": {"cat": {"siamese": None, "manx": None}, "dog": ["pug", "husky"]}, "car": ["van", "bus"]}
LEAVES = "kind,animal\npet,cat\npet,dog\nwild,fox\nwild,owl\n"
EDGES = "child,parent\ncat,pet\ndog,pet\nfox,wild\nowl,wild\npet,\nwild,\n"
TABLE = 'image,split,kind,animal\na/1.png,train,pet,cat\n"b,2.png",test,wild,"the ""owl"""\nc.png,val,pet,\n'
TOML = """
[[architecture]]
name = "late"
fork = {coarse = 1, fine = 3}

[[architecture.flow]]
from = "coarse"
to = "fine"
carries = "probs"
gradient = "stopped"

[[architecture]]
name = "other"
fork = "shared"
"""


@dataclass(frozen=True)
class Target:
    """A file with its reader: how it is spoilt, and how much of the work it gets."""

    name: str
    content: bytes
    spoil: Spoil
    read: Callable[[Path], object]
    share: float = 1.0


def _study(path: Path) -> object:
    request = read_record(path, StudyRecord).request
    return Taxonomy.from_dict(request.taxonomy), list(request.identities().values())


def _of_study(study: Path) -> list[Target]:
    run = study / "runs" / "shared-coarse-to-fine-seed0"
    read = Path.read_bytes
    inference = study / "inference.json"
    return [
        Target("study.json", read(study / "study.json"), spoil_record, _study, 3),
        Target(
            "result.json", read(run / "result.json"), spoil_record, lambda p: read_record(p, RunRecord), 3
        ),
        Target("inference.json", read(inference), spoil_record, lambda p: read_record(p, InferenceRecord)),
        *_of_search(study),
        Target(
            "history.jsonl",
            read(run / "history.jsonl"),
            spoil_lines,
            lambda p: read_history(p.parent, ("group", "colour")),
        ),
        Target(
            DIAGNOSIS,
            b"".join(_probe(step).model_dump_json().encode() + b"\n" for step in (5, 10)),
            spoil_lines,
            lambda p: read_probes(p.parent),
        ),
        Target(
            "predictions.safetensors",
            read(run / "predictions.safetensors"),
            spoil_tensors,
            lambda p: read_split(p.parent, ("group", "colour"), "test"),
            2,
        ),
        Target(
            "flows.safetensors",
            read(run / "flows.safetensors"),
            spoil_tensors,
            lambda p: read_flows(p.parent),
        ),
        Target(
            "gallery.safetensors",
            read(study / "gallery.safetensors"),
            spoil_tensors,
            lambda p: read_gallery(p.parent),
            0.5,
        ),
    ]


def _probe(step: int) -> Probe:
    pairs = ((1.0, -0.5), (-0.5, 1.0))
    stage = StageProbe(norms=(1.0, 2.0), cosines=pairs, conflicts=pairs, similarities=pairs)
    return Probe(
        step=step,
        epoch=step / 5,
        num_images=32,
        seconds=0.5,
        levels=("group", "colour"),
        stages=(stage, stage),
        affinities=pairs,
    )


def _of_search(study: Path) -> list[Target]:
    record = read_record(study / "study.json", StudyRecord)
    tuning = record_content(tuning_record(record.request.names))
    trial = record_content(trial_record(record))
    return [
        Target("tuning.json", tuning, spoil_record, lambda p: read_record(p, TuningRecord)),
        Target("trial.json", trial, spoil_record, lambda p: read_record(p, TrialRecord)),
    ]


def _checkpoint(folder: Path) -> Target:
    tensors = {"w": torch.arange(12.0).reshape(3, 4), "m": torch.zeros(2, dtype=torch.int64)}
    Checkpoints(folder, "f", write_bytes).save(Snapshot(tensors, {"step": 3, "history": []}))
    content = (folder / SLOTS[0]).read_bytes()
    (folder / SLOTS[0]).unlink()
    return Target(
        SLOTS[0],
        content,
        spoil_tensors,
        lambda p: list(Checkpoints(p.parent, "f", write_bytes).snapshots(lambda _: None)),
    )


def _archive() -> bytes:
    stream = io.BytesIO()
    records = b"".join(bytes([k // 2, k]) + bytes(3072) for k in range(4))
    files = {
        "coarse_label_names.txt": b"a\nb\n",
        "fine_label_names.txt": b"p\nq\nr\ns\n",
        "train.bin": records * 5,
        "test.bin": records,
    }
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-100-binary/{name}")
            member.size, member.pax_headers = len(content), {"comment": "x" * 40}
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _spoil_headers(content: bytes, rng: random.Random) -> bytes:
    """Changes within the 512 bytes before a file, where a tar archive says what follows."""
    start = rng.choice([i for i in range(0, len(content), 512) if content[i + 257 : i + 262] == b"ustar"])
    header = bytearray(content[start : start + 1536])
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(header))
        header[place : place + 1] = rng.choice((b"\x00", b"7", b"L", b"x", b"S", b"\xff", b"=", b"\n"))
    # A sum that holds lets the change through to what reads it.
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return content[:start] + bytes(header) + content[start + 1536 :]


def targets(folder: Path) -> list[Target]:
    """Every kind of file that is read from strangers."""
    study = small_study(folder / "study")
    (folder / "c").mkdir()
    text = spoil_bytes
    return [
        *_of_study(study.directory),
        _checkpoint(folder / "c"),
        Target("t.json", json.dumps(TREE.to_dict()).encode(), spoil_record, read_taxonomy, 2),
        Target("nested.json", json.dumps(NESTED).encode(), spoil_record, read_taxonomy, 2),
        Target("leaves.csv", LEAVES.encode(), text, read_taxonomy),
        Target("edges.csv", EDGES.encode(), text, read_taxonomy),
        Target("a.toml", TOML.encode(), text, lambda p: read_architectures(p, ("coarse", "fine"), 3), 2),
        Target("t.csv", TABLE.encode(), text, lambda p: read_table(p, ["kind", "animal"])),
        Target("c.tar", _archive(), _spoil_headers, lambda p: load("cifar100", data_dir=p), 0.5),
    ]


def _fuzz(target: Target, folder: Path, num_records: int, rng: random.Random) -> tuple[int, float]:
    """Reads spoilt files; how many were refused, and the longest that one took."""
    folder.mkdir()
    path, num_refused, longest = folder / target.name, 0, 0.0
    for number in range(num_records):
        content = target.spoil(target.content, rng)
        path.write_bytes(content)
        started = time.process_time()
        try:
            target.read(path)
        except TaskgraftError as error:
            num_refused += 1
            message = str(error)
            assert "\n" not in message, (number, message[:300])
            assert len(message) < _LONGEST_LINE, (number, message[:300])
        except BaseException as error:
            kept = folder.parent / f"escaped-{target.name}"
            kept.write_bytes(content)
            pytest.fail(f"{target.name} number {number}: {type(error).__name__}: {error!s:.300}; see {kept}")
        longest = max(longest, time.process_time() - started)
    return num_refused, longest


def _fuzz_all(folder: Path, num_records: int) -> str:
    every = targets(folder)
    shares = sum(target.share for target in every)
    before, started, done, refused = _peak_bytes(), time.perf_counter(), 0, 0
    for target in every:
        own = math.ceil(num_records * target.share / shares)
        rng = random.Random(f"{SEED} {target.name}")
        num_refused, longest = _fuzz(target, folder / f"of-{target.name}", own, rng)
        assert longest < _MOST_SECONDS, (target.name, longest)
        # A spoiler that spoils nothing, or a reader that reads nothing, would find no fault either.
        assert num_refused > own * 0.02 or target.name.startswith(("gallery", "checkpoint")), target.name
        done, refused = done + own, refused + num_refused
    grown = _peak_bytes() - before
    assert grown < _MOST_BYTES
    rate = done / (time.perf_counter() - started)
    return (
        f"torture: fuzz: {done:,} spoilt files of {len(every)} kinds, {refused:,} refused with one line, "
        f"none by another exception; {rate:,.0f} a second, peak memory grew by {grown / 1e6:.0f} MB"
    )


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_what_is_spoilt_is_read_or_refused(tmp_path: Path) -> None:
    print(_fuzz_all(tmp_path, 2_000))


@pytest.mark.torture
def test_a_hundred_thousand_of_them(tmp_path: Path) -> None:
    print(_fuzz_all(tmp_path, 100_000))
