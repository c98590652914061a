"""The parts of a form (multipart/form-data), in memory."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


class FormError(Exception):
    """A body is no form; says in a few words why."""


@dataclass(frozen=True)
class Part:
    """A part of a form.

    Attributes:
        name: Of the field.
        file_name: Of the file; None for a field that holds text.
        content: Its bytes.
    """

    name: str
    file_name: str | None
    content: bytes


def form_parts(content_type: str, body: bytes, most_parts: int) -> list[Part]:
    r"""Takes a form apart.

    Args:
        content_type: The header, which names the boundary.
        body: All of it.
        most_parts: So many parts are read at most.

    Raises:
        FormError: If it is none, is cut short or has more parts.

    Example:
        >>> body = b'--x\r\nContent-Disposition: form-data; name="top"\r\n\r\n3\r\n--x--\r\n'
        >>> form_parts("multipart/form-data; boundary=x", body, 10)
        [Part(name='top', file_name=None, content=b'3')]
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise FormError("no boundary in its content type")
    # What looks like a boundary and is none is slow to pass.
    if body.count(b"--" + boundary) > most_parts + 1:
        raise FormError(f"one of more than {most_parts:,} parts")
    reader = _Reader()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_part_data": reader.data,
                "on_part_end": reader.end,
                "on_end": reader.close,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise FormError("one that is damaged") from error
    if not reader.is_complete:
        raise FormError("one that is cut short")
    return reader.parts


@dataclass
class _Reader:
    parts: list[Part] = field(default_factory=list)
    is_complete: bool = False
    _name: bytes = b""
    _value: bytes = b""
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _pieces: list[bytes] = field(default_factory=list)

    def begin(self) -> None:
        self._headers, self._pieces = {}, []

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def end(self) -> None:
        options = parse_options_header(self._headers.get(b"content-disposition", b""))[1]
        name, file_name = options.get(b"name"), options.get(b"filename")
        if name is None:
            raise FormError("one with a part that has no name")
        shown = None if file_name is None else file_name.decode(errors="replace")
        self.parts.append(Part(name.decode(errors="replace"), shown, b"".join(self._pieces)))

    def close(self) -> None:
        self.is_complete = True


# It logs what it finds odd in a form; without a handler Python prints that on standard error.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())
