"""The benchmark of multi-task methods, end to end on a data set of seconds; and what its page may say."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import taskgraft as tg
from benchmarks.methods import __main__ as command
from benchmarks.methods import pieces
from benchmarks.methods.conclusions import read_all
from benchmarks.methods.page import page
from benchmarks.methods.pieces import PIECES, Piece, piece_named
from benchmarks.methods.questions import TUNED_WEIGHTS, TWINS, answers
from benchmarks.methods.records import Answer, Budget, Conclusion, Estimate, Row, Said, Searched
from benchmarks.methods.study_files import write_study
from benchmarks.methods.variants import METHODS
from benchmarks.methods.words import advice, undecided
from forked import Forked
from taskgraft.errors import RequestError, StudyError
from taskgraft.recipe import recipe_values
from taskgraft.request import read_study_file

TINY = Piece(
    "tiny",
    "A tiny one",
    {"data": "shapes", "data_option": {"num_train": 320, "num_test": 100}},
    epochs=1,
    num_seeds=2,
    num_trials=2,
    methods=tuple(each for each in METHODS if each.name in ("flat", "shared", "equal-weights", "dwa")),
)
RATE, WEIGHT = "optimizer.learning_rate", "finest_weight"

app = typer.Typer()
app.command()(command.main)


def train_tiny(out: Path, records: Path, failpoint: str = "") -> str:
    """The command of the tiny piece, which dies at a failpoint if there is one; what it printed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKGRAFT_FAILPOINT", failpoint)
        patch.setattr(pieces, "PIECES", (TINY,))
        given = ["tiny", "--out", str(out), "--records", str(records), "--jobs", "1"]
        return CliRunner().invoke(app, given, catch_exceptions=False).output


