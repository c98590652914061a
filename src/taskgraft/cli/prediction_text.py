"""Predictions as lines for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from taskgraft.inference import ModelDescription, Path, Prediction, Predictions, percent, without_stand_ins
from taskgraft.legible import one_line

_PICTURE = "picture"
_PLAIN_COLUMNS, _FEWEST_COLUMNS = 80, 20
# What an answer needs beside the names.
_ROOM_FOR_ANSWERS = 24
_HANGING = 2
_AROUND_A_CLASS = len("> ") + len(" 100%)")


def text_columns() -> int:
    """How wide a text may be: as the terminal, and 80 columns where there is none."""
    return max(_FEWEST_COLUMNS, shutil.get_terminal_size((_PLAIN_COLUMNS, 24)).columns)


class PredictionText:
    """Predictions as a table of names and answers, none of whose lines goes beyond an edge.

    Args:
        names: Of the pictures: they say how wide their column is.
        columns: Up to where lines may go.
        is_tree: Whether each class of an answer lies under the one before.

    Example:
        >>> text = PredictionText(["1.jpg"], 80)
        >>> list(text.heading(["kind", "species"]))
        ['picture  kind > species']
    """

    def __init__(self, names: Iterable[str], columns: int, *, is_tree: bool = True) -> None:
        self._columns = columns
        self._is_tree = is_tree
        self._longest = max(len(_PICTURE), columns * 3 // 8)
        self._width = max([len(_PICTURE), *(cell_len(self._short(name)) for name in names)])
        # Where too little is left beside the names, answers stand below them.
        self._is_below = columns - self._width - 2 < _ROOM_FOR_ANSWERS
        self._indent = _HANGING if self._is_below else self._width + 2

    def heading(self, level_names: Sequence[str]) -> Iterator[str]:
        """What stands above the table."""
        yield from self._entry(_PICTURE, self._chained([self._cut(one_line(name)) for name in level_names]))

    def rows(self, predictions: Predictions) -> Iterator[str]:
        """A picture each, its further paths below it."""
        for prediction in predictions:
            yield from self._entry(self._short(prediction.name), self._answer(prediction))
            for path in prediction.alternatives:
                # A leaf is of one path.
                if path[-1].name != prediction.path[-1].name:
                    yield from self._placed(["or", *self._chained(self._classes(path))])

    def _answer(self, prediction: Prediction) -> list[str]:
        sure = self._chained(self._classes(prediction.sure))
        nodes = without_stand_ins(prediction.perhaps)
        perhaps = self._chained(self._classes(nodes), is_going_on=bool(sure))
        if perhaps:
            # Why it stops there; further down nothing is surer.
            perhaps.insert(1, f"[{nodes[0].certainty:.3f}]")
            perhaps = ["(perhaps", *perhaps[:-1], f"{perhaps[-1]})"]
        return [*(sure or ["not sure"]), *perhaps]

    def _classes(self, path: Path) -> list[str]:
        return [f"{self._cut(one_line(node.name))} {node.prob:.0%}" for node in without_stand_ins(path)]

    def _chained(self, words: Sequence[str], *, is_going_on: bool = False) -> list[str]:
        """Classes from the root on; without a tree, one beside the other."""
        if self._is_tree:
            return [f"> {word}" if i or is_going_on else word for i, word in enumerate(words)]
        return [f"{word}," for word in words[:-1]] + list(words[-1:])

    def _entry(self, name: str, words: Sequence[str]) -> Iterator[str]:
        if self._is_below:
            yield name.rstrip()
            yield from self._placed(words)
            return
        first, *others = self._placed(words)
        yield f"{set_cell_size(name, self._width)}{first[self._width :]}"
        yield from others

    def _placed(self, words: Sequence[str]) -> list[str]:
        """Words at the place of answers, on as many lines as they need."""
        lines: list[str] = []
        for word in words:
            if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= self._columns:
                lines[-1] += f" {word}"
            else:
                lines.append(" " * (self._indent + (_HANGING if lines else 0)) + word)
        return lines

    def _cut(self, name: str) -> str:
        """The name of a class, short enough for a line."""
        limit = self._columns - self._indent - _HANGING - _AROUND_A_CLASS
        return name if cell_len(name) <= limit else f"{set_cell_size(name, max(1, limit - 3)).rstrip()}..."

    def _short(self, name: str) -> str:
        """The name of a picture, short enough for its column: of a long path the end says most."""
        name = one_line(name)
        if cell_len(name) <= self._longest:
            return name
        while cell_len(name) > self._longest - 3:
            name = name[1:]
        return f"...{name}"


def ending_lines(
    model: ModelDescription, threshold: float | None, target_accuracy: float | None, confidence: float
) -> Iterator[str]:
    """What stands below the table: how far down answers go and why, and which model gave them.

    Args:
        model: What gave the predictions.
        threshold: Theirs.
        target_accuracy: What was demanded; None for nothing.
        confidence: With which it is promised.
    """
    if threshold is not None and target_accuracy is not None and model.promise is not None:
        last = f"the last class whose certainty is {threshold:.3f} or more (in brackets where it is less)"
        yield ""
        share, pictures = percent(target_accuracy), f"{model.promise.num_images:,} validation images"
        yield (
            f"Sure down to {last if threshold > 0 else 'the finest level'}. Then at least {share} of the "
            f"answers are right on pictures like the {pictures}, with a confidence of {percent(confidence)}."
        )
    origin = model.origin
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    study = f" of {origin.study}" if origin.study else ""
    yield ""
    yield one_line(f"Model: {origin.variant}{seed}{study}")
