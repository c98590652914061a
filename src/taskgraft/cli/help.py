"""Help texts: options under headings, in plain lines that any terminal, pipe or `grep` takes."""

from __future__ import annotations

from typing import Any

import typer.core

from taskgraft.request import GROUPS

_ARGUMENTS, _REST = "Arguments", "Options"


class GroupedCommand(typer.core.TyperCommand):
    """A verb whose help shows each option under the heading of its group."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes arguments, then group by group, then the rest."""
        groups: dict[str, list[tuple[str, str]]] = {group: [] for group in (_ARGUMENTS, *GROUPS, _REST)}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is None:
                continue
            if parameter.param_type_name == "argument":
                # Typer shows the type of each, which is text, and that each is needed, as the usage does.
                groups[_ARGUMENTS].append((row[0].partition(" <")[0], row[1].removesuffix("[required]")))
            else:
                groups[getattr(parameter, "rich_help_panel", None) or _REST].append(row)
        for group, rows in groups.items():
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows)
