"""Tiny runs of every recipe, and the numbers they gave when they were recorded in `golden.json`.

    .venv/bin/python tests/training/golden_runs.py

records them on this machine, beside what other machines recorded. It refuses where numbers changed and
`taskgraft.numerics.NUMERICS` was not raised.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays
from taskgraft.execution import describe_environment
from taskgraft.hardware import Hardware
from taskgraft.inference import predict_logits
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import TimmTrunkSpec, recipe
from taskgraft.scores import score
from taskgraft.training import train

GOLDEN = Path(__file__).with_name("golden.json")
SOURCE = "src/taskgraft/numerics.py"
COMMAND = ".venv/bin/python tests/training/golden_runs.py"

Numbers = dict[str, Any]

# How far the losses of each step may be from those of another machine, as a share of them. Its sums run in
# another order: SGD hardly minds, Muon makes a full step of a direction that is nothing but rounding, Adam of
# each such number. Steps beyond these are compared to the bit alone, where the machine recorded them itself.
_SGD = (1e-5, 1e-5, 1e-5)
# Where the hardware lacks bf16, Muon turns in f32: its second step is the first that shows it.
_MUON = (2e-5, 1e-2, 0.1)
_ADAM = (2e-5, 3e-2)
_BF16 = (5e-3, 2e-2, 0.1)


@dataclass(frozen=True)
class GoldenRun:
    """A run of three steps.

    Attributes:
        recipe: Name of the recipe, whose network is trained as it is.
        tolerances: Of the first steps, on another machine.
        architecture: Name of the architecture.
        batch_size: Images a step, and in the train split: every epoch is one step, whose losses its row has.
        precision: What is multiplied.
        trunk: One of timm's networks in place of the recipe's, with the weights that the seed draws.
        changes: Values of the recipe that it had when the run was recorded, by their key paths.
    """

    recipe: str
    tolerances: tuple[float, ...]
    architecture: str = "shared-coarse-to-fine"
    batch_size: int = 8
    precision: Any = "f32"
    trunk: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


RUNS = {
    "original": GoldenRun("original", _ADAM),
    "fast": GoldenRun("fast", _MUON),
    "compact": GoldenRun("compact", _MUON),
    "accurate": GoldenRun("accurate", _MUON),
    "quick": GoldenRun("quick", _SGD),
    "quick, separate trunks": GoldenRun("quick", _SGD, "fine-to-coarse"),
    # From 64 images on, 3x3 convolutions of small maps take a path of their own.
    "quick, batches of 64": GoldenRun("quick", _SGD, batch_size=64),
    "quick, bf16": GoldenRun("quick", _BF16, precision="bf16"),
    "finetune": GoldenRun(
        "finetune",
        _ADAM,
        trunk="test_efficientnet",
        changes={
            "network.branch.fc_2": [256],
            "warmup_ratio": 0.1,
            "trunk_rate_ratio": 0.1,
            "augmentation.min_area_ratio": 0.5,
        },
    ),
    "finetune, linear heads": GoldenRun("finetune", _ADAM, trunk="test_efficientnet"),
}


def compute(run: GoldenRun) -> Numbers:
    """What a run gives: losses of every step, digests of weights and test logits, scores on test."""
    torch.set_num_threads(1)
    data = golden_data(run.batch_size)
    hardware = Hardware("cpu", run.precision, channels_last=True, num_threads=1)
    short = recipe(run.recipe, dict(run.changes)).model_copy(
        update={"batch_size": run.batch_size, "epochs": 3.0}
    )
    if run.trunk is not None:
        # One step of three leaves even these as they are.
        spec = TimmTrunkSpec(backbone=run.trunk, drop_path=0.1)
        network_spec = short.network.model_copy(update={"trunk": spec})
        short = short.model_copy(update={"network": network_spec, "frozen_ratio": 0.34})
    architecture = catalogue(data.taxonomy.level_names)[run.architecture]
    network, history = train(architecture, data, short, 0, hardware)
    logits = predict_logits(network, data, "test", hardware, flip=short.test_time_flip)
    weights = [parameter.detach().contiguous().numpy() for parameter in network.parameters()]
    return {
        "losses": [list(row.train_losses.values()) for row in history],
        # Sorted by content: what a layer is called decides no number.
        "weights": _digest(sorted(map(_content, weights))),
        "logits": _digest(map(_content, logits)),
        "scores": score(logits, data.labels_of("test"), data.taxonomy),
    }


def golden_data(num_train: int) -> Dataset:
    """Images of 32 x 32, 8 for val and 16 for test, which no generator draws: the same for ever."""
    total = num_train + 24
    mixed = np.arange(total * 3 * 32 * 32, dtype=np.uint64) * np.uint64(2654435761)
    mixed = (mixed ^ (mixed >> np.uint64(15))) * np.uint64(2246822519) >> np.uint64(13)
    fine = np.arange(total) % 6
    images = (mixed % np.uint64(160)).astype(np.int64).reshape(total, 3, 32, 32) + 16 * fine[
        :, None, None, None
    ]
    positions = np.arange(total)
    return from_arrays(
        images.astype(np.uint8),
        {"kind": (fine // 2).tolist(), "thing": fine.tolist()},
        val=positions[num_train : num_train + 8],
        test=positions[num_train + 8 :],
    )


def this_machine() -> dict[str, str]:
    """What decides the last bits of a number, our own code apart."""
    environment = describe_environment(Hardware("cpu", "f32", channels_last=True, num_threads=1))
    versions = {name: environment.versions[name] for name in ("torch", "numpy", "scipy")}
    processor = f"{environment.processor}{_revision()}"
    return {**versions, "cpu_capability": environment.cpu_capability, "processor": processor}


def changes(run: GoldenRun, old: Numbers, new: Numbers, *, to_the_bit: bool) -> Iterator[str]:
    """What is no longer as recorded, a line for each; of another machine's numbers, the losses alone."""
    pairs = list(zip(old["losses"], new["losses"], strict=True))
    if to_the_bit:
        is_same = old["losses"] == new["losses"]
    else:
        is_same = all(
            np.allclose(after, before, rtol=tolerance, atol=0)
            for tolerance, (before, after) in zip(run.tolerances, pairs, strict=False)
        )
    if not is_same:
        yield f"losses were {old['losses']}, and are {new['losses']}"
    if to_the_bit:
        yield from (f"{name} are others" for name in ("weights", "logits") if old[name] != new[name])
    # Of other logits, other scores say nothing new.
    if to_the_bit and old["logits"] == new["logits"]:
        for name, value in old["scores"].items():
            if new["scores"].get(name) != value:
                yield f"{name} was {value}, and is {new['scores'].get(name)}"


