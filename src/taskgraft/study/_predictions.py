"""What one finished run predicts of each image of a split, under the name of the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from taskgraft.csv_bytes import csv_bytes
from taskgraft.data import Split
from taskgraft.errors import RequestError, StudyError, unknown_name
from taskgraft.file_writing import write_bytes
from taskgraft.parameter import Parameter
from taskgraft.scores import DECODINGS, POOLED, probs_of
from taskgraft.study._files import IMAGES, MODEL, PREDICTIONS, DamagedFileError
from taskgraft.study._image_names import NAMED, read_run_names
from taskgraft.study._records import Request
from taskgraft.study._run_files import read_split, run_directory
from taskgraft.study._run_records import RunRecord
from taskgraft.taxonomy import IntArray, Taxonomy

Cells = Sequence[str] | Sequence[float] | Sequence[str | None] | Sequence[int | None]


@dataclass(frozen=True)
class Predictions:
    """Names, labels and predictions of the images of one split, all in one order.

    Attributes:
        run: Which run: `<variant>-seed<k>`.
        split: Which split.
        decoding: How the classes were chosen from the probabilities.
        taxonomy: The L levels.
        names: What the source calls each image: a path in the folder, a cell of the table, a part and a row.
        targets: True classes, int64 of shape (N, L); -1 where not known.
        preds: Predicted classes, int64 of shape (N, L).
        probs: By level, the softmax of the saved logits, float64 of shape (N, K); with the decoding `pooled`
            the probabilities that agree along the tree, as `predict` gives them.
    """

    run: str
    split: Split
    decoding: str
    taxonomy: Taxonomy = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    targets: IntArray = field(repr=False)
    preds: IntArray = field(repr=False)
    probs: dict[str, npt.NDArray[np.float64]] = field(repr=False)

    @classmethod
    def read(cls, study: Path, request: Request, run: RunRecord, split: Split, decoding: str) -> Self:
        """Reads them from a study directory; see `Study.predictions`."""
        taxonomy = request.tree
        _check_decoding(decoding, taxonomy)
        directory = run_directory(study, run.variant, run.seed)
        names = _names(study, request, directory, split)
        logits, targets = read_split(directory, taxonomy.level_names, split)
        # The digest of the data stands for images and order; the names and the run's identity both have it.
        if len(targets) != len(names):
            raise DamagedFileError.of(directory / PREDICTIONS, f"those of other images than {IMAGES} names")
        if decoding == POOLED:
            # It loads torch, which takes longer than all else here.
            from taskgraft.inference import read_model  # noqa: PLC0415

            answers = read_model(directory / MODEL).answers_of(logits)
            preds, probs = answers.preds, answers.probs
        else:
            probs = [probs_of(level) for level in logits]
            preds = DECODINGS[decoding](probs, taxonomy)
        by_level = dict(zip(taxonomy.level_names, probs, strict=True))
        return cls(directory.name, split, decoding, taxonomy, names, targets, preds, by_level)

    def columns(self) -> dict[str, Cells]:
        """The table by column, as a data frame takes it: `name`, `split`, then four columns a level.

        They are `true.<level>` and `predicted.<level>`, class names; `probability.<level>`, that of the
        predicted class; `right.<level>`, 1 or 0. Where the true class is not known, it and `right` are None.
        """
        table: dict[str, Cells] = {"name": self.names, "split": [self.split] * len(self.names)}
        for i, level in enumerate(self.taxonomy.levels):
            true, chosen = self.targets[:, i], self.preds[:, i]
            table[f"true.{level.name}"] = [level.classes[k] if k >= 0 else None for k in true.tolist()]
            table[f"predicted.{level.name}"] = [level.classes[k] for k in chosen.tolist()]
            table[f"probability.{level.name}"] = self.probs[level.name][
                np.arange(len(chosen)), chosen
            ].tolist()
            right = zip((true == chosen).tolist(), (true >= 0).tolist(), strict=True)
            table[f"right.{level.name}"] = [
                int(is_right) if is_known else None for is_right, is_known in right
            ]
        return table

    def as_csv(self) -> bytes:
        """The table as CSV by RFC 4180: a header, a line an image, an empty cell where nothing is known.

        UTF-8; a name that is not UTF-8 is written in the bytes that it has on the disk. No name is changed,
        even where a spreadsheet would take it for a formula.
        """
        return csv_bytes(self.columns())

    def write_csv(self, path: Path | str) -> None:
        """Writes `as_csv` to a file, completely or not at all.

        Raises:
            StudyError: If it cannot be written.
        """
        write_bytes(Path(path), self.as_csv())


def find_run(runs: Sequence[RunRecord], wanted: str | None) -> RunRecord:
    """The run of a name, `<variant>-seed<k>`; the only one where none is named.

    Args:
        runs: One at least.
        wanted: The name.

    Raises:
        RequestError: If there is no finished run of that name, or none is named and there are several.
    """
    by_name = {run.name: run for run in runs}
    if wanted is None:
        if len(runs) == 1:
            return runs[0]
        raise RequestError.expected(
            Parameter("run"),
            f"given, one of the {len(runs)} finished runs",
            "none",
            f"Name one: {', '.join(by_name)}.",
        )
    if wanted not in by_name:
        raise unknown_name(Parameter("run"), wanted, by_name)
    return by_name[wanted]


def _check_decoding(name: str, taxonomy: Taxonomy) -> None:
    if name != POOLED and name not in DECODINGS:
        raise unknown_name(Parameter("decoding"), name, (*DECODINGS, POOLED))
    if name != "independent" and not taxonomy.is_tree:
        raise RequestError.expected(
            Parameter("decoding"),
            "independent where there is no tree between the levels",
            name,
            "Leave it out.",
        )


def _names(study: Path, request: Request, run: Path, split: Split) -> tuple[str, ...]:
    if split not in NAMED:
        raise unknown_name(Parameter("split"), split, NAMED)
    try:
        return read_run_names(study, request.data.digest, run, split)
    except FileNotFoundError as error:
        raise StudyError.expected(
            str(study / IMAGES),
            "a file, with the names of the images",
            "no such file",
            "Run the command of the study again: it writes the names, and trains nothing that is finished.",
        ) from error
