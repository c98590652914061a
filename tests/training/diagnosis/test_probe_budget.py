"""Probes stay within their budget, whatever the run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from taskgraft.training.diagnosis import BUDGET_RATIO, probe_plan


@given(
    num_levels=st.integers(1, 12),
    num_train=st.integers(1, 3_000_000),
    epochs=st.floats(0.01, 1000),
    batch_size=st.integers(1, 4096),
)
def test_all_probes_of_a_run_take_three_percent_of_its_passes_at_most(
    num_levels: int, num_train: int, epochs: float, batch_size: int
) -> None:
    plan = probe_plan(num_levels, num_train, epochs, batch_size)
    num_epochs = max(1, round(epochs))
    # Of thousands of epochs, the first fifty show the share as well.
    counted = min(num_epochs, 50 * max(1, plan.interval))
    num_probes = sum(plan.is_due(number) for number in range(1, counted + 1))
    passes = num_probes * plan.num_batches * plan.batch_size * (1 + 3 * num_levels)
    of_training = 3 * num_train * epochs * (1 if counted == num_epochs else counted / num_epochs)
    # Of a run cut into parts of whole intervals, the last part may be short.
    assert passes <= BUDGET_RATIO * of_training * 1.02 + 1e-6
    if plan.interval:
        assert plan.is_due(1)
        assert plan.num_batches >= 1
    assert plan.batch_size <= min(batch_size, num_train)
