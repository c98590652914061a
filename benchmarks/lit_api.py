"""The steps of our server in LitServe, which takes JSON: pictures come as base64."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import litserve
import numpy as np

from benchmarks.load import request_of
from taskgraft.models import load_model
from taskgraft.pictures import decode
from taskgraft.serve._answers import answers_to, part_of


class Api(litserve.LitAPI):  # type: ignore[misc]
    """Setup, decode, predict, encode.

    Args:
        model: A model's file.
    """

    def __init__(self, model: Path) -> None:
        super().__init__(max_batch_size=32, batch_timeout=0.001, api_path="/predict")
        self._file = model

    def setup(self, device: str) -> None:
        """Loads the model."""
        self._model = load_model(self._file)

    # With an annotation, LitServe would take something else than JSON.
    def decode_request(self, request):  # type: ignore[no-untyped-def]
        """From JSON to pixels."""
        content = base64.b64decode(request["pictures"][0])
        return decode(content, "picture 0", shape=self._model.image_shape[1:])

    def batch(self, inputs: list[Any]) -> Any:
        """Joins pixels."""
        return np.stack(inputs)

    def predict(self, x: Any, **_: Any) -> list[Any]:
        """From pixels to predictions."""
        answers, names = answers_to(self._model, x), ["picture 0"] * len(x)
        taxonomy = self._model.taxonomy
        return list(
            part_of(answers, slice(None), names, taxonomy, threshold=None, num_alternatives=0, bad=())
        )

    def unbatch(self, output: list[Any]) -> list[Any]:
        """A prediction for each."""
        return output

    def encode_response(self, output: Any, **_: Any) -> dict[str, Any]:
        """As plain data."""
        return {"predictions": [output.to_dict()]}


def serve_litserve(model: Path, port: int) -> None:
    """Serves a model's file with LitServe."""
    server = litserve.LitServer(Api(model), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=port, generate_client_file=False, log_level="critical")


def json_request(content: bytes) -> bytes:
    """A picture as this server takes it."""
    body = json.dumps({"pictures": [base64.b64encode(content).decode()]}).encode()
    return request_of(body, "application/json")
