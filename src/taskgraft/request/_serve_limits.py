"""What a client of a server may ask for at most, and how the server spends what it has."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.request._option import LIMITS, Option
from taskgraft.request._options import Options

_MEBIBYTE = 1 << 20
_MOST = 1 << 40

_Count = Annotated[int, Field(ge=1, le=_MOST)]
_Time = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
_Pause = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


def _option(text: str, default: str, metavar: str = "N") -> Option:
    return Option(text, LIMITS, metavar, default=default)


class ServeLimits(Options):
    """Every bound of a server; what goes beyond one is refused in a line."""

    batch_size: Annotated[_Count, _option("Predict so many pictures at once.", "32")] = 32
    wait_seconds: Annotated[
        _Pause, _option("How long the first picture of a batch waits for others.", "0", "SECONDS")
    ] = 0.0
    queue_size: Annotated[_Count, _option("Let so many pictures wait; more get status 503.", "128")] = 128
    num_pictures: Annotated[_Count, _option("Take so many pictures in a request.", "32")] = 32
    num_pixels: Annotated[_Count, _option("Read pictures of so many pixels.", "64 million")] = 64_000_000
    body_bytes: Annotated[_Count, _option("Take requests of so many bytes.", "32 MiB", "BYTES")] = (
        32 * _MEBIBYTE
    )
    held_bytes: Annotated[
        _Count, _option("Hold so many bytes of all requests under way.", "256 MiB", "BYTES")
    ] = 256 * _MEBIBYTE
    num_connections: Annotated[_Count, _option("Keep so many connections open.", "256")] = 256
    num_headers: Annotated[_Count, _option("Take so many headers in a request.", "100")] = 100
    header_bytes: Annotated[_Count, _option("Take so many bytes of headers.", "32 KiB", "BYTES")] = 32 * 1024
    head_seconds: Annotated[_Time, _option("Wait so long for the headers of a request.", "15", "SECONDS")] = (
        15.0
    )
    body_seconds: Annotated[_Time, _option("Wait so long for its body.", "60", "SECONDS")] = 60.0
    answer_seconds: Annotated[
        _Time, _option("Work so long on an answer; then status 504.", "30", "SECONDS")
    ] = 30.0
    drain_seconds: Annotated[
        _Pause, _option("When it stops, keep idle connections open so long.", "0.5", "SECONDS")
    ] = 0.5

    @model_validator(mode="after")
    def _has_room_for_a_request(self) -> Self:
        if self.num_pictures > self.queue_size:
            raise RequestError.expected(
                Parameter("queue_size"),
                f"as large as a request may be ({Parameter('num_pictures', self.num_pictures)})",
                self.queue_size,
                "Raise it, or allow fewer pictures in a request.",
            )
        return self
