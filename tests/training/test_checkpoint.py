"""Checkpoints that are torn, changed, foreign or forged are told of and not believed."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from cut_off import Cut, Watching, check_same, checkpoints, go, short
from safetensors import safe_open
from safetensors.torch import save_file

from taskgraft.data import Dataset
from taskgraft.history import Epoch
from taskgraft.network import Network
from taskgraft.recipe import Recipe
from taskgraft.recipe._recipes import original
from taskgraft.training import SLOTS, Checkpoints
from taskgraft.training._checkpoint import Snapshot


def test_momenta_come_back_in_their_layout(tiny_data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(Cut):
        go(tiny_data, short(original()), "shared", checkpoints(tmp_path), Watching(3))
    (snapshot, *_) = checkpoints(tmp_path).snapshots(print)
    maps = [
        tensor
        for name, tensor in snapshot.tensors.items()
        if tensor.ndim == 4 and name.startswith("optimizer.")
    ]
    assert maps
    assert all(tensor.is_contiguous(memory_format=torch.channels_last) for tensor in maps)
    assert not all(tensor.is_contiguous() for tensor in maps)


def broken(folder: Path, slot: str, damage: Callable[[bytes], bytes]) -> None:
    path = folder / slot
    path.write_bytes(damage(path.read_bytes()))


def flipped(content: bytes, place: float) -> bytes:
    at = min(int(len(content) * place), len(content) - 1)
    return content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    **{f"cut at {n} %": lambda c, n=n: c[: len(c) * n // 100] for n in (0, 1, 10, 50, 99)},  # type: ignore[misc]
    **{f"a bit flipped at {n} %": lambda c, n=n: flipped(c, n / 100) for n in (30, 60, 80, 100)},  # type: ignore[misc]
    "zeros": lambda c: bytes(len(c)),
    "longer": lambda c: c + b"\0",
    "an enormous header": lambda c: struct.pack("<Q", 2**62) + c[8:],
    "text": lambda c: b"weights",
}


@pytest.fixture(scope="module")
def untouched(tiny_data: Dataset, tiny_recipe: Recipe) -> tuple[Network, list[Epoch]]:
    """The run that was never cut off."""
    return go(tiny_data, tiny_recipe, "shared", None)


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory, tiny_data: Dataset, tiny_recipe: Recipe) -> Path:
    """Checkpoints behind steps 6 and 7; the newer one in the first slot."""
    folder = tmp_path_factory.mktemp("cut-off")
    with pytest.raises(Cut):
        go(tiny_data, tiny_recipe, "shared", checkpoints(folder), Watching(7))
    return folder


def copied(source: Path, target: Path) -> Path:
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def newest(folder: Path) -> str:
    (first, *_) = checkpoints(folder).snapshots(print)
    return next(
        name for name in SLOTS if json.loads(_metadata(folder / name)["facts"])["step"] == first.facts["step"]
    )


def _metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_told_of_and_the_one_before_taken(
    damage: str,
    cut_off: Path,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    untouched: tuple[Network, list[Epoch]],
) -> None:
    copied(cut_off, tmp_path)
    name = newest(tmp_path)
    broken(tmp_path, name, DAMAGES[damage])
    watching = Watching()
    resumed = go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path), watching)
    assert watching.resumed == [6]
    assert len(watching.notes) == 1
    assert f"{name} is damaged, and not used." in watching.notes[0]
    check_same(resumed, untouched)


def test_the_good_one_is_spared_while_the_damaged_is_overwritten(cut_off: Path, tmp_path: Path) -> None:
    copied(cut_off, tmp_path)
    name = newest(tmp_path)
    good = next(slot for slot in SLOTS if slot != name)
    before = (tmp_path / good).read_bytes()
    broken(tmp_path, name, lambda content: content[:100])
    kept = checkpoints(tmp_path)
    kept.save(next(iter(kept.snapshots(print))))
    assert (tmp_path / good).read_bytes() == before
    assert len(list(checkpoints(tmp_path).snapshots(print))) == 2


def test_without_any_good_one_the_run_begins_again(
    cut_off: Path,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    untouched: tuple[Network, list[Epoch]],
) -> None:
    copied(cut_off, tmp_path)
    for name in SLOTS:
        broken(tmp_path, name, lambda content: content[:-1])
    watching = Watching()
    again = go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path), watching)
    assert (watching.resumed, len(watching.notes), len(watching.steps)) == ([], 2, 10)
    check_same(again, untouched)


def test_a_checkpoint_of_something_else_is_not_taken(
    cut_off: Path, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    copied(cut_off, tmp_path)
    watching = Watching()
    go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path, "another"), watching)
    assert watching.resumed == []
    assert all("of another request, machine, version or number of threads" in note for note in watching.notes)
    assert len(watching.notes) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"network.pixel_mean": None},
        {"losses": None},
        {"random.cpu": torch.zeros(3, dtype=torch.uint8)},
        {"losses": torch.zeros(7)},
        {"optimizer.all.0.momentum_buffer": torch.zeros(5, 5)},
        {"optimizer.all.77.momentum_buffer": torch.zeros(5)},
        {"optimizer.other.0.x": torch.zeros(5)},
        {"optimizer.x": torch.zeros(5)},
        {"unheard.of": torch.zeros(1)},
        {"step": -1},
        {"step": 11},
        {"step": 10**30},
        {"step": 9, "history": []},
        {"history": [{}]},
        {"seconds": "long"},
    ],
)
def test_one_that_does_not_fit_is_refused_though_its_seal_holds(
    change: dict[str, object],
    cut_off: Path,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    untouched: tuple[Network, list[Epoch]],
) -> None:
    """As someone would make it who knows how; the run begins again, with the bits it always has."""
    kept = checkpoints(tmp_path)
    snapshot = next(iter(checkpoints(cut_off).snapshots(print)))
    for name, value in change.items():
        if value is None:
            del snapshot.tensors[name]
        elif isinstance(value, torch.Tensor):
            snapshot.tensors[name] = value
        else:
            snapshot.facts[name] = value
    kept.save(snapshot)
    watching = Watching()
    again = go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path), watching)
    assert watching.resumed == []
    assert len(watching.notes) == 1
    assert "and is not used" in watching.notes[0]
    check_same(again, untouched)


def test_links_and_folders_are_no_checkpoints(cut_off: Path, tmp_path: Path) -> None:
    (tmp_path / SLOTS[0]).symlink_to(cut_off / SLOTS[0])
    (tmp_path / SLOTS[1]).mkdir()
    notes: list[str] = []
    assert list(checkpoints(tmp_path).snapshots(notes.append)) == []
    assert len(notes) == 2


def test_a_safetensors_file_of_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / SLOTS[0])
    notes: list[str] = []
    assert list(checkpoints(tmp_path).snapshots(notes.append)) == []
    assert len(notes) == 1


def test_saving_never_takes_more_than_its_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.perf_counter", lambda: now)
    kept = Checkpoints(tmp_path, "this", lambda path, content: None, interval_seconds=120, most_share=0.01)
    kept.save_seconds = 2.0
    due: dict[tuple[float, bool], bool] = {}
    for now in (1.0, 119.0, 121.0, 199.0, 201.0):
        due.update({(now, ended): kept.is_due(epoch_ended=ended) for ended in (True, False)})
    assert [seconds for (seconds, _), is_due in due.items() if is_due] == [201.0, 201.0]
    kept.save_seconds = 0.1
    now = 11.0
    assert kept.is_due(epoch_ended=True)
    assert not kept.is_due(epoch_ended=False)
    now = 121.0
    assert kept.is_due(epoch_ended=False)


def test_a_panic_for_want_of_memory_while_saving_is_a_lack_of_memory(tmp_path: Path) -> None:
    class PanicException(BaseException):
        pass

    snapshot = Snapshot({"a": torch.ones(2)}, {"step": 1, "history": []})
    with (
        patch("taskgraft.training._checkpoint.save", side_effect=PanicException("PyObject pointer is null")),
        pytest.raises(MemoryError, match="no room for a checkpoint"),
    ):
        checkpoints(tmp_path).save(snapshot)
    with (
        patch("taskgraft.training._checkpoint.save", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        checkpoints(tmp_path).save(snapshot)
    assert list(tmp_path.iterdir()) == []
