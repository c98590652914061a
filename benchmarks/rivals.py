"""What is measured when models are served, each in processes of its own on one core: ours and its rivals."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image

_START_SECONDS = 60.0
_SPAWN = multiprocessing.get_context("spawn")


def pictures(number: int, side: int, seed: int = 0) -> list[bytes]:
    """PNG files of smooth patterns: they compress as photographs do.

    Example:
        >>> [content[1:4] for content in pictures(2, 8)]
        [b'PNG', b'PNG']
    """
    random = np.random.default_rng(seed)
    files = []
    for _ in range(number):
        coarse = Image.fromarray(random.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        file = BytesIO()
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
        files.append(file.getvalue())
    return files


@contextmanager
def serving(serve: Callable[[Path, int], None], model: Path) -> Iterator[tuple[int, int]]:
    """Runs a server in a separate process, in which one thread predicts; gives its port and its process.

    Args:
        serve: Serves a model's file at a port, until it is stopped.
        model: The file.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = _SPAWN.Process(target=_serve, args=(serve, model, port))
    process.start()
    try:
        _wait_for(port, process.is_alive)
        yield port, process.pid or 0
    finally:
        # LitServe has processes in its group.
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.pid is not None and process.is_alive():
                os.killpg(process.pid, number)
                process.join(3)


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far, in all of its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _serve(serve: Callable[[Path, int], None], model: Path, port: int) -> None:
    os.setpgrp()
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    serve(model, port)


def _wait_for(port: int, is_alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and is_alive():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("a server that is compared did not start")


def serve_ours(model: Path, port: int) -> None:
    """Our server."""
    from taskgraft.serve import create_app, run  # noqa: PLC0415

    run(create_app(model, queue_size=1_000, num_pictures=64), "127.0.0.1", port)


def serve_plain(model: Path, port: int) -> None:
    """One request at a time, as somebody would write it first."""
    import taskgraft as tg  # noqa: PLC0415

    loaded, app = tg.load_model(model), FastAPI()

    @app.post("/predict")
    async def predict(request: Request) -> dict[str, Any]:
        return loaded.predict(await request.body()).to_dict()

    uvicorn.run(app, port=port, log_level="critical")


class Bare:
    """The predictor without a server: one thread decodes and predicts batches, in a separate process.

    Args:
        model: A model's file.
        files: Encoded pictures.
    """

    def __init__(self, model: Path, files: Sequence[bytes]) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_predict_bare, args=(theirs, model, list(files)))
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def rate(self, seconds: float) -> float:
        """Pictures a second."""
        self._pipe.send(seconds)
        rate: float = self._pipe.recv()
        return rate

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()


def _predict_bare(pipe: Any, model: Path, files: list[bytes]) -> None:
    import torch  # noqa: PLC0415

    import taskgraft as tg  # noqa: PLC0415
    from taskgraft.pictures import decode  # noqa: PLC0415

    torch.set_num_threads(1)
    loaded = tg.load_model(model)
    _, height, width = loaded.image_shape

    def batch() -> None:
        decoded = [decode(file, "", shape=(height, width)) for file in files]
        loaded.answers_of(loaded.logits(np.stack([each for each in decoded if isinstance(each, np.ndarray)])))

    batch()
    pipe.send("ready")
    while True:
        try:
            seconds = pipe.recv()
        except EOFError:
            return
        number, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            batch()
            number += len(files)
        pipe.send(number / (time.perf_counter() - started))
