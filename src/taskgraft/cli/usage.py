"""A command line that the verbs do not take, in the form that every error has: one line, and what to do."""

from __future__ import annotations

import difflib
from typing import Any

import typer
import typer.core

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.printing import note

PROGRAM = "taskgraft"

# Of an option or a verb that there is not. Older versions of typer keep it in another package.
UsageError: Any = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")


# What pydantic says of a value for typer, before the rule.
_RULE = "Input should be "


class Verbs(typer.core.TyperGroup):
    """A group of verbs, which refuses one that it does not have with the closest one that it has."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that was typed.

        Raises:
            RequestError: If there is none of that name.
        """
        if args[0] not in self.commands and not ctx.resilient_parsing:
            raise unknown_name(f"what follows `{ctx.command_path}`", args[0], self.commands)
        return super().resolve_command(ctx, args)


def say_usage(error: Any) -> int:
    """Says on standard error what is wrong with a command line; gives the exit code.

    Args:
        error: What typer raised: a `UsageError`.
    """
    if type(error).__name__ == "NoArgsIsHelpError":
        # A group of verbs alone is a question.
        note(*error.format_message().split("\n"))
    else:
        note(f"{PROGRAM}: {_refusal(error)}")
    return RequestError.exit_code


def _refusal(error: Any) -> RequestError:
    """What typer says of a command line, as an error of ours: its kinds are of no module that stays."""
    command = PROGRAM if getattr(error, "ctx", None) is None else error.ctx.command_path
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return _no_such_option(error.option_name, command, error.ctx)
    if kind == "BadOptionUsage":
        takes_none = "does not take" in error.message
        rule = "typed without a value" if takes_none else "followed by a value"
        remedy = "Leave the value out." if takes_none else "Put one behind it."
        return RequestError.expected(error.option_name, rule, Phrase("one" if takes_none else "none"), remedy)
    if kind == "MissingParameter":
        rule = f"followed by {error.param.metavar or error.param.name}"
        return RequestError.expected(
            f"`{command}`", rule, Phrase("nothing"), f"`{command} -h` says what that is."
        )
    if kind == "BadParameter" and error.message.startswith(_RULE):
        rule = error.message.removeprefix(_RULE).partition(",")[0]
        return RequestError.expected(
            error.param.opts[0], rule, Phrase("another value"), f"`{command} -h` says what it means."
        )
    words = error.format_message().removeprefix("Got ").replace("(s)", "s").rstrip(".")
    usage = error.ctx.get_usage().removeprefix("Usage: ") if error.ctx else command
    return RequestError.expected(
        "the command", f"typed as `{usage}`", Phrase(words[:1].lower() + words[1:]), f"See `{command} -h`."
    )


def _no_such_option(name: str, command: str, context: Any) -> RequestError:
    shown = (each for each in context.command.params if not getattr(each, "hidden", False))
    options = [each for parameter in shown for each in parameter.opts if each[0] == "-"]
    close = difflib.get_close_matches(name, options, n=1)
    remedy = f"Did you mean {close[0]}?" if close else f"`{command} -h` lists them."
    return RequestError.expected(f"each option of `{command}`", "one that there is", name, remedy)
