import pytest

from taskgraft.execution.engines import Allocation, Machine, Work, allocate

DEMO = Work(num_runs=12, pflop=0.04, step_gmac=5.0)


@pytest.mark.parametrize(
    ("cores", "jobs", "threads", "expected"),
    [
        (2, None, None, Allocation(2, 1)),
        (2, 1, None, Allocation(1, 2)),
        (2, None, 2, Allocation(1, 2)),
        (2, 4, None, Allocation(4, 1)),
        (8, None, 2, Allocation(4, 2)),
        (24, None, None, Allocation(12, 2)),
        (1, None, None, Allocation(1, 1)),
    ],
)
def test_what_is_given_stays_and_the_rest_follows_from_the_cores(
    cores: int, jobs: int | None, threads: int | None, expected: Allocation
) -> None:
    assert allocate(DEMO, Machine("cpu", cores), jobs, threads) == expected


def test_one_run_has_every_core() -> None:
    assert allocate(Work(1, 0.04, 5.0), Machine("cpu", 2)) == Allocation(1, 2)
    assert allocate(Work(0, 0.0, 0.0), Machine("cpu", 2)) == Allocation(1, 2)


def test_what_is_over_in_seconds_needs_no_processes() -> None:
    assert allocate(Work(12, 0.001, 0.1), Machine("cpu", 2)) == Allocation(1, 2)


def test_an_accelerator_does_one_run_at_a_time() -> None:
    assert allocate(DEMO, Machine("cuda", 8)).num_jobs == 1
