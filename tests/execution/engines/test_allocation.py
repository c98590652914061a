import pytest

from taskgraft.execution.engines import Machine, Work, allocate

DEMO = Work(num_runs=12, pflop=5.0, step_gmac=5.0)


@pytest.mark.parametrize(
    ("cores", "jobs", "threads", "shown"),
    [
        (2, None, None, "2 jobs x 1 thread"),
        (2, 1, None, "1 job x 2 threads"),
        (2, None, 2, "1 job x 2 threads"),
        (2, 4, None, "4 jobs x 1 thread"),
        (8, None, 2, "4 jobs x 2 threads"),
        (24, None, None, "12 jobs x 2 threads"),
        (1, None, None, "1 job x 1 thread"),
    ],
)
def test_what_is_given_stays_and_the_rest_follows_from_the_cores(
    cores: int, jobs: int | None, threads: int | None, shown: str
) -> None:
    assert str(allocate(DEMO, Machine("cpu", cores), jobs, threads)) == shown


def test_one_run_has_every_core() -> None:
    assert str(allocate(Work(1, 5.0, 5.0), Machine("cpu", 2))) == "1 job x 2 threads"
    assert str(allocate(Work(0, 0.0, 0.0), Machine("cpu", 2))) == "1 job x 2 threads"


def test_what_is_over_in_seconds_needs_no_processes() -> None:
    assert str(allocate(Work(12, 0.01, 0.1), Machine("cpu", 2))) == "1 job x 2 threads"


def test_an_accelerator_does_one_run_at_a_time() -> None:
    assert allocate(DEMO, Machine("cuda", 8)).num_jobs == 1
