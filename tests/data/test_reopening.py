"""A folder opened again: the same data without a look into it, and every change is noticed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from taskgraft.data import Dataset
from taskgraft.data.sources import _reopening as reopening
from taskgraft.data.sources import _sources as sources
from taskgraft.data.sources import load, read_folder
from taskgraft.data.sources._to_dataset import to_dataset
from taskgraft.errors import TaskgraftError

CLASSES = ("fruit/apple", "fruit/pear", "tool/saw", "tool/axe")


def draw(path: Path, grey: int) -> None:
    """A small picture whose file is as long as any other one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((16, 16, 3), grey, np.uint8)).save(path, "BMP")


@pytest.fixture
def zoo(tmp_path, monkeypatch) -> Path:
    """Four classes of five pictures; whatever stands on the disk when they are opened counts as settled."""
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(reopening, "SETTLED_SECONDS", 0.0)
    return fill(tmp_path / "zoo")


def fill(root: Path) -> Path:
    for number, name in enumerate(CLASSES):
        for k in range(5):
            draw(root / name / f"{k}.bmp", 40 * number + k)
    return root


@pytest.fixture
def readings(monkeypatch) -> list[Path]:
    """Every folder that was looked through."""
    calls: list[Path] = []
    original = sources.without_pictures

    def counting(samples, exclude):
        calls.append(Path(samples.source))
        return original(samples, exclude)

    monkeypatch.setattr(sources, "without_pictures", counting)
    return calls


def facts(data: Dataset) -> tuple[object, ...]:
    """Everything that a dataset is."""
    indices = {split: part.tolist() for split, part in data.indices.items()}
    labels = (data.labels.tolist(), data.labels.dtype, data.taxonomy, data.only_classes, data.lost)
    names = None if data.names is None else [*data.names]
    return data.digest(), data.image_digest, indices, *labels, names, data.provenance, data.needs


def as_it_is(root: Path, **options: object) -> tuple[object, ...]:
    """The folder, read without any manifest."""
    return facts(to_dataset(read_folder(root), **options))


def overwrite(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:  # neither the folder nor the number of the file changes
        file.write(content)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a picture added": lambda root: draw(root / "tool/axe/9.bmp", 201),
    "a picture removed": lambda root: (root / "tool/axe/3.bmp").unlink(),
    "a picture renamed": lambda root: (root / "tool/axe/3.bmp").rename(root / "tool/axe/7.bmp"),
    "a picture moved": lambda root: (root / "tool/axe/3.bmp").rename(root / "tool/saw/7.bmp"),
    "overwritten in place": lambda root: overwrite(
        root / "tool/axe/3.bmp", (root / "fruit/pear/0.bmp").read_bytes()
    ),
    "replaced": lambda root: (
        draw(root.parent / "other.bmp", 202),
        (root.parent / "other.bmp").replace(root / "tool/axe/3.bmp"),
    ),
    "two names swapped": lambda root: (
        (root / "tool/axe/3.bmp").rename(root.parent / "aside"),
        (root / "fruit/pear/0.bmp").rename(root / "tool/axe/3.bmp"),
        (root.parent / "aside").rename(root / "fruit/pear/0.bmp"),
    ),
    "a class added": lambda root: draw(root / "tool/plane/0.bmp", 203),
    "a class renamed": lambda root: (root / "tool/axe").rename(root / "tool/adze"),
    "a class moved": lambda root: (root / "tool/axe").rename(root / "fruit/axe"),
    "a file that is no picture": lambda root: (root / "tool/axe/notes.txt").write_text("sharp"),
    "an empty folder": lambda root: (root / "tool/none").mkdir(),
    "a hidden picture": lambda root: draw(root / "tool/.trash.bmp", 204),
    "a taxonomy": lambda root: (root / "taxonomy.json").write_text(
        '{"tool": ["saw", "axe"], "fruit": ["pear", "apple"]}'
    ),
    "the whole folder replaced": lambda root: (
        root.rename(root.parent / "aside"),
        [draw(root / name / f"{k}.bmp", 99 + k) for name in CLASSES for k in range(5)],
    ),
}


def test_a_second_opening_gives_the_same_data_without_a_look_into_the_folder(zoo, readings):
    options = {"size": 16, "val_fraction": 0.25, "limit": 12, "exclude": "4.bmp"}
    first = load(zoo, **options)
    again = load(zoo, **options)
    assert len(readings) == 1
    assert facts(again) == facts(first)
    assert again.origin == first.origin
    assert [*again.provenance.notes] == [*first.provenance.notes]


def test_data_to_judge_a_model_on_is_opened_again_as_it_was(zoo, readings):
    first = load(zoo, test_fraction=None)
    assert facts(load(zoo, test_fraction=None)) == facts(first)
    assert len(readings) == 1
    assert first.needs == ()


