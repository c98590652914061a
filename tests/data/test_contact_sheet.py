"""The contact sheet: a bounded page for any number of classes and levels, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from taskgraft.data import Dataset, Provenance, contact_sheet
from taskgraft.errors import RequestError
from taskgraft.taxonomy import Level, Taxonomy

_PAPER = 255


def _dataset(paths, levels=("coarse", "fine"), shape=(3, 32, 32), per_leaf=20, source="made up") -> Dataset:
    taxonomy = Taxonomy.from_names(levels, paths)
    num_leaves = taxonomy.num_classes[-1]
    leaves = np.tile(np.arange(num_leaves), per_leaf)
    labels = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    # An image's grey says which leaf it is of: 0 to 199, never white as the page.
    images = np.broadcast_to(
        (leaves % 200).astype(np.uint8)[:, None, None, None], (len(leaves), *shape)
    ).copy()
    return Dataset.carve(
        images, labels, taxonomy, test=np.arange(num_leaves), provenance=Provenance(source, "made up", True)
    )


def _tree(num_groups: int, size: int) -> list[tuple[str, str]]:
    return [(f"group {g}", f"class {g}.{k}") for g in range(num_groups) for k in range(size)]


def test_an_image_stands_enlarged_without_smoothing() -> None:
    data = _dataset(_tree(2, 2))
    checks = np.indices((32, 32)).sum(axis=0) % 2 * 200
    data.images[:] = checks.astype(np.uint8)
    colours = contact_sheet(data, per_class=1).getcolors(1 << 16)
    text_free = {colour for count, colour in colours if count > 4 * 96 * 96 / 2 - 1}
    assert text_free == {(0, 0, 0), (200, 200, 200), (_PAPER,) * 3}


def test_the_same_data_give_the_same_pixels() -> None:
    data = _dataset(_tree(3, 4))
    assert contact_sheet(data).tobytes() == contact_sheet(data).tobytes()


@pytest.mark.parametrize("leaf", [0, 5, 11])
def test_a_class_shows_its_own_images_of_the_split(leaf) -> None:
    data = _dataset(_tree(3, 4), per_leaf=30)
    data.images[:] = 255
    members = data.indices["train"][data.labels_of("train")[:, -1] == leaf]
    data.images[members[:8]] = 77  # a row holds eight
    data.images[members[8:]] = 177
    data.images[data.indices["test"]] = 177
    shown = np.asarray(contact_sheet(data))
    assert (shown == 77).all(axis=2).sum() >= 8 * 96 * 96
    assert (shown == 177).all(axis=2).sum() < 200  # a few pixels of text at most


def test_relatives_stand_together_whatever_their_numbers() -> None:
    order = [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")]
    sheet = np.asarray(contact_sheet(_dataset(order), per_class=1))
    greys = [grey for grey in sheet[..., 0].T.ravel().tolist() if grey < 4]
    # Leaves 0 and 2 are a's, 1 and 3 are b's; each is a flat square of its own number.
    first_seen = list(dict.fromkeys(greys))
    assert first_seen == [0, 2, 1, 3]


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (3, 8, 8), (3, 64, 64), (3, 224, 160), (4, 32, 32), (1, 1, 1)]
)
def test_any_kind_of_image(shape) -> None:
    sheet = contact_sheet(_dataset(_tree(2, 3), shape=shape))
    assert sheet.mode == "RGB"
    assert max(sheet.size) < 3000


@pytest.mark.parametrize("num_levels", [1, 2, 3, 6])
def test_any_number_of_levels(num_levels) -> None:
    paths = [
        tuple(format(leaf, "06b")[: 6 - num_levels + 1 + depth] for depth in range(num_levels))
        for leaf in range(64)
    ]
    levels = [f"level {depth}" for depth in range(num_levels)]
    sheet = contact_sheet(_dataset(paths, levels=levels))
    assert max(sheet.size) < 3000


@pytest.mark.parametrize(("num_groups", "size"), [(2, 2), (20, 5), (2, 60), (3, 99), (299, 1), (40, 500)])
def test_the_page_stays_within_bounds(num_groups, size) -> None:
    paths = [*_tree(num_groups, size), ("group 0", "one more class")]
    sheet = contact_sheet(_dataset(paths, shape=(1, 4, 4), per_leaf=3))
    assert max(sheet.size) < 3600
    assert 0.4 < sheet.width / sheet.height < 3


def test_names_are_text() -> None:
    plain = _dataset([("pets", "cat"), ("pets", "dog"), ("cars", "van")])
    hostile = _dataset(
        [
            ("pets\n" * 50 + "!", "c\x00at\r\n\t\x1b[31m"),
            ("pets\n" * 50 + "!", "\u202edog" * 999),
            ("<b>cars</b>", "🚐 車"),
        ],
        source="so\nurce" * 100,
    )
    assert contact_sheet(hostile).size == contact_sheet(plain).size
    assert _margins_are_empty(contact_sheet(hostile))


def _margins_are_empty(sheet: Image.Image) -> bool:
    pixels = np.asarray(sheet)
    return bool((pixels[:, :20] == _PAPER).all() and (pixels[:, -20:] == _PAPER).all())


def test_a_class_without_images_leaves_its_row_empty() -> None:
    data = _dataset(_tree(2, 2))
    is_last = data.labels_of("train")[:, -1] == 3
    data.indices["train"] = data.indices["train"][~is_last]
    assert 3 not in np.unique(np.asarray(contact_sheet(data))[..., 0])


def test_labels_that_leave_the_tree_are_told() -> None:
    data = _dataset(_tree(2, 2))
    before = np.asarray(contact_sheet(data))
    data.labels[0, 0] = 1 - data.labels[0, 0]
    after = np.asarray(contact_sheet(data))
    changed = np.nonzero((before != after).any(axis=(1, 2)))[0]
    assert len(changed)
    assert changed.max() < 68  # the line of facts under the title, and nothing below it


class _Watched(np.ndarray):
    """Images that refuse to be read by more than a row's worth at once."""

    def __getitem__(self, index: Any) -> Any:
        assert np.ndim(index) == 0 or len(index) <= 8
        return np.asarray(self)[index]


