"""What the page says of a diagnosis."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from taskgraft.report.page._diagnosis import diagnosis_parts
from taskgraft.verdict import Diagnosed, Pull

EPOCHS = tuple(float(n) for n in range(1, 41))


def pull(stage: int, pair: tuple[str, str], value: float, conflicts: float) -> Pull:
    return Pull(stage, pair, (value,) * len(EPOCHS), (conflicts,) * len(EPOCHS))


def diagnosed(*cosines: Pull, levels: tuple[str, ...] = ("kind", "thing")) -> Diagnosed:
    affinities = ((0.2, -0.1), (0.0, 0.05)) if len(levels) == 2 else None
    return Diagnosed("shared", 3, 64, 0.0213, levels, EPOCHS, cosines, (), (), ((1.0, 2.0),), affinities)


def test_the_fork_that_conflicts_suggest_is_named() -> None:
    one = replace(diagnosed(pull(1, ("a", "b"), 0.3, 0.1), pull(2, ("a", "b"), -0.3, 0.6)), fork=1)
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(one,)))
    assert (
        "They are more frequent behind stage 1: forked-1 would keep what comes there apart. "
        "Whether it helps, a study has to say. 3 seeds"
    ) in part.words


def test_what_a_stream_takes_has_a_row_a_lane() -> None:
    taken = tuple(Pull(2, ("a", lane), (0.9, 0.8)) for lane in ("a", "b"))
    one = replace(diagnosed(), shares=taken, epochs=(1.0, 2.0))
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(one,)))
    [heat] = [each for each in part.maps if each.caption.startswith("What")]
    assert (heat.caption, heat.columns) == ("What a takes of each lane", ("1", "2"))
    assert [heading for heading, _ in heat.rows] == ["2, a", "2, b"]
    assert [cell.text for _, cells in heat.rows for cell in cells] == ["0.90", "0.80"] * 2


def test_the_sentence_names_the_worst_pair_and_stage_and_the_cost() -> None:
    one = diagnosed(
        pull(1, ("a", "b"), 0.3, 0.1),
        pull(1, ("a", "c"), -0.3, 0.6),
        pull(2, ("a", "b"), 0.3, 0.2),
        pull(2, ("a", "c"), -0.9, 0.9),
        levels=("a", "b", "c"),
    )
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(one,)))
    assert part.words == (
        "Gradients of two levels conflicted in 45 % of the batches, most often those of a and c in stage 2 "
        "(90 %). 3 seeds, 64 images a probe, 2.1 % of training."
    )
    assert [each.caption for each in part.maps] == [
        "Cosine of the gradients: a and b",
        "Cosine of the gradients: a and c",
    ]


def test_without_conflicts_it_says_so() -> None:
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(diagnosed(pull(1, ("kind", "thing"), 0.4, 0.0)),)))
    assert part.words.startswith("Gradients of two levels conflicted in no batch. 3 seeds")


@pytest.mark.parametrize(
    ("value", "tone"), [(0.9, "h8"), (-0.9, "n8"), (0.03, ""), (1.0, "h9"), (-1.0, "n9")]
)
def test_agreement_and_conflict_have_their_colours(value: float, tone: str) -> None:
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(diagnosed(pull(1, ("kind", "thing"), value, 0.5)),)))
    first, affinities = part.maps
    assert {cell.tone for cell in first.rows[0][1]} == {tone}
    assert first.rows[0][1][0].note == "conflict in 50 % of the batches"
    assert [[cell.text for cell in cells] for _, cells in affinities.rows] == [
        ["+20.00", "-10.00"],
        ["+0.00", "+5.00"],
    ]
    assert affinities.rows[0][1][0].tone == "h9"


def test_of_many_epochs_as_many_as_fit_are_shown_the_first_and_the_last_among_them() -> None:
    [part] = diagnosis_parts(SimpleNamespace(diagnosed=(diagnosed(pull(1, ("kind", "thing"), 0.4, 0.0)),)))
    assert part.maps[0].columns[0] == "1"
    assert part.maps[0].columns[-1] == "40"
    assert len(part.maps[0].columns) == 12
