"""`python -m benchmarks.serving`: our server in alternation with the bare predictor and other servers."""

from __future__ import annotations

import importlib.util
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.checkpoint import scratch_folder
from benchmarks.command import bench_app, run_app
from benchmarks.eager import plain_network
from benchmarks.figure import Figure, summarise
from benchmarks.images import random_images
from benchmarks.load import form_request, load, picture_request
from benchmarks.rivals import Bare, cpu_seconds, pictures, serve_ours, serve_plain, serving
from taskgraft.architecture import catalogue
from taskgraft.errors import Phrase, TaskgraftError
from taskgraft.inference import Use, describe_model, origin_of, write_model
from taskgraft.printing import note, say, say_json
from taskgraft.recipe import recipe

app = bench_app()

BATCH_SIZE, FORM_SIZE, NUM_CLIENTS = 32, 16, 64


def write_untrained_model(path: Path, recipe_name: str) -> None:
    """Writes a model of CIFAR-100's size; a trained one takes as long.

    Args:
        path: Its file.
        recipe_name: Whose network.
    """
    data, chosen = random_images(), recipe(recipe_name)
    architecture = catalogue(data.taxonomy.level_names)["shared"]
    network = plain_network(architecture, data, chosen, "cpu")
    origin = origin_of("shared", data, seed=0, data_digest=None, study=None)
    description = describe_model(network, chosen, data, origin, use=Use(decoding="joint"))
    write_model(path, network, description)


@dataclass(frozen=True)
class Subject:
    """One of those that are compared.

    Attributes:
        measure: Gives its pictures a second.
        pid: Of the process that does all of it; None where there are several.
    """

    measure: Callable[[], float]
    pid: int | None = None


class ServingBench:
    """Everything that is compared, each measured in turn; one thread predicts in each.

    Args:
        model: A model's file.
        seconds: Of each measurement.
    """

    def __init__(self, model: Path, seconds: float) -> None:
        self._model, self._seconds = model, seconds
        self.measured: dict[str, list[float]] = defaultdict(list)

    def run(self, num_rounds: int) -> list[Figure]:
        """Measures everything, round after round."""
        with ExitStack() as stack:
            subjects = self._subjects(stack)
            for subject in subjects.values():
                subject.measure()  # every batch size once
            self.measured.clear()
            for number in range(num_rounds):
                note(f"round {number + 1} of {num_rounds}")
                self._round(subjects)
        return [summarise(name, values, _unit(name)) for name, values in self.measured.items()]

    def _subjects(self, stack: ExitStack) -> dict[str, Subject]:
        files = pictures(BATCH_SIZE, 32)
        single, form = [picture_request(file) for file in files], [form_request(files[:FORM_SIZE])]
        bare = Bare(self._model, files)
        stack.callback(bare.close)
        (ours, pid), (plain, _) = (
            stack.enter_context(serving(serve, self._model)) for serve in (serve_ours, serve_plain)
        )
        subjects = {
            "bare": Subject(lambda: bare.rate(self._seconds), bare.pid),
            "server": Subject(lambda: self._rate("server", ours, single), pid),
            "server.form": Subject(lambda: FORM_SIZE * self._rate("server.form", ours, form), pid),
            "plain": Subject(lambda: self._rate("plain", plain, single)),
        }
        if importlib.util.find_spec("litserve") is not None:
            from benchmarks.lit_api import json_request, serve_litserve  # noqa: PLC0415

            lit, _ = stack.enter_context(serving(serve_litserve, self._model))
            requests = [json_request(file) for file in files]
            subjects["litserve"] = Subject(lambda: self._rate("litserve", lit, requests))
        return subjects

    def _round(self, subjects: dict[str, Subject]) -> None:
        rates: dict[str, float] = {}
        costs: dict[str, float] = {}
        for name, subject in subjects.items():
            before = 0.0 if subject.pid is None else cpu_seconds(subject.pid)
            started = time.perf_counter()
            rates[name] = subject.measure()
            if subject.pid is not None:
                num_pictures = rates[name] * (time.perf_counter() - started)
                costs[name] = 1e6 * (cpu_seconds(subject.pid) - before) / num_pictures
        self._note(rates, costs)

    def _note(self, rates: dict[str, float], costs: dict[str, float]) -> None:
        for name, rate in rates.items():
            self.measured[f"serving_rate.{name}"].append(rate)
            if name in costs:
                self.measured[f"serving_cpu_microseconds.{name}"].append(costs[name])
            if name.startswith("server"):
                self.measured[f"serving_rate_over_bare.{name}"].append(rate / rates["bare"])
                self.measured[f"serving_one_core_fraction.{name}"].append(costs["bare"] / costs[name])
            elif name != "bare":
                self.measured[f"serving_speedup_over_{name}"].append(rates["server"] / rate)

    def _rate(self, name: str, port: int, requests: list[bytes]) -> float:
        """Requests a second, answered."""
        num_clients = NUM_CLIENTS if len(requests) > 1 else NUM_CLIENTS // FORM_SIZE
        outcome = load(port, requests, num_clients, self._seconds)
        if set(outcome.latencies) != {200} or outcome.num_cut or outcome.num_unanswered:
            raise TaskgraftError.expected(
                f"every request to {name}", "answered", Phrase(outcome), "Mend it first."
            )
        self.measured[f"serving_p50_milliseconds.{name}"].append(1e3 * outcome.percentile(50))
        return outcome.rate


def _unit(name: str) -> str:
    kind = name.partition(".")[0]
    units = {"rate": "pictures/s", "p50_milliseconds": "ms", "cpu_microseconds": "us/picture"}
    return units.get(kind.removeprefix("serving_"), "ratio")


@app.command()
def bench(
    seconds: Annotated[float, typer.Option(help="Of each measurement.")] = 5.0,
    rounds: Annotated[int, typer.Option(help="How often everything is measured.")] = 5,
    recipe_name: Annotated[str, typer.Option("--recipe", help="Whose network is served.")] = "fast",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of figures.")] = False,
) -> None:
    """Measure our server in alternation with the bare predictor and with other servers.

    One thread predicts in each, 32 pictures of 32 x 32 pixels at once. Clients send PNG files: 64 of them one
    in each request, or 4 of them 16 in each as a form. On a single core a server does the fraction of the
    bare predictor's work that their CPU times give; with another one for HTTP, its rate says what it does.
    """
    with scratch_folder(Path()) as folder:
        model = folder / "model.safetensors"
        write_untrained_model(model, recipe_name)
        figures = ServingBench(model, seconds).run(rounds)
    if as_json:
        say_json([figure.model_dump() for figure in figures])
        return
    for figure in figures:
        spread = f"({figure.min:,.2f} to {figure.max:,.2f})"
        say(f"{figure.figure:46} {figure.value:10,.2f} {figure.unit:10} {spread}")


if __name__ == "__main__":
    run_app(app)
