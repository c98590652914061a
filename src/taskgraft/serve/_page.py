"""The page for people: one answer that holds its styles and its script, and loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response


async def page(request: Request) -> Response:
    """The page, with a policy that allows its script and its style alone."""
    return _page()


@cache
def _page() -> Response:
    folder = files("taskgraft.serve") / "page"
    style, script = ((folder / name).read_text("utf-8") for name in ("page.css", "page.js"))
    text = (folder / "page.html").read_text("utf-8")
    text = text.replace("/* page.css */", style).replace("/* page.js */", script)
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
        "cross-origin-opener-policy": "same-origin",
    }
    return Response(text, headers=headers, media_type="text/html")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
