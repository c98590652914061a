"""Options, declared once for the command line, Python and study files."""

from taskgraft.request._compare_options import CompareOptions
from taskgraft.request._data_options import DataOptions
from taskgraft.request._keywords import has_options
from taskgraft.request._option import GROUPS, Option
from taskgraft.request._options import Options
from taskgraft.request._run_options import RunOptions
from taskgraft.request._seeds import (
    LARGEST_SEED,
    MOST_RESPLITS,
    MOST_RUNS,
    OPEN,
    resolve_seeds,
    search_seed,
    trial_number,
)
from taskgraft.request._serve_limits import ServeLimits
from taskgraft.request._settings import SHORTHANDS
from taskgraft.request._source import Source
from taskgraft.request._study_file import OF_ONE_COMMAND, read_study_file
from taskgraft.request._train_options import TrainOptions
from taskgraft.request._variant_options import VariantOptions

__all__ = [
    "GROUPS",
    "LARGEST_SEED",
    "MOST_RESPLITS",
    "MOST_RUNS",
    "OF_ONE_COMMAND",
    "OPEN",
    "SHORTHANDS",
    "CompareOptions",
    "DataOptions",
    "Option",
    "Options",
    "RunOptions",
    "ServeLimits",
    "Source",
    "TrainOptions",
    "VariantOptions",
    "has_options",
    "read_study_file",
    "resolve_seeds",
    "search_seed",
    "trial_number",
]
