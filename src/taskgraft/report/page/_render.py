"""What every page shares: templates in which each value is text, the look, and the script that sorts."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from taskgraft.legible import visible

# Before a plus, and behind what joins the words of a key to one another and to its value.
_JOINTS = re.compile(r"(?<=\w)(?=\+)|(?<=\w[_=])(?=\w)|(?<=[a-z]\.)(?=[a-z])")


def render(template: str, contents: dict[str, Any]) -> str:
    """A page as text.

    Args:
        template: Its name.
        contents: Everything it shows, by the names it uses.
    """
    script = resources.files("taskgraft.report.page").joinpath("templates/report.js").read_text("utf-8")
    page = _environment().get_template(template)
    return page.render(contents, script=Markup(script), script_digest=_digest(script)) + "\n"


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
    environment.filters["breakable"] = breakable
    return environment


def breakable(name: str) -> Markup:
    """A name that may go on in the next line where its parts meet, and not in the middle of a word.

    Example:
        >>> print(breakable("shared+batch_size=64 <x>"))
        shared<wbr>+batch_<wbr>size=<wbr>64 &lt;x&gt;
    """
    return Markup(_JOINTS.sub("<wbr>", str(escape(visible(name)))))


def _shown(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    return visible(str(value)) if isinstance(value, str | PurePath) else value


def _digest(script: str) -> str:
    """What the page's policy allows to run: this script and nothing else."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