def times(out: Path) -> dict[str, int]:
    """When each trial and each run was finished."""
    paths = [*out.rglob("trial.json"), *out.rglob("result.json")]
    return {str(path): path.stat().st_mtime_ns for path in sorted(paths)}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of a piece whose command was killed, continued and repeated; that of the records."""
    folder = tmp_path_factory.mktemp("methods")
    out, records = folder / "studies", folder / "docs" / "multi-task-methods"
    killed = Forked(train_tiny, out, records, "write.trial.json.after:3")
    assert killed.end_unheard() == -signal.SIGKILL
    begun = times(out)
    assert len(begun) == 3
    assert train_tiny(out, records).endswith("tiny.json.\n")
    written = times(out)
    assert begun.items() < written.items()
    train_tiny(out, records)
    assert times(out) == written
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "PIECES", (TINY, PIECES[0]))
        CliRunner().invoke(app, ["page", "--records", str(records)], catch_exceptions=False)
    return out / "tiny", records


def test_a_piece_is_tuned_trained_and_concluded(trained: tuple[Path, Path]) -> None:
    (one,) = read_all([TINY], trained[1])
    assert [row.name for row in one.rows] == ["flat", "shared", "equal-weights", "dwa"]
    assert one.seeds == (0, 1)
    assert one.levels == {"family": 4, "shape": 16}
    for row in one.rows:
        assert row.num_seeds == 2
        assert set(row.scores) == {
            *("accuracy.family", "accuracy.shape", "full_path_accuracy"),
            *("hierarchical_f1", "mistake_severity", "hops"),
        }
        assert set(row.errors) == {"family", "shape"}
        assert min(row.macs, row.num_parameters, row.peak_memory_bytes) > 0
    names = [row.name for row in one.rows]
    assert [answer.name for answer in one.answers["flat"]] == names[1:]
    for question in ("tuned-weights", "tuned-weights-jointly"):
        pairs = [(answer.name, answer.rival) for answer in one.answers[question]]
        assert pairs == [("equal-weights", "shared"), ("dwa", "shared")]
    assert [(answer.name, answer.rival) for answer in one.answers["twin"]] == [("dwa", "equal-weights")]
    # Runs of a few steps: what could turn everything round is said first.
    assert any("Hardly begun to learn" in caution for caution in one.grave)


def test_where_labels_do_not_follow_the_tree_nothing_is_judged_along_it(trained: tuple[Path, Path]) -> None:
    verdict = tg.conclude(trained[0] / "study")
    assert set(answers(replace(TINY, is_nested=False), verdict)) == {"tuned-weights", "twin"}
    assert set(answers(TINY, verdict)) == {"tuned-weights", "tuned-weights-jointly", "flat", "twin"}
    (one,) = read_all([TINY], trained[1])
    without = one.model_copy(
        update={"answers": {name: one.answers[name] for name in ("tuned-weights", "twin")}}
    )
    assert "Labels do not follow the tree here" not in page([one], [TINY])
    text = page([without], [TINY])
    assert "Labels do not follow the tree here" in text
    assert (
        "| variant | Better than fixed weights that were tuned? | Better than its twin of equal cost? |"
        in text
    )
    assert "one network for the finest level" not in text[: text.index("## How to read it")]


def test_every_variant_is_searched_over_what_has_a_say(trained: tuple[Path, Path]) -> None:
    (one,) = read_all([TINY], trained[1])
    assert (one.budget.num_trials, one.budget.length_ratio) == (2, 0.5)
    assert one.budget.score == "full_path_accuracy"
    assert one.budget.ranges == {RATE: "0.025 to 1.6 (log)", WEIGHT: "0.125 to 8 (log)"}
    study = tg.Study.open(trained[0] / "study")
    for row in one.rows:
        keys = {RATE} if row.name in ("flat", "equal-weights") else {RATE, WEIGHT}
        assert set(row.searched.values) == set(row.searched.before) == keys
        assert (row.searched.num_trials, row.searched.before[RATE]) == (2, 0.2)
        assert row.searched.score is not None
        assert row.searched.score_before is not None
        assert row.searched.score >= row.searched.score_before
        # The runs have what the search came to.
        trained_with = recipe_values(study.record.request.variant(row.name).recipe)
        assert {key: trained_with[key] for key in keys} == row.searched.values


def test_a_difference_is_that_of_the_scores(trained: tuple[Path, Path]) -> None:
    (one,) = read_all([TINY], trained[1])
    scores = {row.name: row.scores[one.primary].value for row in one.rows}
    for name in ("tuned-weights", "twin"):
        for answer in one.answers[name]:
            expected = scores[answer.name] - scores[answer.rival]
            assert answer.difference.value == pytest.approx(expected, abs=2e-6)


def test_the_search_has_seeds_of_its_own(trained: tuple[Path, Path]) -> None:
    trials = [json.loads(path.read_text()) for path in trained[0].rglob("trial.json")]
    assert len(trials) == 8
    assert not {trial["seed"] for trial in trials} & {0, 1}


def test_the_page_has_every_figure_with_its_source(trained: tuple[Path, Path]) -> None:
    text = trained[1].with_suffix(".md").read_text()
    (one,) = read_all([TINY], trained[1])
    assert "python -m benchmarks.methods tiny --out DIR" in text
    assert f"1 of 2 data sets trained: A tiny one. Still to be trained: {PIECES[0].title}." in text
    assert one.ended in text
    assert f"with the same operations, {one.budget.pflop:.3g} PFLOP, as 2 trials of the costliest" in text
    for row in one.rows:
        rate, weight = row.searched.values[RATE], row.searched.values.get(WEIGHT)
        values = f"{rate:.3g} | {'–' if weight is None else format(weight, '.3g')} | 2 |"
        assert f"| `{row.name}` | {values}" in text
    open_questions = text.partition("## What stays open")[2].partition("## A tiny one")[0]
    assert f"- A tiny one. {one.grave[0]}" in open_questions
    assert all(f"| `{row.name}` |" in text for row in one.rows)
    assert text.count(f"{100 * one.rows[0].scores['full_path_accuracy'].value:.1f} (") >= 1


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_study_files_are_requests(piece: Piece, tmp_path: Path) -> None:
    study, _ = read_study_file(write_study(piece, tmp_path, tmp_path), {})
    assert (study.tune, Path(str(study.out))) == (piece.num_trials, tmp_path / "study")
    assert len(study.seeds) == piece.num_seeds
    names = {method.name for method in piece.methods}
    assert set(study.variants) == names
    assert names >= {"flat", "shared", "equal-weights"}
    assert names >= {method.twin for method in piece.methods if method.twin}


def test_five_levels_have_no_trunk_each() -> None:
    left_out = {method.name for method in METHODS} - {
        method.name for method in piece_named("cifar100-tree").methods
    }
    flows = {"coarse-to-fine", "fine-to-coarse"}
    assert left_out == {"independent", "cross-stitch", "shared@independent-macs", *flows}


def test_data_without_a_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match="data_dir to be a folder that holds the data of cifar100, but got none"
    ):
        write_study(piece_named("cifar100"), tmp_path, None)


def test_an_unknown_piece_is_refused() -> None:
    with pytest.raises(RequestError, match=r"page, or one of shapes-related, .*, but got 'cifar'"):
        piece_named("cifar")


def test_no_records_make_no_page(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="record of a piece, but got none"):
        read_all(PIECES, tmp_path)


def drawn(piece: str, said: dict[str, tuple[str, Said]]) -> Conclusion:
    """A record of two questions with one answer to each; by method its kind and what is said of it."""
    difference = Estimate(value=0.0, low=-0.02, high=0.02)
    answers = tuple(
        Answer(
            name=name,
            rival="x",
            decodings=("independent",) * 2,
            difference=difference,
            adjusted_p=0.5,
            said=how,
        )
        for name, (_, how) in said.items()
    )
    searched = Searched(
        num_trials=6, num_pruned=1, num_diverged=0, before={RATE: 0.2}, values={RATE: 0.3},
        score_before=None, score=0.5,
    )  # fmt: skip
    rows = tuple(
        Row(
            name=name,
            kind=kind,
            num_seeds=2,
            num_failed=0,
            searched=searched,
            val=0.5,
            scores={},
            gain=None,
            errors={},
            num_parameters=1,
            macs=1,
            train_seconds=1,
            peak_memory_bytes=1,
        )
        for name, (kind, _) in said.items()
    )
    budget = Budget(
        num_trials=6, pflop=0.01, length_ratio=0.5, score="full_path_accuracy", ranges={RATE: "0.025 to 1.6"}
    )
    return Conclusion(
        piece=piece, title=piece.title(), command="c", began="2026-11-30", ended="2026-11-30", source="s",
        split="drawn", options={}, num_images={"test": 100}, levels={"a": 2}, digest="d", recipe="quick",
        epochs=1, seeds=(0, 1), machines=("m",), primary="full_path_accuracy", budget=budget,
        best_flow=None, rows=rows,
        answers={TUNED_WEIGHTS.name: answers, TWINS.name: answers}, grave=(), cautions=(),
    )  # fmt: skip


def test_advice_counts_what_was_shown() -> None:
    one = drawn(
        "one",
        {
            "dwa": ("balancing", "better"),
            "famo": ("balancing", "better"),
            "equal-weights": ("plain", "worse"),
        },
    )
    two = drawn(
        "two",
        {"dwa": ("balancing", "alike"), "famo": ("balancing", "worse"), "upgrad": ("balancing", "worse")},
    )
    lines = list(advice([one, two]))
    assert lines[0] == (
        "To tune the weight of the finest level as well as the rate was shown to pay on 1 of 1 data set "
        "(One)."
    )
    assert lines[1] == (
        "Balancings of losses or gradients against fixed weights that were tuned: better 2, worse 2, "
        "within a point 1, undecided 0 of 5 comparisons. "
        "Worth a try, better than this rival somewhere and worse nowhere: `dwa` (one). "
        "Better on one data set and worse on another: `famo`. Shown to be worse: `upgrad` (two)."
    )


def test_what_was_not_shown_is_no_reason() -> None:
    (_, line) = advice([drawn("one", {"dwa": ("balancing", "undecided")})])
    assert line.endswith(
        "None was shown to be better, so nothing here is a reason to take one over equal weights, whose "
        "rate was tuned."
    )


def test_what_stays_open_says_how_far() -> None:
    lines = list(
        undecided([drawn("one", {"dwa": ("balancing", "undecided"), "famo": ("balancing", "alike")})])
    )
    assert lines[0] == (
        "One. Better than fixed weights that were tuned? Undecided for 1 of 2: `dwa`. The middle one of "
        "their intervals reaches 2.0 points either way."
    )


def test_a_page_without_open_questions_says_so() -> None:
    one = drawn("one", {"dwa": ("balancing", "alike")})
    text = page([one], [TINY])
    assert "- Nothing: every question has an answer." in text


def test_a_trial_that_was_cut_short_is_counted() -> None:
    text = page([drawn("one", {"dwa": ("balancing", "alike")})], [TINY])
    assert "| `dwa` | 0.3 | 6 (1 cut short) | – | 50.0 |" in text
