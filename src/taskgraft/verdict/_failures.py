"""What to do about runs that failed: another thing for each of the ways in which a run fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from taskgraft.errors import Phrase, StudyError
from taskgraft.parameter import Parameter
from taskgraft.study import FailureRecord, Study


def check_has_runs(study: Study) -> None:
    """Refuses a study of which nothing is finished.

    Raises:
        StudyError: Says what to do, and why each run failed.
    """
    if study.runs:
        return
    missing = "Run the command of the study again to finish it." if study.missing else ""
    advice = remedies(study, lambda name: str(Parameter(name, True)))
    raise StudyError.expected(
        str(study.directory),
        "a study with at least one finished run",
        Phrase("none"),
        f"{missing} {advice}".strip(),
    ).with_details(f"{one.name} failed. {one.text or one.message}" for one in study.failures)


def remedies(study: Study, option: Callable[[str], str]) -> str:
    """What finishes the runs of a study that failed; empty where none did.

    Args:
        study: The study.
        option: How an option of the study's command is written, by its name; each of them is a switch.
    """
    return " ".join(_remedies(study, option))


def _remedies(study: Study, option: Callable[[str], str]) -> Iterator[str]:
    kinds = {failure.kind for failure in study.failures}
    if "died" in kinds:
        yield "The command of the study resumes what died."
    if "out of memory" in kinds:
        can_halve = any(_can_halve(study, one) for one in study.failures if one.kind == "out of memory")
        halving = f"with {option('auto_batch')} in smaller batches, or " if can_halve else ""
        yield (
            f"The command of the study does what was short of memory again {halving}with "
            f"{option('retry_failed')} as before, once more memory is free."
        )
    if "diverged" in kinds:
        yield "What diverged would diverge again: it needs another recipe, in another study directory."


def _can_halve(study: Study, failure: FailureRecord) -> bool:
    return failure.smaller_batch(study.record.request.variant(failure.variant).recipe) is not None
