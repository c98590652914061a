"""What every page shares: templates in which each value is text, the look, and the script that sorts."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from taskgraft.legible import visible
from taskgraft.report.page._breakable import breakable, command, prose
from taskgraft.report.page._rows import matrix_rows, table_rows

_STYLE = re.compile(r"<style>[^<]*</style>")


def render(template: str, contents: dict[str, Any]) -> str:
    """A page as text.

    Args:
        template: Its name.
        contents: Everything it shows, by the names it uses.
    """
    names = ["report.js", *(["filter.js"] if contents.get("facets") is not None else [])]
    folder = resources.files("taskgraft.report.page").joinpath("templates")
    script = "".join(folder.joinpath(name).read_text("utf-8") for name in names)
    page = _environment().get_template(template)
    return _styled_once(page.render(contents, script=Markup(script), script_digest=_digest(script)) + "\n")


def _environment() -> Environment:
    """Templates in which every value is text unless it is Markup."""
    environment = Environment(
        loader=PackageLoader("taskgraft.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    filters = {
        "breakable": breakable,
        "command": command,
        "prose": prose,
        "rows": table_rows,
        "matrix_rows": matrix_rows,
    }
    environment.filters.update(filters)
    return environment


def _shown(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    return visible(str(value)) if isinstance(value, str | PurePath) else value


def _styled_once(page: str) -> str:
    """A page without what its charts repeat: each brings its style, and the first one is that of all."""
    seen: set[str] = set()

    def first(style: re.Match[str]) -> str:
        is_new = style[0] not in seen
        seen.add(style[0])
        return style[0] if is_new else ""

    return _STYLE.sub(first, page)


def _digest(script: str) -> str:
    """What the page's policy allows to run: this script and nothing else."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
