"""`data.json`: a study's images without their pixels: images of each class, and their copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from taskgraft.data import SPLITS, Dataset, Split
from taskgraft.study._checked import CheckedRecord, read_record, write_record
from taskgraft.study._files import DATA, DamagedFileError

# Of more bytes than these copies are not looked for when a study begins: `data check` does that.
_MOST_BYTES = 4 << 30
# The share of all images from which labels that contradict one another spoil a study.
MANY_TORN = 0.01


class DataFacts(CheckedRecord):
    """What a study keeps of its images.

    Attributes:
        data: The digest of the data.
        class_counts: By split, for each level how many images each class has.
        test_copies: By split, train and val, the positions of test images that have exactly the pixels of one
            of its images; None where nobody has looked.
        num_torn: Images that have exactly the pixels of one with another label; None where nobody has looked.
    """

    data: str
    class_counts: dict[Split, tuple[tuple[int, ...], ...]]
    test_copies: dict[Split, tuple[int, ...]] | None = None
    num_torn: int | None = None

    @classmethod
    def of(cls, data: Dataset, digest: str) -> DataFacts:
        """The facts of a dataset whose digest is at hand."""
        counts = {
            split: tuple(
                tuple(np.bincount(column[column >= 0], minlength=level.num_classes).tolist())
                for column, level in zip(data.labels_of(split).T, data.taxonomy.levels, strict=True)
            )
            for split in SPLITS
        }
        if not are_copies_looked_for(data):
            return cls(data=digest, class_counts=counts)
        copies, torn = _test_copies(data), _num_torn(data)
        return cls(data=digest, class_counts=counts, test_copies=copies, num_torn=torn)


def are_copies_looked_for(data: Dataset) -> bool:
    """Whether images are so few bytes that their copies are looked for when a study begins."""
    used = sum(data.num_images.values()) / max(len(data.images), 1)
    return used * data.images.nbytes <= _MOST_BYTES


def keep_data_facts(study: Path, data: Dataset, digest: str) -> None:
    """Writes the facts of a study's data, unless they are on record.

    Args:
        study: The study directory, whose lock is held.
        data: What the study is about.
        digest: Its `Dataset.digest`.

    Raises:
        StudyError: If they cannot be written.
    """
    if read_data_facts(study, digest) is None:
        write_record(study / DATA, DataFacts.of(data, digest), make_parents=False)


def read_data_facts(study: Path, digest: str) -> DataFacts | None:
    """The facts of a study's data; None where there are none, they are damaged, or of other data.

    Raises:
        StudyError: If their file has another format.
    """
    try:
        facts = read_record(study / DATA, DataFacts)
    except (FileNotFoundError, DamagedFileError):
        return None
    return facts if facts.data == digest else None


def data_facts_damage(study: Path) -> str | None:
    """What is wrong with them, on one line; None if nothing is, or there are none."""
    try:
        read_record(study / DATA, DataFacts)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{DATA} is {error.reason}"
    return None


def _test_copies(data: Dataset) -> dict[Split, tuple[int, ...]]:
    groups = {split: data.copy_groups[data.indices[split]] for split in SPLITS}
    return {
        split: tuple(np.flatnonzero(np.isin(groups["test"], groups[split])).tolist())
        for split in SPLITS
        if split != "test"
    }


def _num_torn(data: Dataset) -> int:
    used = np.concatenate([data.indices[split] for split in SPLITS])
    groups, is_torn = data.copy_groups, np.zeros(len(data.images), bool)
    for column in data.labels.T:
        places = used[column[used] >= 0]
        first = np.full(len(groups), -1)
        first[groups[places]] = column[places]
        # One of them is the label that was kept; who has another one differs.
        is_torn[groups[places[column[places] != first[groups[places]]]]] = True
    return int(is_torn[groups[used]].sum())