@pytest.mark.parametrize("shape", [(3, 16, 40), (1, 224, 224)])
def test_no_more_is_read_than_is_shown(shape) -> None:
    data = _dataset(_tree(2, 3), shape=shape, per_leaf=30)
    plain = contact_sheet(data)
    watched = replace(data, images=data.images.view(_Watched))
    with pytest.raises(AssertionError):
        watched.images[data.indices["train"]]
    assert contact_sheet(watched).tobytes() == plain.tobytes()


def test_an_image_without_a_leaf_is_in_no_row_and_is_counted() -> None:
    data = _dataset(_tree(2, 2))
    before = np.asarray(contact_sheet(data))
    data.labels[data.labels[:, 1] == 3, 1] = -1
    after = np.asarray(contact_sheet(data))
    assert 3 in before[68:, :, 0]
    assert 3 not in after[68:, :, 0]
    assert (before[:68] != after[:68]).any()  # the line of facts tells of them


def test_without_a_tree_every_class_of_every_level_has_a_row() -> None:
    data = _dataset(_tree(3, 1))
    data.images[:] = (10 * data.labels[:, 0] + 100)[:, None, None, None]
    levels = [Level("colour", ("red", "blue", "green")), Level("shape", ("bar", "disc"))]
    labels = np.stack([data.labels[:, 0], np.arange(len(data.labels)) % 2], axis=1)
    labels[labels[:, 0] == 2, 1] = -1
    apart = replace(data, taxonomy=Taxonomy.without_tree(levels), labels=labels)
    sheet = np.asarray(contact_sheet(apart, per_class=4))[68:, :, 0]
    # Four of each colour, and of the shapes' eight none of the third colour.
    assert (sheet == 120).sum() == pytest.approx(4 * 96 * 96, abs=60)
    assert ((sheet == 100) | (sheet == 110)).sum() == pytest.approx(16 * 96 * 96, abs=60)


def test_a_class_continued_by_itself_is_named_once_above() -> None:
    short = [("rock", "rock"), ("pet", "cat"), ("pet", "dog")]
    long = [(top, top, leaf) for top, leaf in short]
    once, twice = _dataset(short), _dataset(long, levels=("realm", "kind", "species"))
    below_the_title = [np.asarray(contact_sheet(data))[68:] for data in (once, twice)]
    assert np.array_equal(*below_the_title)


def test_bad_requests() -> None:
    data = _dataset(_tree(2, 2))
    with pytest.raises(
        RequestError, match=r"^Expected images per class to be from 1 to 16, but got 0\. Try 8\.$"
    ):
        contact_sheet(data, per_class=0)
    with pytest.raises(
        RequestError, match=r"^Expected split to be one of train, val, test, but got 'tset'\."
    ):
        contact_sheet(data, split="tset")  # type: ignore[arg-type]
