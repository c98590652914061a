"""The line about the data that stands before a study."""

from dataclasses import replace

import numpy as np
import pytest

from audited_pictures import TREE, dataset, photographs
from taskgraft.audit import audit, data_caution
from taskgraft.data import Dataset, LostClass
from taskgraft.study import _data_facts as bounds

DATA = dataset(photographs(240, side=8))


def test_clean_data_has_no_caution() -> None:
    assert data_caution(DATA) is None


def test_the_first_thing_to_mend_is_said_and_how_many_there_are() -> None:
    train = np.array([i for i in DATA.indices["train"] if DATA.labels[i, 1] != 3])
    torn = replace(DATA, indices={**DATA.indices, "train": train})
    assert data_caution(torn) == (
        "Data to mend first: 1 of 4 classes of level 'thing' with no train images, but some that are to be "
        "predicted: 'b2'. Move images to train, or leave the class out."
    )
    labels = torn.labels.copy()
    labels[:, 0] = 0
    one_kind = replace(torn, labels=labels, taxonomy=TREE)
    text = data_caution(one_kind)
    assert text is not None
    assert text.endswith(" And 2 more: `taskgraft data check` names all.")


def with_copies(num_copies: int, *, are_labelled_alike: bool = True) -> Dataset:
    """The data with so many test images replaced by train images of their leaf, or of another one."""
    images, test, train = DATA.images.copy(), DATA.indices["test"], DATA.indices["train"]
    for place in test[:num_copies]:
        is_alike = (DATA.labels[train, 1] == DATA.labels[place, 1]) == are_labelled_alike
        images[place] = images[train[is_alike][place % 7]]
    return replace(DATA, images=images)


def test_copies_across_splits_are_said_where_they_are_many() -> None:
    assert data_caution(with_copies(2)) is None
    text = data_caution(with_copies(6))
    assert text == (
        "Data to mend first: 6 test images (12.5 %) with a duplicate in train or val, 6 of them pixel for "
        "pixel: what is remembered raises the scores. Take the duplicates out of train and val, or keep all "
        "copies of a picture in one split."
    )
    # New partitions keep copies together.
    assert data_caution(with_copies(6), is_redrawn=True) is None


def test_copies_with_other_labels_are_said_where_they_are_many() -> None:
    torn = with_copies(6, are_labelled_alike=False)
    text = data_caution(torn)
    assert text is not None
    assert text.startswith(
        "Data to mend first: 6 pictures under more than one label, pixel for pixel the same"
    )
    assert text.endswith(" And 1 more: `taskgraft data check` names all.")


@pytest.mark.parametrize("are_labelled_alike", [True, False])
@pytest.mark.parametrize("num_copies", [0, 1, 2, 3, 6])
def test_it_is_what_the_check_of_all_images_says_of_copies(num_copies: int, are_labelled_alike: bool) -> None:
    data = with_copies(num_copies, are_labelled_alike=are_labelled_alike)
    grave = [one for one in audit(data).findings if one.severity == "mend"]
    text = data_caution(data)
    assert (text is None) == (not grave)
    assert not grave or (text and grave[0].sentence in text)


def test_a_lost_class_is_said() -> None:
    text = data_caution(replace(DATA, lost=(LostClass("thing", "c1", 12),)))
    assert text == (
        "Data to mend first: 1 class of level 'thing' lost, for none of its pictures can be read: 'c1'. Mend "
        "the pictures (each is listed with its reason), or take the class out."
    )


def test_of_very_many_bytes_no_copies_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_MOST_BYTES", 1000)
    assert data_caution(with_copies(6)) is None
