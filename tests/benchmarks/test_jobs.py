"""What the benchmark of jobs counts. How fast anything is stands in its output, never in a test."""

from __future__ import annotations

import json

import pytest

from benchmarks import jobs as jobs_module
from benchmarks.images import random_images
from benchmarks.jobs import WAYS, Sample, Size, measure, measure_all, sizes
from taskgraft.recipe import Recipe


@pytest.fixture
def tiny(tiny_recipe: Recipe) -> Size:
    return Size("tiny", tiny_recipe.model_copy(update={"epochs": 1.0, "growth": ()}), 2)


def test_the_last_size_takes_ten_times_the_operations_of_an_image() -> None:
    data = random_images(num_train=100)
    quick, compact, wide = sizes()
    images = [size.step_gmac(data) / size.recipe.batch_size for size in (quick, compact, wide)]
    assert images[0] < images[1]
    assert images[2] / images[1] == pytest.approx(10, rel=0.1)
    assert [size.num_train // size.recipe.batch_size for size in (quick, compact, wide)] == [
        size.num_steps for size in (quick, compact, wide)
    ]


def test_a_way_is_timed_from_its_first_step_to_its_last_run(tiny: Size) -> None:
    sample = measure(tiny, random_images(num_train=tiny.num_train), 1, 1)
    assert sample.start_seconds > 0
    assert sample.seconds > 0
    assert sample.cpu_seconds > 0
    assert 0 <= sample.other_share <= 1


def test_rounds_alternate_and_a_ratio_is_of_one_round(tiny: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def measured(size: Size, data: object, jobs: int, threads: int) -> Sample:
        asked.append((jobs, threads))
        # The machine is ten times as slow in the second round.
        slowness = 10.0 if len(asked) > len(WAYS) else 1.0
        return Sample(0.5, slowness * (2.0 if jobs == 1 else 1.0), 3.0, 0.1)

    monkeypatch.setattr(jobs_module, "measure", measured)
    rows = measure_all([tiny], 2)
    assert asked == [*WAYS, *WAYS]
    assert [(row["jobs"], row["threads"], row["over_2x1"]) for row in rows] == [
        (1, 1, 2.0),
        (2, 1, 1.0),
        (1, 2, 2.0),
    ]
    assert json.loads(json.dumps(rows))[0]["other_share"] == 0.1
