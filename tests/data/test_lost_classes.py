"""A class of which no picture can be read is named, wherever the data is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from stored_pictures import pixels, png
from taskgraft.audit import audit
from taskgraft.data import Dataset, LostClass
from taskgraft.data._lost_classes import on_lost_classes
from taskgraft.data.sources import Samples, read_folder
from taskgraft.data.sources._to_dataset import to_dataset

PHONE = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def shop(root: Path, **contents: bytes) -> Samples:
    """Twelve pictures each of six kinds of fruit and tools; every picture of some kinds is something else."""
    kinds = ("fruit/apple", "fruit/pear", "fruit/fig", "tool/saw", "tool/axe", "toy/ball")
    for number, kind in enumerate(kinds):
        for image in range(12):
            path = root / kind / f"{image}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents.get(path.parent.name, png(pixels(100 * number + image))))
    return read_folder(root, "kind,thing")


def notes(data: Dataset) -> list[str]:
    return [note for note in data.provenance.notes if "lost" in note]


def test_a_class_of_pictures_of_a_phone_is_lost(tmp_path: Path) -> None:
    data = to_dataset(shop(tmp_path, fig=PHONE[:30]), on_bad_image="skip")
    assert data.lost == (LostClass("thing", "fig", 12),)
    assert notes(data) == ["Class 'fig' of level 'thing' is lost: none of its 12 pictures can be read."]


def test_a_class_with_one_good_picture_is_not_lost(tmp_path: Path) -> None:
    samples = shop(tmp_path, fig=b"")
    (tmp_path / "fruit" / "fig" / "7.png").write_bytes(png(pixels(7)))
    data = to_dataset(samples, on_bad_image="skip")
    assert len(data.provenance.skipped) == 11
    assert not data.lost
    assert not notes(data)


def test_a_branch_is_lost_on_every_level(tmp_path: Path) -> None:
    data = to_dataset(shop(tmp_path, ball=b""), on_bad_image="skip")
    assert data.lost == (LostClass("kind", "toy", 12), LostClass("thing", "ball", 12))


def test_many_lost_classes_are_counted() -> None:
    lost = [LostClass("thing", f"c{number}", 1) for number in range(40)]
    sentences = list(on_lost_classes(lost))
    assert len(sentences) == 6
    assert sentences[0] == "Class 'c0' of level 'thing' is lost: its only picture cannot be read."
    assert sentences[-1] == "35 more classes are lost in the same way."
    assert list(on_lost_classes(lost[:6]))[-1] == "1 more class is lost in the same way."


def test_a_missing_picture_of_a_row_is_one_unreadable_picture(tmp_path: Path) -> None:
    samples = shop(tmp_path)
    gone = samples.columns["thing"].index("axe")
    pictures = [None if place == gone else picture for place, picture in enumerate(samples.pictures)]
    data = to_dataset(
        Samples("rows", pictures, samples.names, samples.columns, samples.splits), on_bad_image="skip"
    )
    assert data.provenance.skipped == ((samples.names[gone], "no picture in the row"),)
    assert len(data.images) == 71


@pytest.mark.parametrize("kind", ["fig", "ball"])
def test_data_with_a_lost_class_is_not_called_usable(kind: str, tmp_path: Path) -> None:
    result = audit(to_dataset(shop(tmp_path, **{kind: b""}), on_bad_image="skip"))
    assert result.verdict == "mend"
    findings = [one for one in result.findings if one.about == "lost-class"]
    assert findings[-1].sentence == (
        f"1 class of level 'thing' lost, for none of its pictures can be read: '{kind}'."
    )
    assert findings[-1].names == (kind,)
