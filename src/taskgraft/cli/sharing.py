"""`taskgraft card` and `taskgraft push`: a trained model for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.file_writing import write_text
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_block


def card(
    model: options.ModelPlace,
    variant: options.Variant = None,
    seed: options.Seed = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Markdown file to write. [default: the terminal]")
    ] = None,
) -> None:
    """Write a model card: intended use, data, scores with intervals, promises, cautions, how to use it."""
    if out is not None:
        check_file_place("--out", out)
    from taskgraft.models import model_file
    from taskgraft.sharing import model_card

    text = model_card(model_file(model, variant=variant, seed=seed))
    if out is None:
        say_block(text.rstrip("\n"))
        return
    write_text(out, text)
    say(f"Card: {out}")


def push(
    model: options.ModelPlace,
    to: Annotated[str, typer.Argument(metavar="hf:USER/NAME", help="Repository of the hub.")],
    variant: options.Variant = None,
    seed: options.Seed = None,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository a private one.")] = False,
) -> None:
    """Put a model and its card onto the Hugging Face hub, in one commit.

    Log in first (`hf auth login`), or set HF_TOKEN. `taskgraft predict hf:USER/NAME photo.jpg` uses it.
    """
    from taskgraft.sharing import push_model

    say(f"Pushed: {push_model(model, to, variant=variant, seed=seed, private=private)}")
