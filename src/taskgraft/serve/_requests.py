"""From a request to pictures and how they are to be answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from taskgraft.errors import Phrase
from taskgraft.legible import legible
from taskgraft.record_faults import shortened
from taskgraft.request import ServeLimits
from taskgraft.serve._form import FormError, form_parts
from taskgraft.serve._refused import RefusedError
from taskgraft.serve._schemas import Options, PredictJson

_TYPES = "multipart/form-data, application/json or image/*"
_MOST_FIELDS = 20
# Names may have some, too.
_SIGNS_A_PICTURE = 1000


@dataclass(frozen=True)
class EncodedPicture:
    """A picture as it came.

    Attributes:
        name: What the answer calls it.
        content: Bytes of a file, whatever they are.
    """

    name: str
    content: bytes


def read_request(
    content_type: str, query: str, body: bytes, limits: ServeLimits
) -> tuple[Options, list[EncodedPicture]]:
    """Takes a request apart; nothing of it is looked at as a picture.

    Args:
        content_type: The header of that name.
        query: Behind the path.
        body: Of the request.
        limits: How many pictures it may hold.

    Raises:
        RefusedError: If it is something else than the schemas say.

    Example:
        >>> options, pictures = read_request("image/png", "top=3", b"PNG", ServeLimits())
        >>> options.top, pictures
        (3, [EncodedPicture(name='picture 0', content=b'PNG')])
    """
    kind = content_type.partition(";")[0].strip().lower()
    values = _values(query)
    if kind == "application/json":
        options, pictures = _of_json(values, body, limits)
    elif kind == "multipart/form-data":
        options, pictures = _of_form(values, content_type, body, limits)
    elif kind.startswith("image/") or kind == "application/octet-stream":
        options, pictures = _options(values), [EncodedPicture("picture 0", body)]
    else:
        raise RefusedError.of(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type", _TYPES, kind or Phrase("none"), _SEND
        )
    if not pictures:
        raise RefusedError.of(
            HTTPStatus.BAD_REQUEST, "the request", "one with pictures", Phrase("none"), _SEND
        )
    if len(pictures) > limits.num_pictures:
        raise too_many_pictures(limits, f"{len(pictures):,}")
    return options, pictures


def too_many_pictures(limits: ServeLimits, got: str) -> RefusedError:
    """The error for a request that holds more pictures than one may."""
    return RefusedError.of(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "a request",
        f"of at most {limits.num_pictures:,} pictures",
        Phrase(got),
        "Send several requests.",
    )


_SEND = "Send a picture as the body, files as a form, or JSON with base64; see /openapi.json."


def _values(query: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise RefusedError.of(
            HTTPStatus.BAD_REQUEST, "the query", "a few names and values in UTF-8", Phrase(error), _CORRECT
        ) from error
    return dict(pairs)


_CORRECT = "Correct it; /openapi.json says what is taken."


def _options(values: dict[str, Any]) -> Options:
    try:
        return Options.model_validate(values)
    except ValidationError as error:
        raise _fault(error) from error


def _of_json(
    values: dict[str, Any], body: bytes, limits: ServeLimits
) -> tuple[Options, list[EncodedPicture]]:
    try:
        # Base64 has none of these signs, and a parser would hold up everybody else.
        if sum(map(body.count, (b",", b"[", b"{"))) > _SIGNS_A_PICTURE * (limits.num_pictures + 1):
            raise ValueError("one of more values than a request has")
        content = json.loads(body)
        if not isinstance(content, dict):
            raise ValueError(f"a {type(content).__name__}")
    # Bytes that are no UTF-8 are ValueErrors, too.
    except (ValueError, RecursionError) as error:
        raise RefusedError.of(
            HTTPStatus.BAD_REQUEST, "the body", "an object in JSON", Phrase(error), _CORRECT
        ) from error
    try:
        request = PredictJson.model_validate({**values, **content})
    except ValidationError as error:
        raise _fault(error) from error
    pictures = [
        EncodedPicture(f"picture {place}" if each.name is None else legible(each.name), each.content)
        for place, each in enumerate(request.pictures)
    ]
    return Options(**request.model_dump(exclude={"pictures"})), pictures


def _of_form(
    values: dict[str, Any], content_type: str, body: bytes, limits: ServeLimits
) -> tuple[Options, list[EncodedPicture]]:
    pictures: list[EncodedPicture] = []
    try:
        for part in form_parts(content_type, body, most_parts=limits.num_pictures + _MOST_FIELDS):
            if part.file_name is None:
                values[part.name] = part.content.decode()
            # What a browser sends for a field in which no file was chosen.
            elif part.file_name or part.content:
                name = legible(part.file_name) or f"picture {len(pictures)}"
                pictures.append(EncodedPicture(name, part.content))
    except (FormError, UnicodeDecodeError) as error:
        raise RefusedError.of(
            HTTPStatus.BAD_REQUEST, "the body", "a form (RFC 7578)", Phrase(error), _CORRECT
        ) from error
    return _options(values), pictures


def _fault(error: ValidationError) -> RefusedError:
    """What is wrong with a record, in the words of whoever checks it."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        names = ", ".join(name for name in PredictJson.model_fields if name != "pictures")
        return RefusedError.of(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the parameters", f"some of {names}", where, _CORRECT
        )
    rule, got = "as /openapi.json says", first["msg"].lower()
    if first["type"] == "value_error":
        rule, got = "as /openapi.json says", str(first["ctx"]["error"])
    elif first["msg"].startswith(_SHOULD_BE):
        rule, got = first["msg"].removeprefix(_SHOULD_BE), shortened(first["input"])
    return RefusedError.of(HTTPStatus.UNPROCESSABLE_ENTITY, where or "the body", rule, Phrase(got), _CORRECT)


_SHOULD_BE = "Input should be "
