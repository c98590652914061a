"""A caution before a training that is over before it has begun."""

from __future__ import annotations

from math import ceil

# Batch norm keeps 0.9 ** n of the statistics it began with after n steps: 1 % at 44. And `quick` on 2,304
# images of shapes, chance 0.25 and 0.06: accuracies of 0.28 and 0.06 after 3 steps, 0.40 and 0.11 after 30,
# 0.55 and 0.21 after 50, 0.75 and 0.46 after 100, 0.84 and 0.66 after 200, two seeds each.
FEWEST_STEPS = 100


def few_steps_caution(num_steps: int, batch_size: int, num_train: int) -> str | None:
    """Says so where a training makes so few steps that it tells little of any architecture; else None.

    Args:
        num_steps: Optimizer steps of a run, without an early stop.
        batch_size: Images a step.
        num_train: Train images.

    Example:
        >>> print(few_steps_caution(3, 128, 200))
        A run makes 3 optimizer steps (200 train images, 128 a step): below 100 networks have hardly begun \
to learn, and their differences say little. Train for 100 epochs or more, in smaller batches, or on more \
images.
        >>> few_steps_caution(352, 1024, 45_000)
    """
    if num_steps >= FEWEST_STEPS:
        return None
    steps_an_epoch = max(1, num_train // batch_size)
    steps = "step" if num_steps == 1 else "steps"
    return (
        f"A run makes {num_steps} optimizer {steps} ({num_train:,} train images, "
        f"{min(batch_size, num_train):,} a step): below {FEWEST_STEPS} networks have hardly begun to learn, "
        f"and their differences say little. Train for {ceil(FEWEST_STEPS / steps_an_epoch)} epochs or more, "
        "in smaller batches, or on more images."
    )
