from __future__ import annotations

import pytest

from taskgraft.data.labels import Split, split_of


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("train", "train"),
        ("TRAINING", "train"),
        (" Val ", "val"),
        ("valid", "val"),
        ("dev", "val"),
        ("testing", "test"),
        ("test_set", "test"),
        ("training_set", "train"),
        ("seg_train", "train"),
        ("seg_test", "test"),
        ("valset", "val"),
        ("trains", None),
        ("cats", None),
        ("", None),
        ("set", None),
        ("protest", None),
        ("contest", None),
        ("latest", None),
    ],
)
def test_the_words_that_people_use(word: str, split: Split | None) -> None:
    assert split_of(word) == split
