"""A request that is not carried out: a status of HTTP, and one line that says why."""

from __future__ import annotations

from http import HTTPStatus
from typing import Self

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter


class RefusedError(RequestError):
    """A request that is refused.

    Attributes:
        status: Of HTTP.
        headers: Of the answer.
    """

    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        status: HTTPStatus,
        what: str | Parameter,
        rule: str,
        got: object,
        remedy: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Self:
        """Composes the line.

        Args:
            status: Of HTTP.
            what: As in `TaskgraftError.expected`.
            rule: Likewise.
            got: Likewise.
            remedy: Likewise.
            headers: Of the answer, beside the usual ones.

        Example:
            >>> error = RefusedError.of(HTTPStatus.NOT_FOUND, "the path", "/predict", "/x", "Correct it.")
            >>> error.status.value, str(error)
            (404, "Expected the path to be /predict, but got '/x'. Correct it.")
        """
        error = cls.expected(what, rule, got, remedy)
        error.status, error.headers = status, headers
        return error
