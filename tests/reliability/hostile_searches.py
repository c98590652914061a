"""Hostile cases in the records of a search: `tuning.json`, which a report reads, and `trial.json` of a trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hostile_place import Case, Expected, Place, report, rewrite

from taskgraft.recipe import Range
from taskgraft.study import (
    StudyRecord,
    Trial,
    TrialRecord,
    TunedVariant,
    TuningRecord,
    read_record,
    write_record,
)

KEY = "optimizer.learning_rate"


def trial(number: int, state: Any = "finished") -> Trial:
    """A trial as a search leaves it."""
    return Trial(values={KEY: 0.1 + number / 100}, state=state, score=0.5 + number / 100, train_pflop=0.25)


def tuning_record(names: tuple[str, ...]) -> TuningRecord:
    """A search of these variants that is over, of four trials each."""
    one = TunedVariant(
        search="0" * 64,
        ranges={KEY: Range(low=0.01, high=1.0)},
        before={KEY: 0.1},
        trials=(trial(0), trial(1), trial(2, "pruned"), trial(3, "diverged")),
        best=1,
    )
    return TuningRecord(
        num_trials=2,
        budget_pflop=1.0,
        length_ratio=0.5,
        score="accuracy.colour",
        variants=dict.fromkeys(names, one),
    )


def trial_record(record: StudyRecord) -> TrialRecord:
    """A trial of the first variant of a study."""
    return TrialRecord(
        variant=record.request.names[0],
        seed=2**32 - 1,
        search="0" * 64,
        trial=trial(0),
        curve={"0.5": 0.4, "1.0": 0.5},
        environment=record.environment,
        finished="2026-11-30T00:00:00+00:00",
    )


def _search(change: Callable[[Any], Any], expected: Expected = "reported") -> Case:
    """A study with a search that says something else, with a checksum that agrees."""

    def make(place: Place) -> list[str]:
        study = place.study()
        names = read_record(study / "study.json", StudyRecord).request.names
        write_record(study / "tuning.json", tuning_record(names))
        rewrite(study / "tuning.json", change)
        return report(study)

    return Case(make, expected)


def _of_all(**values: Any) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        for variant in record["variants"].values():
            variant.update(values)

    return change


def _of_trials(**values: Any) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        for variant in record["variants"].values():
            for each in variant["trials"]:
                each.update(values)

    return change


def _many_trials(number: int) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        for variant in record["variants"].values():
            variant["trials"] = [variant["trials"][1]] * number

    return change


def _other_names(record: Any) -> None:
    record["variants"] = {f"../../{i}\x1b[31m": one for i, one in enumerate(record["variants"].values())}


SEARCHES: dict[str, Case] = {
    "a search as it should be": _search(lambda record: None, "done"),
    "a search with a field of its own": _search(_of_all(__class__="os.system")),
    "a search whose best trial does not exist": _search(_of_all(best=10**9)),
    "a search without a trial": _search(_of_all(trials=[])),
    "a search of a million trials": _search(_many_trials(1_000_000)),
    "a search of 100,000 trials": _search(_many_trials(100_000), "either"),
    "a search that took infinite operations": _search(_of_trials(train_pflop=1e999)),
    "a search that took 1e308 operations a trial": _search(_of_trials(train_pflop=1e308)),
    "a search that took next to nothing": _search(_of_trials(train_pflop=5e-324)),
    "a search with a score above one": _search(_of_trials(score=2.0)),
    "a search with a score that is no number": _search(_of_trials(score=float("nan"))),
    "a search of a budget below zero": _search(lambda record: record.update(budget_pflop=-1.0)),
    "a search of a budget without end": _search(lambda record: record.update(budget_pflop=1e999)),
    "a search of a budget of 1e308": _search(lambda record: record.update(budget_pflop=1e308)),
    "a search of fewer than no trials": _search(lambda record: record.update(num_trials=-(10**30))),
    "a search of trials without length": _search(lambda record: record.update(length_ratio=0.0)),
    "a search by a score that is markup": _search(
        lambda record: record.update(score="<script>x</script>\x1b[2J"), "either"
    ),
    "a search by a score of a million letters": _search(lambda record: record.update(score="a" * 10**6)),
    "a search of keys that are markup": _search(
        _of_all(ranges={"<img src=x>\n\x1b[2J": {"low": 1.0, "high": 2.0}}), "either"
    ),
    "a search of 100,000 keys": _search(_of_all(before={f"k{i}": 1.0 for i in range(100_000)}), "reported"),
    "a search of a range upside down": _search(_of_all(ranges={KEY: {"low": 2.0, "high": 1.0}})),
    "a search of a range without end": _search(_of_all(ranges={KEY: {"low": 0.0, "high": 1e999}})),
    "a search of other variants": _search(_other_names, "either"),
    "a search that is a list": _search(lambda record: [record]),
    "a search of format 10^9": _search(lambda record: record.update(format=10**9), "refused"),
}
