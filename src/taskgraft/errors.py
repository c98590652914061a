"""Every error a user can meet. Each is one line: what was expected, what came, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from taskgraft.legible import one_line, quoted
from taskgraft.parameter import Parameter, Spelling, in_python, outside_marks, parameters_in, spelled

_LONGEST = 1000
# What came may be a cell that holds an encoded picture: its beginning says enough.
_LONGEST_GOT = 200

_MOST_COMPARED, _LONGEST_COMPARED = 2000, 100


class Phrase(str):
    """Words of our making in the place of a value: an error shows them without quotes."""

    __slots__ = ()


class TaskgraftError(Exception):
    """Base of all errors meant for the user; the command line prints its message and nothing else.

    Args:
        text: The message, in which `Parameter`s stand as marks. As a string, the error spells them as Python.
    """

    exit_code = 1
    details: tuple[str, ...] = ()
    """Further lines, one a culprit, where there are many; each stands by itself, parameters as marks."""
    subjects: frozenset[str] = frozenset()
    """Names of the parameters, and key paths of the recipe's values, that it is about; empty if unknown."""

    def __init__(self, text: str = "") -> None:
        super().__init__(spelled(text))
        self.text = text

    def spelled(self, spelling: Spelling = in_python) -> str:
        """The message, with its parameters in the spelling of whoever reads it.

        Example:
            >>> error = RequestError.expected(Parameter("size"), "at least 16", 8, "Try 64.")
            >>> error.spelled(lambda name, value: f"--{name}")
            'Expected --size to be at least 16, but got 8. Try 64.'
        """
        return spelled(self.text, spelling)

    def with_details(self, details: Iterable[str]) -> Self:
        """The same error with a line for each culprit, which the command line prints below the message."""
        self.details = tuple(details)
        return self

    def about(self, *names: str) -> Self:
        """The same error, which says of which parameters or key paths of the recipe it is.

        Example:
            >>> RequestError("Too many.").about("seeds").subjects
            frozenset({'seeds'})
        """
        self.subjects = frozenset(names)
        return self

    @classmethod
    def expected(cls, what: str | Parameter, rule: str, got: object, remedy: str) -> Self:
        """Composes the message in the one form every error has.

        Args:
            what: The thing that was wrong, as the user names it: a parameter, a file, a class. Parameters are
                named by `Parameter`, here, in the rule and in the remedy.
            rule: What it should have been.
            got: What it was; strings are quoted so that spaces and empty names can be seen, not a `Phrase`.
            remedy: A sentence that says what to do.

        Example:
            >>> remedy = f"Pass {Parameter('seeds', 1)}."
            >>> str(RequestError.expected(Parameter("seeds"), "at least 1", 0, remedy))
            'Expected seeds to be at least 1, but got 0. Pass seeds=1.'
        """
        what, rule, remedy = (_in_line(str(text)) for text in (what, rule, remedy))
        if isinstance(got, Phrase):
            shown = _in_line(got, _LONGEST_GOT)
        else:
            shown = one_line(_cut(quoted(got) if isinstance(got, str) else str(got), _LONGEST_GOT))
        return cls(f"Expected {what} to be {rule}, but got {shown}. {remedy}").about(*parameters_in(what))


def _in_line(text: str, longest: int = _LONGEST) -> str:
    """Words of ours on one line, with the parameters that they name."""
    return outside_marks(one_line, _cut(text, longest))


def _cut(text: str, longest: int = _LONGEST) -> str:
    """What a file may say at any length, as a line holds it."""
    return text if len(text) <= longest else f"{text[:longest]}..."


class RequestError(TaskgraftError):
    """The request cannot be carried out as it was put: an option, a name or a number is wrong."""

    exit_code = 2


class ArchitectureError(RequestError):
    """An architecture contradicts itself or the levels it is meant for."""


class TaxonomyError(RequestError):
    """The classes of a hierarchy do not form a tree of ever finer levels."""


class DataError(TaskgraftError):
    """Images or labels are missing, unreadable or inconsistent."""


class StudyError(TaskgraftError):
    """A study directory cannot be read, written or continued."""


class UnreadableError(StudyError):
    """A file cannot be read now, whether or not it is damaged."""


class FileFaultError(TaskgraftError):
    """A file is not what it has to be.

    Attributes:
        rule: What it has to be.
        remedy: What to do.
        reason: What it is instead, in a few words.
    """

    rule = remedy = reason = ""

    @classmethod
    def of(cls, path: Path, reason: str) -> Self:
        """The error for one file."""
        error = cls.expected(str(path), cls.rule, Phrase(reason), cls.remedy)
        error.reason = reason
        return error


class RunError(TaskgraftError):
    """One run failed; the other runs of a study go on."""


class DivergedError(RunError):
    """A loss stopped being a finite number.

    Args:
        message: The whole line.
        step: The first step, counted from 1, at which it was none.
        level: Of which level.
    """

    def __init__(self, message: str, step: int = 0, level: str = "") -> None:
        super().__init__(message)
        self.step = step
        self.level = level

    @classmethod
    def at(cls, step: int, level: str, loss: float) -> Self:
        """Composes the message.

        Example:
            >>> print(DivergedError.at(12, "fine", float("nan")))
            Expected the loss of level 'fine' at step 12 to be a finite number, but got nan. Use another \
recipe, or a lower optimizer.learning_rate, in another study directory.
        """
        error = cls.expected(
            f"the loss of level {level!r} at step {step}",
            "a finite number",
            loss,
            "Use another recipe, or a lower optimizer.learning_rate, in another study directory.",
        )
        error.step, error.level = step, level
        return error


class OutOfMemoryError(RunError):
    """There is not enough memory to train with batches of this size."""


class DiedError(RunError):
    """The process that trained a run has ended before the run did."""


@contextmanager
def before_work() -> Iterator[None]:
    """What cannot be used, of all that a request names, makes the request a wrong one: nothing was begun.

    Raises:
        RequestError: In place of any other error for the user.

    Example:
        >>> try:
        ...     with before_work():
        ...         raise DataError("It cannot be read.")
        ... except RequestError as error:
        ...     print(error, error.exit_code)
        It cannot be read. 2
    """
    try:
        yield
    except RequestError:
        raise
    except TaskgraftError as error:
        raise RequestError(error.text).with_details(error.details) from error


def unknown_name(kind: str | Parameter, name: str, names: Iterable[str]) -> RequestError:
    """Builds the error for a name that is not in a list, with the closest one that is.

    Example:
        >>> print(unknown_name("recipe", "fsat", ["fast", "quick"]))
        Expected recipe to be one of fast, quick, but got 'fsat'. Did you mean 'fast'?
    """
    choices = list(names)
    # Comparing takes a time for each name, and a good guess is worth little among thousands.
    compared = [each for each in choices[:_MOST_COMPARED] if len(each) <= _LONGEST_COMPARED]
    close = difflib.get_close_matches(str(name)[:_LONGEST_COMPARED], compared, n=1, cutoff=0.5)
    remedy = f"Did you mean '{close[0]}'?" if close else "Choose one of these names."
    return RequestError.expected(kind, "one of " + ", ".join(choices), name, remedy)
