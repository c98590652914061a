"""Help texts: options under headings, in plain lines that any terminal, pipe or `grep` takes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import typer.core

from taskgraft.errors import Phrase, RequestError
from taskgraft.request import GROUPS

_ARGUMENTS, _REST = "Arguments", "Options"


class GroupedCommand(typer.core.TyperCommand):
    """A verb whose help shows each option under the heading of its group, and that takes each option once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads what was typed.

        Raises:
            RequestError: If an option stands there twice: the first would be dropped without a word.
        """
        _, _, parameters = self.make_parser(ctx).parse_args(args=list(args))
        for parameter, times in Counter(parameters).items():
            if times > 1 and not ctx.resilient_parsing:
                _check_repeated(parameter, times, args)
        return super().parse_args(ctx, args)

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


def _check_repeated(parameter: Any, times: int, args: list[str]) -> None:
    """Refuses an option with one value that has several, and a switch that is typed both ways."""
    if parameter.param_type_name != "option" or parameter.multiple:
        return
    if parameter.is_flag and not all(
        {*names} & {*args} for names in (parameter.opts, parameter.secondary_opts)
    ):
        return
    name = parameter.opts[-1]
    remedy = "Put a comma between several." if "," in (parameter.metavar or "") else "Leave all but one out."
    got = f"both it and {parameter.secondary_opts[-1]}" if parameter.is_flag else f"{times} of it"
    raise RequestError.expected(name, "typed once", Phrase(got), remedy)
