"""Killed anywhere and begun again with the same request, a study ends with the same bits."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from killable import ARCHITECTURES, SIGKILL, check_same, end_of, start

from forked import PROCESSES


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each study as it is when nothing happens."""
    folder = tmp_path_factory.mktemp("untouched")
    processes = [start(folder / case, case) for case in ARCHITECTURES]
    assert [end_of(process) for process in processes] == [0, 0]
    return {case: folder / case for case in ARCHITECTURES}


def seconds_of(out: Path, case: str) -> float:
    """How long a study takes when nothing happens."""
    begun = PROCESSES.Event()
    process = start(out, case, begun=begun)
    assert begun.wait(60)
    started = time.monotonic()
    assert end_of(process) == 0
    return time.monotonic() - started


def kill_at_random(folder: Path, case: str, num_kills: int, untouched: Path, dice: random.Random) -> int:
    """Kills and restarts studies of a kind until as many kills as told have met a process at work.

    Returns:
        How many studies were brought to their end meanwhile, each compared.
    """
    longest = 0.6 * seconds_of(folder / "timed", case)
    num_killed = num_studies = 0
    while num_killed < num_kills:
        out, is_done = folder / f"study{num_studies}", False
        while not is_done:
            begun = PROCESSES.Event()
            process = start(out, case, begun=begun)
            assert begun.wait(60)
            if num_killed < num_kills:
                process.join(dice.uniform(0, longest))
                if process.is_alive():
                    os.kill(process.pid, signal.SIGKILL)
            code = end_of(process)
            assert code in (0, SIGKILL)
            num_killed += code == SIGKILL
            is_done = code == 0
        check_same(out, untouched)
        num_studies += 1
    return num_studies


@pytest.mark.parametrize("case", ARCHITECTURES)
def test_a_study_killed_at_random_moments_ends_with_the_same_bits(
    case: str, tmp_path: Path, untouched: dict[str, Path]
) -> None:
    assert kill_at_random(tmp_path, case, 5, untouched[case], random.Random(0)) >= 1


@pytest.mark.torture
def test_two_hundred_kills_change_no_bit(tmp_path: Path, untouched: dict[str, Path]) -> None:
    started, told = time.monotonic(), []
    for number, case in enumerate(ARCHITECTURES):
        num_studies = kill_at_random(tmp_path / case, case, 100, untouched[case], random.Random(number))
        told.append(f"{num_studies} studies by {case}")
    print(
        f"torture: exact resume: 200 kills at random moments, {', '.join(told)} of 3 and 2 runs, "
        f"5 architectures, all weights, predictions and scores the same; {time.monotonic() - started:.0f} s"
    )


def steps_of(file: str, *when: str) -> list[str]:
    return [f"write.{file}.{one}" for one in when or ("before", "temporary", "after")]


# In the order in which they come by in a study of three runs. Behind its result a run is finished, and not
# done again; what comes after that is met in the next run.
FAILPOINTS = [
    *steps_of("study.json"),
    *steps_of("images.jsonl"),
    "train.step",
    *steps_of("checkpoint-a.safetensors"),
    *steps_of("checkpoint-b.safetensors"),
    "train.saved",
    "train.validate",
    *(
        step
        for name in ("model.safetensors", "history.jsonl", "predictions.safetensors")
        for step in steps_of(name)
    ),
    *steps_of("result.json"),
    *steps_of("flows.safetensors"),
    "checkpoints.remove.before",
    "checkpoints.remove.after",
    *steps_of("inference.json"),
    *steps_of("results.csv"),
    *steps_of("gallery.safetensors"),
]


def test_a_study_killed_at_every_step_of_saving_and_finishing_ends_with_the_same_bits(
    tmp_path: Path, untouched: dict[str, Path]
) -> None:
    """One study, killed at one step after the other."""
    for failpoint in FAILPOINTS:
        assert end_of(start(tmp_path / "study", "adam", failpoint)) == SIGKILL, failpoint
    assert end_of(start(tmp_path / "study", "adam")) == 0
    check_same(tmp_path / "study", untouched["adam"])


@pytest.mark.torture
@pytest.mark.parametrize("case", ARCHITECTURES)
def test_a_new_study_killed_once_at_any_step_ends_with_the_same_bits(
    case: str, tmp_path: Path, untouched: dict[str, Path]
) -> None:
    started = time.monotonic()
    for failpoint in FAILPOINTS:
        out = tmp_path / failpoint
        assert end_of(start(out, case, failpoint)) == SIGKILL, failpoint
        assert end_of(start(out, case)) == 0
        check_same(out, untouched[case])
    print(
        f"torture: exact resume: a kill at each of {len(FAILPOINTS)} named steps of a new study by {case}, "
        f"the same bits; {time.monotonic() - started:.0f} s"
    )
