"""A study directory: its records and files, written and read back."""

from taskgraft.study._adaptation_record import (
    AdaptationRecord,
    keep_adaptation,
    models_digest,
)
from taskgraft.study._checked import UnwritableRecordError, read_record, record_content, write_record
from taskgraft.study._data_facts import DataFacts, keep_data_facts, read_data_facts
from taskgraft.study._differences import differences
from taskgraft.study._environment import NUMERIC, describe_environment, differing
from taskgraft.study._files import (
    CLASSES,
    FAILURE,
    FIGURES,
    FLOWS,
    HISTORY,
    INFERENCE,
    LOGS,
    MODEL,
    PREDICTIONS,
    REPORT,
    RESULT,
    RESULTS,
    RUNS,
    STUDY,
    STUDY_NAMES,
    TRIAL,
    TRIALS,
    TUNING,
    DamagedFileError,
    digest,
    write_arrays,
)
from taskgraft.study._gallery_file import Kept, is_gallery_of, read_gallery, write_gallery
from taskgraft.study._goal import LATENCY, Goal, preferences, score_preferred
from taskgraft.study._image_names import NAMED, keep_names, read_names, read_run_names
from taskgraft.study._inspect_run import Expected, RunState, check_not_linked, inspect_run
from taskgraft.study._inspect_trial import ExpectedTrial, TrialState, inspect_trial
from taskgraft.study._ledger import Ledger
from taskgraft.study._leftovers import is_leftover, remove_leftovers
from taskgraft.study._locks import LOCK, holder_of, lock, try_lock
from taskgraft.study._looks import keep_look
from taskgraft.study._recommended import keep_recommendation, read_recommendation, recorded_runs
from taskgraft.study._records import (
    AutoRecord,
    BudgetRecord,
    DataRecord,
    LookRecord,
    Request,
    StudyRecord,
)
from taskgraft.study._run_files import (
    Logits,
    read_flows,
    read_history,
    read_indices,
    read_split,
    read_splits,
    run_directory,
)
from taskgraft.study._run_records import (
    FailureRecord,
    InferenceRecord,
    RunCost,
    RunRecord,
    run_name,
)
from taskgraft.study._study import Study, read_study
from taskgraft.study._study_html import score_title, shown_scores
from taskgraft.study._summary import Spread, summarise
from taskgraft.study._tuning_records import Trial, TrialRecord, TunedVariant, TuningRecord, read_tuning

__all__ = [
    "CLASSES",
    "FAILURE",
    "FIGURES",
    "FLOWS",
    "HISTORY",
    "INFERENCE",
    "LATENCY",
    "LOCK",
    "LOGS",
    "MODEL",
    "NAMED",
    "NUMERIC",
    "PREDICTIONS",
    "REPORT",
    "RESULT",
    "RESULTS",
    "RUNS",
    "STUDY",
    "STUDY_NAMES",
    "TRIAL",
    "TRIALS",
    "TUNING",
    "AdaptationRecord",
    "AutoRecord",
    "BudgetRecord",
    "DamagedFileError",
    "DataFacts",
    "DataRecord",
    "Expected",
    "ExpectedTrial",
    "FailureRecord",
    "Goal",
    "InferenceRecord",
    "Kept",
    "Ledger",
    "Logits",
    "LookRecord",
    "Request",
    "RunCost",
    "RunRecord",
    "RunState",
    "Spread",
    "Study",
    "StudyRecord",
    "Trial",
    "TrialRecord",
    "TrialState",
    "TunedVariant",
    "TuningRecord",
    "UnwritableRecordError",
    "check_not_linked",
    "describe_environment",
    "differences",
    "differing",
    "digest",
    "holder_of",
    "inspect_run",
    "inspect_trial",
    "is_gallery_of",
    "is_leftover",
    "keep_adaptation",
    "keep_data_facts",
    "keep_look",
    "keep_names",
    "keep_recommendation",
    "lock",
    "models_digest",
    "preferences",
    "read_data_facts",
    "read_flows",
    "read_gallery",
    "read_history",
    "read_indices",
    "read_names",
    "read_recommendation",
    "read_record",
    "read_run_names",
    "read_split",
    "read_splits",
    "read_study",
    "read_tuning",
    "record_content",
    "recorded_runs",
    "remove_leftovers",
    "run_directory",
    "run_name",
    "score_preferred",
    "score_title",
    "shown_scores",
    "summarise",
    "try_lock",
    "write_arrays",
    "write_gallery",
    "write_record",
]
