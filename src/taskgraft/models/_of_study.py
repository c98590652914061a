"""Of a study the model that is wanted: of its variants the recommended one, of its seeds the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from taskgraft.errors import Phrase, RequestError, StudyError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.study import (
    MODEL,
    Ledger,
    RunRecord,
    StudyRecord,
    read_recommendation,
    read_study,
    recorded_runs,
    run_directory,
)


def file_of_study(directory: Path, variant: str | None, seed: int | None) -> Path:
    """The file of a model of a study; of its runs, only those that may be the one are verified.

    Args:
        directory: Of the study.
        variant: Which one; None for the only one, or the recommended one.
        seed: Of which run; None for the one that scores highest on the validation images.

    Raises:
        RequestError: If there is no such variant or seed, or nothing is recommended.
        StudyError: If no run that could be it is finished and undamaged.
    """
    record = read_study(directory)
    names = record.request.names
    if variant is not None and variant not in names:
        raise unknown_name(Parameter("variant"), variant, names)
    if variant is None:
        variant = names[0] if len(names) == 1 else _recommended(directory, record)
    run = _run_of(directory, record, variant, seed)
    return run_directory(directory, variant, run.seed) / MODEL


def _recommended(directory: Path, record: StudyRecord) -> str:
    runs = recorded_runs(directory, record)
    names = list(dict.fromkeys(run.variant for run in runs))
    if len(names) == 1:
        return names[0]
    kept = read_recommendation(directory, record, runs)
    if kept is not None:
        variant, best = kept.variant, kept.best
    else:
        # Only where no report has said it: every prediction of the study is read and scored.
        from taskgraft.verdict import conclude  # noqa: PLC0415

        concluded = conclude(directory).recommendation
        variant, best = (concluded.variant, concluded.best) if concluded else (None, None)
    if variant is None:
        raise _none_recommended(directory, names, best)
    return variant


def _none_recommended(directory: Path, names: Sequence[str], best: str | None) -> RequestError:
    on_val = f"; on val {best} is the best" if best else ""
    return RequestError.expected(
        Parameter("variant"),
        f"one of {', '.join(names)}",
        Phrase("none"),
        f"{directory} recommends none: `taskgraft report` says why, and what would settle it{on_val}.",
    )


def _run_of(directory: Path, record: StudyRecord, variant: str, seed: int | None) -> RunRecord:
    """The finished run that is wanted."""
    ledger, seeds = Ledger(directory, record.request), record.request.seeds
    states = {k: ledger.state(variant, k) for k in seeds if seed in (None, k)}
    runs = [state.record for state in states.values() if state.record is not None]
    if runs:
        return max(runs, key=lambda run: _merit(run, record.request.levels[-1]))
    damaged = [state.damage for state in states.values() if state.damage is not None]
    if damaged or seed is None:
        raise StudyError.expected(
            str(directory),
            f"a study with a finished run of {variant}",
            Phrase("; ".join(damaged) or "none"),
            "Run the command of the study again to finish it.",
        )
    finished = [run.seed for run in recorded_runs(directory, record) if run.variant == variant]
    raise RequestError.expected(
        Parameter("seed"), f"one of the finished runs of {variant}", seed, f"They are {_listed(finished)}."
    )


def _merit(run: RunRecord, finest: str) -> float:
    """What chooses between seeds: validation images, never the test split; of equals the first is taken."""
    scores = run.val_scores
    return scores.get("full_path_accuracy", scores.get(f"accuracy.{finest}", 0.0)) or 0.0


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(seeds))) or "none"
