"""From the study of a piece to its record."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import taskgraft as tg
from benchmarks.methods.pieces import Piece
from benchmarks.methods.questions import answers, estimate
from benchmarks.methods.records import Budget, Conclusion, Row, Searched, Spread
from benchmarks.methods.training import Trained
from taskgraft.architecture import CONTROL
from taskgraft.errors import Phrase, StudyError
from taskgraft.file_writing import write_text
from taskgraft.study import RunRecord, TuningRecord
from taskgraft.verdict import Standing, Tuned, Verdict

# Of all scores those that the page shows; accuracies are of a level each.
_SHOWN = ("full_path_accuracy", "hierarchical_f1", "mistake_severity", "hops")


def conclude(trained: Trained) -> Conclusion:
    """What the study of a piece says, by `tg.conclude`; it is looked at once, when all of it is trained."""
    piece, study, verdict = trained.piece, trained.study, tg.conclude(trained.study)
    request, data = study.record.request, study.record.request.data
    return Conclusion(
        piece=piece.name,
        title=piece.title,
        command=_command(piece),
        began=study.record.created[:10],
        ended=max(run.finished for run in study.runs)[:10],
        source=data.source,
        split=request.split,
        options=dict(data.options),
        num_images=dict(data.num_images),
        levels=dict(zip(study.taxonomy.level_names, study.taxonomy.num_classes, strict=True)),
        digest=data.digest,
        recipe=piece.recipe,
        epochs=piece.epochs,
        seeds=request.seeds,
        machines=_machines(study.runs),
        primary=verdict.primary,
        budget=_budget(trained.tuning, verdict.tuning),
        best_flow=_best_flow(piece, study.runs, verdict.primary),
        rows=tuple(_row(piece, standing, study.runs, verdict) for standing in verdict.standings),
        answers=answers(piece, verdict),
        grave=_of_scores(verdict.recommendation.cautions if verdict.recommendation else ()),
        cautions=_of_scores(verdict.cautions),
    )


def write(conclusion: Conclusion, records: Path) -> Path:
    """Writes the record of a piece, complete or not at all."""
    path = records / f"{conclusion.piece}.json"
    write_text(path, conclusion.model_dump_json(indent=1) + "\n")
    return path


def read_all(pieces: Sequence[Piece], records: Path) -> list[Conclusion]:
    """The records at hand, in the order of the pieces.

    Raises:
        StudyError: If there is none.
    """
    paths = [records / f"{piece.name}.json" for piece in pieces]
    records_at_hand = [Conclusion.model_validate_json(path.read_text()) for path in paths if path.exists()]
    if not records_at_hand:
        raise StudyError.expected(
            str(records), "a folder with the record of a piece", Phrase("none"), "Train a piece first."
        )
    return records_at_hand


def _command(piece: Piece) -> str:
    place = ["--data-dir", "FOLDER"] if piece.needs_folder else []
    return shlex.join(["python", "-m", "benchmarks.methods", piece.name, "--out", "DIR", *place])


def _row(piece: Piece, standing: Standing, runs: Sequence[RunRecord], verdict: Verdict) -> Row:
    kinds = {method.name: method.kind for method in piece.methods}
    tuned = {one.variant: one for one in verdict.tuning}
    cost, name = standing.cost, standing.variant
    errors = {
        one.level: Spread(mean=round(one.raw["ece"].mean, 6), std=_rounded(one.raw["ece"].std))
        for one in verdict.calibrations
        if one.variant == name
    }
    return Row(
        name=name,
        kind=kinds[name],
        num_seeds=len(standing.seeds),
        num_failed=standing.num_failed,
        searched=_searched(tuned[name]),
        val=_on_val(runs, name, verdict.primary),
        scores={
            score: estimate(interval)
            for score, interval in standing.scores.items()
            if score in _SHOWN or score.startswith("accuracy.")
        },
        gain=estimate(standing.gain) if standing.gain and verdict.control == CONTROL else None,
        errors=errors,
        num_parameters=cost.num_parameters,
        macs=cost.macs,
        train_seconds=round(cost.train_seconds, 2),
        peak_memory_bytes=cost.peak_memory_bytes,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _on_val(runs: Sequence[RunRecord], name: str, score: str) -> float:
    return round(fmean(run.val_scores[score] for run in runs if run.variant == name), 6)


def _of_scores(cautions: Sequence[str]) -> tuple[str, ...]:
    """Those that are about what is kept here, which no latency is."""
    return tuple(caution for caution in cautions if "while latency was taken" not in caution)


def _best_flow(piece: Piece, runs: Sequence[RunRecord], score: str) -> str | None:
    """Chosen on val, as everything is that is chosen."""
    trained = {run.variant for run in runs}
    flows = [each.name for each in piece.methods if each.kind == "flow" and each.name in trained]
    return max(flows, key=lambda name: _on_val(runs, name, score), default=None)


def _machines(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    """What the runs ran on, each machine once."""
    lines = [
        f"{one.processor}, {one.num_cores} cores, {one.num_jobs} at once, threads: {one.num_threads}, "
        f"{one.device}, {one.precision}, torch {one.versions['torch']}, taskgraft {one.versions['taskgraft']}"
        for one in (run.environment for run in runs)
    ]
    return tuple(dict.fromkeys(lines))


def _budget(record: TuningRecord, tuned: Sequence[Tuned]) -> Budget:
    return Budget(
        num_trials=record.num_trials,
        pflop=float(f"{record.budget_pflop:.4g}"),
        length_ratio=record.length_ratio,
        score=record.score,
        ranges={key: words for one in tuned for key, words in one.ranges.items()},
    )


def _searched(tuned: Tuned) -> Searched:
    return Searched(
        num_trials=tuned.num_trials,
        num_pruned=tuned.num_pruned,
        num_diverged=tuned.num_diverged,
        before=tuned.before,
        values=tuned.values,
        score_before=_rounded(tuned.score_before),
        score=_rounded(tuned.score_best),
    )
