"""Where predictions go: to people as a table, to other programs as bytes, piece by piece."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taskgraft.cli.prediction_formats import as_bytes
from taskgraft.cli.prediction_text import PredictionText, ending_lines, text_columns
from taskgraft.errors import DataError, Phrase
from taskgraft.file_writing import write_whole
from taskgraft.inference import Model, Predictions
from taskgraft.pictures import NamedPicture
from taskgraft.printing import note, note_paragraph, say, say_table


@dataclass
class Outcome:
    """What has come of the pictures so far.

    Attributes:
        num_good: Pictures that are predicted.
        num_bad: Pictures that could not be read.
    """

    num_good: int = 0
    num_bad: int = 0
    _notes: set[str] = field(default_factory=set)

    def seen(self, parts: Iterable[Predictions]) -> Iterator[Predictions]:
        """The same parts; what is to be said of them is said as they come."""
        for part in parts:
            self.num_good += len(part)
            self.num_bad += len(part.bad)
            note(*(f"taskgraft: {each.line}" for each in part.bad))
            for line in part.notes:
                if line not in self._notes:
                    note_paragraph(line)
            self._notes.update(part.notes)
            yield part

    def check(self) -> None:
        """Fails where a picture could not be read.

        Raises:
            DataError: Then.
        """
        if self.num_bad:
            raise DataError.expected(
                "every picture",
                "readable",
                Phrase(f"{self.num_bad:,} of {self.num_bad + self.num_good:,} that are not"),
                "Mend or leave out those named above.",
            )


def say_predictions(
    parts: Iterable[Predictions],
    pictures: Sequence[NamedPicture],
    model: Model,
    promise: tuple[float | None, float],
) -> None:
    """Prints a table for people, a few hundred lines at a time.

    Args:
        parts: Of all pictures.
        pictures: By whose names the table is laid out.
        model: What gave them.
        promise: The target accuracy, and with which confidence it holds.
    """
    columns = text_columns()
    text = PredictionText((picture.name for picture in pictures), columns, is_tree=model.taxonomy.is_tree)
    heading = list(text.heading(model.taxonomy.level_names))
    threshold = None
    for part in parts:
        threshold = part.threshold
        if len(part):
            say(*heading, *text.rows(part))
            heading = []
    for line in ending_lines(model.description, threshold, *promise):
        say(*(textwrap.wrap(line, columns) or [""]))


def write_predictions(form: str, parts: Iterable[Predictions], model: Model, path: Path | None) -> None:
    """Writes predictions in a format for programs.

    Args:
        form: The format.
        parts: Of all pictures.
        model: What gave them.
        path: A file that is written completely or not at all; None for standard output.

    Raises:
        NotWrittenError: If the file cannot be written.
    """
    content = as_bytes(form, parts, model)
    if path is not None:
        write_whole(path, lambda file: file.writelines(content))
        return
    for piece in content:
        say_table(piece)
