from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from taskgraft.data import Dataset
from taskgraft.data.files import _download as download
from taskgraft.data.sources import _cifar100 as cifar100
from taskgraft.errors import DataError, RequestError, TaskgraftError

RECORD = 3074
MEMBERS = ("coarse_label_names.txt", "fine_label_names.txt", "test.bin", "train.bin")


def pack(folder: Path, archive: Path, *, names: tuple[str, ...] = MEMBERS, prefix: str = "") -> Path:
    """Packs files of an extracted folder; the kind of archive follows from its name."""
    kind = {".gz": "w:gz", ".xz": "w:xz", ".tar": "w"}[archive.suffix]
    with tarfile.open(archive, kind) as tar:
        for name in names:
            tar.add(folder / name, arcname=f"{prefix}cifar-100-binary/{name}")
    return archive


def set_byte(path: Path, position: int, value: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] = value
    path.write_bytes(content)


def refusal(place: Path, kind: type[TaskgraftError] = DataError) -> str:
    with pytest.raises(kind) as caught:
        cifar100.load(place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def loaded(tiny_cifar: Path) -> Dataset:
    return cifar100.load(tiny_cifar, val_fraction=0.1)


def test_records_become_images_and_labels(tiny_cifar: Path, loaded: Dataset) -> None:
    raw = b"".join((tiny_cifar / name).read_bytes() for name in ("train.bin", "test.bin"))
    records = np.frombuffer(raw, np.uint8).reshape(-1, RECORD)
    assert np.array_equal(loaded.labels, records[:, :2])
    assert np.array_equal(loaded.images, records[:, 2:].reshape(180, 3, 32, 32))
    assert loaded.images.base is None, "the images are held by one array of their own"


def test_the_files_give_levels_names_parents_and_splits(loaded: Dataset) -> None:
    assert loaded.taxonomy.level_names == ("coarse", "fine")
    assert loaded.taxonomy.levels[0].classes == ("fish", "flowers", "trees")
    assert loaded.taxonomy.levels[1].classes == ("ray", "shark", "orchid", "rose", "maple", "oak")
    assert loaded.taxonomy.parents == ((0, 0, 1, 1, 2, 2),)
    assert loaded.num_images == {"train": 108, "val": 12, "test": 60}
    assert loaded.indices["test"].tolist() == list(range(120, 180))


def test_limit_and_val_fraction_are_passed_on(tiny_cifar: Path) -> None:
    data = cifar100.load(tiny_cifar, val_fraction=0.5, limit=24)
    assert data.num_images == {"train": 12, "val": 12, "test": 24}


@pytest.mark.parametrize(
    "name", ["cifar-100-binary.tar.gz", "cifar-100-binary.tar.xz", "cifar-100-binary.tar"]
)
@pytest.mark.parametrize("as_folder", [True, False], ids=["folder", "archive"])
def test_archives_are_read_as_they_are(
    tiny_cifar: Path, loaded: Dataset, tmp_path: Path, name: str, as_folder: bool
) -> None:
    holder = tmp_path / "downloads"
    holder.mkdir()
    archive = pack(tiny_cifar, holder / name)
    data = cifar100.load(holder if as_folder else archive)
    assert data.digest() == loaded.digest()
    assert data.provenance.split == "unofficial split"
    assert list(holder.iterdir()) == [archive], "nothing is extracted"


@pytest.mark.parametrize("names", [MEMBERS, MEMBERS[::-1]], ids=["test first", "train first"])
@pytest.mark.parametrize("prefix", ["", "./"])
def test_members_may_come_in_any_order(
    tiny_cifar: Path, loaded: Dataset, tmp_path: Path, names: tuple[str, ...], prefix: str
) -> None:
    archive = pack(tiny_cifar, tmp_path / "any-name.tar.gz", names=names, prefix=prefix)
    assert cifar100.load(archive).digest() == loaded.digest()


def test_the_folder_around_is_enough(tiny_cifar: Path, loaded: Dataset) -> None:
    assert cifar100.load(tiny_cifar.parent).digest() == loaded.digest()


def test_a_renamed_folder_is_known_by_its_files(tiny_cifar: Path, loaded: Dataset, tmp_path: Path) -> None:
    assert cifar100.load(tiny_cifar.rename(tmp_path / "mine")).digest() == loaded.digest()


def test_a_folder_is_never_called_official(loaded: Dataset) -> None:
    assert loaded.provenance.split == "unofficial split (unverified)"
    assert not loaded.provenance.is_official


def test_the_published_archive_is_called_official(
    tiny_cifar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(tiny_cifar, tmp_path / "a.tar.gz")
    monkeypatch.setattr(cifar100, "KNOWN_HASH", "md5:" + hashlib.md5(archive.read_bytes()).hexdigest())
    provenance = cifar100.load(archive).provenance
    assert (provenance.split, provenance.is_official) == ("official split", True)


def test_without_a_folder_the_published_archive_is_fetched(
    tiny_cifar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, requested = pack(tiny_cifar, tmp_path / "a.tar.gz"), []

    def fetch(url: str, known_hash: str, *, subdir: str) -> Path:
        requested.append((url, known_hash, subdir))
        return archive

    monkeypatch.setattr(download, "fetch", fetch)
    assert cifar100.load().num_images["test"] == 60
    assert requested == [
        (
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            "md5:03b5dce01913d631647c71ecec9e9cb8",
            "cifar100",
        )
    ]


def test_nothing_there_is_told_where_to_get_it(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere", RequestError)
    assert "nowhere to be CIFAR-100's archive or a folder that holds cifar-100-binary.tar.gz" in message
    assert "but got 'no such file or folder'" in message
    assert "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz" in message
    assert "but got 'a folder without it'" in refusal(tmp_path, RequestError)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_file_is_named(tiny_cifar: Path, name: str) -> None:
    (tiny_cifar / name).unlink()
    message = refusal(tiny_cifar)
    assert f"No such file or directory: {tiny_cifar / name}" in message


@pytest.mark.parametrize("name", MEMBERS)
def test_a_file_that_cannot_be_opened_is_named(tiny_cifar: Path, name: str) -> None:
    (tiny_cifar / name).unlink()
    (tiny_cifar / name).mkdir()
    assert f"Is a directory: {tiny_cifar / name}" in refusal(tiny_cifar)


def test_a_file_without_permission_is_named(tiny_cifar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by chmod: the superuser, as whom CI runs, may read anything.
    real_open = Path.open

    def guarded(path: Path, *args: object, **kwargs: object) -> object:
        if path.name == "test.bin":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    assert f"Permission denied: {tiny_cifar / 'test.bin'}" in refusal(tiny_cifar)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_member_is_named(tiny_cifar: Path, tmp_path: Path, name: str) -> None:
    archive = pack(tiny_cifar, tmp_path / "a.tar", names=tuple(m for m in MEMBERS if m != name))
    assert f"but got 'one without {name}'" in refusal(archive)


def test_a_member_that_is_no_regular_file_counts_as_missing(tiny_cifar: Path, tmp_path: Path) -> None:
    (tiny_cifar / "train.bin").unlink()
    (tiny_cifar / "train.bin").symlink_to("/etc/passwd")
    assert "one without train.bin" in refusal(pack(tiny_cifar, tmp_path / "a.tar"))


def test_members_elsewhere_in_the_archive_are_not_taken(tiny_cifar: Path, tmp_path: Path) -> None:
    archive = pack(tiny_cifar, tmp_path / "a.tar", prefix="../")
    assert f"one without {', '.join(('coarse_label_names.txt', 'fine_label_names.txt'))}" in refusal(archive)


def test_a_member_that_is_there_twice_is_refused(tiny_cifar: Path, tmp_path: Path) -> None:
    archive = pack(tiny_cifar, tmp_path / "a.tar", names=(*MEMBERS, "train.bin"))
    assert "train.bin of" in refusal(archive)
    assert "to be there once, but got 'a second one'" in refusal(archive)


@pytest.mark.parametrize("num_bytes", [0, 1, 3073, 10 * RECORD - 1, 10 * RECORD + 1])
def test_a_file_of_broken_records_tells_its_size(tiny_cifar: Path, num_bytes: int) -> None:
    content = (tiny_cifar / "train.bin").read_bytes()
    (tiny_cifar / "train.bin").write_bytes(content[:num_bytes])
    message = refusal(tiny_cifar)
    assert "train.bin of" in message
    assert f"records of 3074 bytes each, but got '{num_bytes} bytes'" in message


def test_a_size_beyond_all_reason_is_refused_before_it_is_read(tiny_cifar: Path) -> None:
    os.truncate(tiny_cifar / "train.bin", 1_000_001 * RECORD)
    assert "to be 1 to 250000 records" in refusal(tiny_cifar)


def test_a_file_of_names_without_end_is_refused(tiny_cifar: Path) -> None:
    (tiny_cifar / "fine_label_names.txt").write_text("a\n" * 40_000)
    assert "to be class names in at most 65536 bytes" in refusal(tiny_cifar)


@pytest.mark.parametrize("kind", [".tar.gz", ".tar.xz", ".tar"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_an_archive_that_was_cut_is_refused(
    tiny_cifar: Path, tmp_path: Path, kind: str, share: float
) -> None:
    archive = pack(tiny_cifar, tmp_path / f"a{kind}")
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    assert str(archive) in refusal(archive)


def test_a_gzip_whose_check_value_is_wrong_is_refused(tiny_cifar: Path, tmp_path: Path) -> None:
    archive = pack(tiny_cifar, tmp_path / "a.tar.gz")
    set_byte(archive, -8, archive.read_bytes()[-8] ^ 1)
    assert "CRC check failed" in refusal(archive)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", gzip.compress(b"no tar", mtime=0)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cifar-100-binary.tar.gz").write_bytes(content)
    assert "cifar-100-binary.tar.gz to be readable and whole" in refusal(tmp_path)


def test_another_archive_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("notes.txt"), io.BytesIO())
    assert f"one without {', '.join(MEMBERS)}" in refusal(tmp_path / "other.tar")


@pytest.mark.parametrize(
    ("name", "position", "value", "message"),
    [
        ("train.bin", 7 * RECORD, 3, "the coarse label of record 7 of train.bin of {} to be below 3"),
        ("test.bin", 9 * RECORD + 1, 6, "the fine label of record 9 of test.bin of {} to be below 6"),
        ("test.bin", 1, 255, "the fine label of record 0 of test.bin of {} to be below 6"),
    ],
)
def test_a_label_without_a_name_is_found(
    tiny_cifar: Path, name: str, position: int, value: int, message: str
) -> None:
    set_byte(tiny_cifar / name, position, value)
    assert f"Expected {message.format(tiny_cifar)}, the number of names, but got {value}." in refusal(
        tiny_cifar
    )


@pytest.mark.parametrize("name", ["train.bin", "test.bin"])
def test_a_fine_class_with_two_parents_is_named_with_both(tiny_cifar: Path, name: str) -> None:
    # Record 3 is a rose; its coarse label becomes that of the fish.
    set_byte(tiny_cifar / name, 3 * RECORD, 0)
    message = refusal(tiny_cifar)
    assert message.startswith(f"Expected fine class 'rose' of {tiny_cifar} to be under one coarse class, ")
    assert "but got ['fish', 'flowers']." in message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("fine_label_names.txt", "ray\nshark\norchid\nrose\nmaple\n", "fine label of record 5 of train.bin"),
        ("coarse_label_names.txt", "fish\nflowers\n", "coarse label of record 4 of train.bin"),
        ("fine_label_names.txt", "ray\nshark\norchid\nrose\nmaple\noak\nbirch", "fine class 'birch' of"),
        ("coarse_label_names.txt", "fish\nflowers\ntrees\ncars", "class 'cars' of level 'coarse'"),
        ("fine_label_names.txt", "ray\nray\norchid\nrose\nmaple\noak", "named once, but got 'ray'"),
        (
            "fine_label_names.txt",
            "ray\n\norchid\nrose\nmaple\noak",
            "every class of level 'fine' to be a name",
        ),
        ("coarse_label_names.txt", "", "coarse label of record 0 of train.bin"),
    ],
)
def test_names_that_do_not_fit_the_labels_are_refused(
    tiny_cifar: Path, name: str, text: str, message: str
) -> None:
    (tiny_cifar / name).write_text(text)
    assert message in refusal(tiny_cifar)
    assert str(tiny_cifar) in refusal(tiny_cifar)


def test_names_that_are_no_text_are_refused(tiny_cifar: Path) -> None:
    (tiny_cifar / "fine_label_names.txt").write_bytes(b"\xff\xfe")
    assert "can't decode byte 0xff" in refusal(tiny_cifar)


def test_an_archive_is_preferred_because_it_can_be_verified(tiny_cifar: Path) -> None:
    pack(tiny_cifar, tiny_cifar.parent / "cifar-100-binary.tar.gz")
    shutil.rmtree(tiny_cifar)
    tiny_cifar.mkdir()
    assert cifar100.load(tiny_cifar.parent).provenance.split == "unofficial split"


def test_all_60_000_images_of_the_redrawn_archive(real_cifar100_folder: Path) -> None:
    data = cifar100.load(real_cifar100_folder)
    assert data.images.shape == (60_000, 3, 32, 32)
    assert data.num_images == {"train": 45_000, "val": 5_000, "test": 10_000}
    assert data.taxonomy.num_classes == (20, 100)
    assert data.taxonomy.levels[1].classes[:2] == ("apple", "aquarium_fish")
    assert data.taxonomy.levels[0].classes[data.taxonomy.parents[0][0]] == "fruit_and_vegetables"
    assert np.bincount(data.taxonomy.parents_of(1)).tolist() == [5] * 20
    for split, count in (("train", 450), ("val", 50), ("test", 100)):
        assert np.bincount(data.labels_of(split)[:, 1]).tolist() == [count] * 100
    assert (data.provenance.split, data.provenance.is_official) == ("unofficial split", False)
