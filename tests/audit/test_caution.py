"""The line about the data that stands before a study."""

from dataclasses import replace

import numpy as np
from audited_pictures import TREE, dataset, photographs

from taskgraft.audit import data_caution

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
