"""Help texts: options under headings, in plain lines that any terminal, pipe or `grep` takes."""

from __future__ import annotations

from typing import Any

import typer.core

_REST = "Options"


class GroupedCommand(typer.core.TyperCommand):
    """A verb whose help shows each option under the heading of its group."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes arguments, then each group in the order in which it first occurs, the rest last."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                is_argument = parameter.param_type_name == "argument"
                group = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or _REST
                groups.setdefault(group, []).append(row)
        rest = groups.pop(_REST, [])
        for group, rows in {**groups, _REST: rest}.items():
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows)
