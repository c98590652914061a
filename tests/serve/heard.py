"""What a process does on the network: run in one of its own, since an audit hook stays for ever."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

_OUTWARD = (
    "socket.connect",
    "socket.sendto",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "urllib.Request",
    "http.client.connect",
)


def heard() -> list[str]:
    """Hears from now on what goes out; the list grows."""
    deeds: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _OUTWARD:
            deeds.append(f"{event} {arguments!r:.200}")

    sys.addaudithook(hook)
    return deeds


def asked_for_addresses(model_file: Path, picture: bytes, address: str) -> tuple[list[int], list[str]]:
    """The statuses of requests that name an address wherever one could stand, and what went out meanwhile."""
    from starlette.testclient import TestClient

    from taskgraft.inference import read_model
    from taskgraft.serve import create_app

    client = TestClient(create_app(read_model(model_file)), base_url="http://localhost")
    whole = base64.b64encode(picture).decode()
    deeds = heard()
    bodies: list[dict[str, Any]] = [
        {"json": {"pictures": [{"name": "a", "content": address}]}},
        {"json": {"pictures": [{"name": "a", "url": address}]}},
        {"json": {"pictures": [{"name": address, "content": whole}]}},
        {"json": {"pictures": [address]}},
        {"json": {"url": address}},
        {"json": address},
        {"content": address.encode(), "headers": {"content-type": "text/plain"}},
        {"content": address.encode(), "headers": {"content-type": "image/png"}},
        {"content": address.encode(), "headers": {"content-type": "message/external-body; URL=" + address}},
        {"content": picture, "headers": {"content-type": "image/png", "content-location": address}},
        {"content": _svg(address), "headers": {"content-type": "image/svg+xml"}},
        {"files": [("pictures", (address, picture))]},
        {"files": [("pictures", ("a.svg", _svg(address)))]},
        {"data": {"pictures": address}},
        {"data": {"url": address}, "files": [("pictures", ("a.png", picture))]},
    ]
    statuses = [client.post("/predict", **body).status_code for body in bodies]
    statuses += [client.post(f"/predict?url={address}&top={address}", content=picture).status_code]
    statuses += [client.get(f"/{address}").status_code]
    return statuses, deeds


def _svg(address: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}"/></svg>'.encode()


def used_locally(model_file: Path, pictures: Path) -> tuple[list[int], list[str]]:
    """The exit codes of verbs on a model's file, and what went out meanwhile."""
    from taskgraft.cli.main import main
    from taskgraft.models import load_model

    deeds = heard()
    load_model(model_file).predict(pictures)
    codes = []
    for words in (["predict", str(model_file), str(pictures), "--json"], ["card", str(model_file)]):
        with patch("sys.argv", ["taskgraft", *words]):
            try:
                main()
                codes.append(0)
            except SystemExit as stop:
                codes.append(int(stop.code or 0))
    return codes, json.loads(json.dumps(deeds))
