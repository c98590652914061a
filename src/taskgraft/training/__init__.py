"""The loop, from the first step to the last, and what it is made of."""

from taskgraft.training._backbone import check_growth, with_trunk
from taskgraft.training._balance import check_balanced_levels, parse_balance
from taskgraft.training._balancing import check_balancing, unbalanced
from taskgraft.training._batches import images_served, num_batches, num_steps
from taskgraft.training._build import new_network, untrained_network
from taskgraft.training._checkpoint import (
    INTERVAL_SECONDS,
    MOST_SHARE,
    SLOTS,
    Checkpoints,
    remove_checkpoints,
)
from taskgraft.training._effective import effective_values
from taskgraft.training._follow_hardware import follow_hardware
from taskgraft.training._job import Job
from taskgraft.training._memory import step_bytes, within_memory
from taskgraft.training._pace import Pace, measure_pace
from taskgraft.training._start import check_trained
from taskgraft.training._train import Trained, train, training_events
from taskgraft.training._work import train_pflop

__all__ = [
    "INTERVAL_SECONDS",
    "MOST_SHARE",
    "SLOTS",
    "Checkpoints",
    "Job",
    "Pace",
    "Trained",
    "check_balanced_levels",
    "check_balancing",
    "check_growth",
    "check_trained",
    "effective_values",
    "follow_hardware",
    "images_served",
    "measure_pace",
    "new_network",
    "num_batches",
    "num_steps",
    "parse_balance",
    "remove_checkpoints",
    "step_bytes",
    "train",
    "train_pflop",
    "training_events",
    "unbalanced",
    "untrained_network",
    "with_trunk",
    "within_memory",
]