@pytest.mark.parametrize("options", [{"val_fraction": 0.3}, {"levels": "kind,thing"}, {"limit": 8}])
def test_other_options_are_another_opening(zoo, readings, options):
    load(zoo)
    assert facts(load(zoo, **options)) != facts(load(zoo))
    assert len(readings) == 2


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(zoo, readings, change):
    load(zoo)
    CHANGES[change](zoo)
    assert facts(load(zoo)) == as_it_is(zoo)
    assert len(readings) == 2, "the folder was not read"
    load(zoo)
    assert len(readings) == 2, "what was read is not remembered"


def test_a_changed_taxonomy_outside_the_folder_is_noticed(zoo, readings, tmp_path):
    taxonomy = tmp_path / "tree.json"
    taxonomy.write_text('{"tool": ["saw", "axe"], "fruit": ["pear", "apple"]}')
    first = load(zoo, taxonomy=taxonomy)
    assert load(zoo, taxonomy=taxonomy).taxonomy == first.taxonomy
    assert len(readings) == 1
    taxonomy.write_text('{"fruit": ["apple", "pear"], "tool": ["axe", "saw"]}')
    assert load(zoo, taxonomy=taxonomy).taxonomy.levels[0].classes == ("fruit", "tool")


def outcome(read: Callable[[], tuple[object, ...]]) -> tuple[object, ...]:
    try:
        return read()
    except TaskgraftError as error:
        return (str(error),)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted({*CHANGES} - {"the whole folder replaced"})), max_size=4, unique=True))
def test_any_changes_one_after_another_are_noticed(zoo, changes):
    with tempfile.TemporaryDirectory(dir=zoo.parent) as folder:
        root = fill(Path(folder) / "zoo")
        for change in changes:
            try:
                CHANGES[change](root)
            except OSError:
                continue  # what it would change is not where it was
            reference = outcome(lambda: as_it_is(root))
            assert outcome(lambda: facts(load(root))) == reference
            assert outcome(lambda: facts(load(root))) == reference


def test_a_picture_that_cannot_be_read_is_tried_again(zoo, readings):
    (zoo / "tool/axe/3.bmp").write_bytes(b"BM no picture")
    for _ in range(2):
        assert len(load(zoo, on_bad_image="skip").provenance.skipped) == 1
    assert len(readings) == 2


@pytest.mark.parametrize("link", ["tool/axe/link.bmp", "tool/spade"])
def test_folders_with_links_are_read_each_time(zoo, readings, tmp_path, link):
    draw(tmp_path / "elsewhere/8.bmp", 205)
    (zoo / link).symlink_to(tmp_path / ("elsewhere/8.bmp" if link.endswith("bmp") else "elsewhere"))
    load(zoo)
    draw(tmp_path / "elsewhere/8.bmp", 206)
    assert facts(load(zoo)) == as_it_is(zoo)
    assert len(readings) == 2


def test_what_changes_while_it_is_read_is_not_remembered(zoo, readings, monkeypatch):
    original = sources.to_dataset

    def slow(samples, **options):
        data = original(samples, **options)
        draw(zoo / "tool/axe/9.bmp", 207)
        return data

    with monkeypatch.context() as patch:
        patch.setattr(sources, "to_dataset", slow)
        load(zoo)
    assert facts(load(zoo)) == as_it_is(zoo)
    assert len(readings) == 2


def test_files_that_have_just_been_written_are_read_again(zoo, readings, tmp_path, monkeypatch):
    # However long this machine took to write them.
    monkeypatch.setattr(reopening, "SETTLED_SECONDS", 3600.0)
    load(zoo)
    load(zoo)
    assert len(readings) == 2
    assert not [*(tmp_path / "cache/images").glob("folder-*.npz")]


def test_a_manifest_or_a_store_that_is_spoilt_gives_the_same_data(zoo, readings, tmp_path):
    first = facts(load(zoo))
    (manifest,) = (tmp_path / "cache/images").glob("folder-*.npz")
    whole = manifest.read_bytes()
    flipped = (whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(0, len(whole), 997))
    spoilt = [b"", whole[:40], whole[:-1], *flipped]
    for number, content in enumerate(spoilt, start=2):
        manifest.write_bytes(content)
        assert facts(load(zoo)) == first
        assert len(readings) == number
    (store,) = (tmp_path / "cache/images").glob("*.images")
    store.with_suffix(".json").unlink()
    assert facts(load(zoo)) == first
    assert len(readings) == len(spoilt) + 2


def test_a_manifest_of_another_folder_is_not_believed(zoo, readings, tmp_path):
    load(zoo)
    (one,) = (tmp_path / "cache/images").glob("folder-*.npz")
    load(zoo, val_fraction=0.3)
    (other,) = {*(tmp_path / "cache/images").glob("folder-*.npz")} - {one}
    other.write_bytes(one.read_bytes())
    assert facts(load(zoo, val_fraction=0.3)) == as_it_is(zoo, val_fraction=0.3)
