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
    assert allocate(Work(12, 0.001, 2.0), Machine("cpu", 2)) == Allocation(1, 2)


@pytest.mark.parametrize("cores", [1, 2, 16])
def test_a_tiny_step_has_one_thread(cores: int) -> None:
    assert allocate(Work(1, 0.04, 0.2), Machine("cpu", cores)) == Allocation(1, 1)
    assert allocate(Work(12, 0.001, 0.2), Machine("cpu", cores)) == Allocation(1, 1)
    assert allocate(Work(64, 0.04, 0.2), Machine("cpu", cores)) == Allocation(cores, 1)
    assert allocate(Work(1, 0.04, 0.2), Machine("cpu", cores), num_threads=2).num_threads == 2


def test_the_threads_of_an_accelerator_do_not_follow_the_step() -> None:
    assert allocate(Work(1, 0.04, 0.2), Machine("cuda", 8)) == Allocation(1, 8)


def test_an_accelerator_does_one_run_at_a_time() -> None:
    assert allocate(DEMO, Machine("cuda", 8)).num_jobs == 1