def compare(name: str, new: Numbers, records: Iterable[Numbers], machine: dict[str, str]) -> list[str] | None:
    """What changed in a run since machines recorded it; None where none of them did."""
    records = [record for record in records if name in record["runs"]]
    if not records:
        return None
    return [
        f"{name}: {line}"
        for record in records
        for line in changes(RUNS[name], record["runs"][name], new, to_the_bit=record["machine"] == machine)
    ]


def record(golden: Numbers | None, runs: dict[str, Numbers], machine: dict[str, str]) -> Numbers:
    """`golden.json` with what this machine computes now; nothing stays of older numerics.

    Raises:
        ValueError: If numbers changed and NUMERICS was not raised, or was lowered.
    """
    golden = golden or {"numerics": 0, "records": []}
    if golden["numerics"] > NUMERICS:
        raise ValueError(
            f"Expected NUMERICS to be {golden['numerics']} or more, but got {NUMERICS}. Never lower it."
        )
    kept = golden["records"] if golden["numerics"] == NUMERICS else []
    changed = [line for name, new in runs.items() for line in compare(name, new, kept, machine) or ()]
    if changed:
        raise ValueError(
            "\n".join([*changed, f"Nothing is recorded: raise NUMERICS in {SOURCE} from {NUMERICS} first."])
        )
    others = [each for each in kept if each["machine"] != machine]
    return {"numerics": NUMERICS, "records": [*others, {"machine": machine, "runs": runs}]}


def read_golden() -> Numbers:
    """What `golden.json` holds: the numerics, and for each machine the numbers of every run."""
    content: Numbers = json.loads(GOLDEN.read_text())
    return content


def _revision() -> str:
    """Which processor of its name it is, where Linux says so: virtual machines call all of them alike."""
    path = Path("/proc/cpuinfo")
    text = path.read_text() if path.exists() else ""
    fields = ("cpu family", "model", "stepping")
    matches = [re.search(rf"^{name}\s*:\s*(\d+)", text, re.MULTILINE) for name in fields]
    return "".join(f", {name} {match[1]}" for name, match in zip(fields, matches, strict=True) if match)


def _content(array: npt.NDArray[np.float32]) -> bytes:
    return f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes()


def _digest(contents: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    return digest.hexdigest()


def main() -> None:
    """Records every run."""
    golden = read_golden() if GOLDEN.exists() else None
    runs = {name: compute(run) for name, run in RUNS.items()}
    try:
        content = record(golden, runs, this_machine())
    except ValueError as error:
        sys.exit(str(error))
    GOLDEN.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
