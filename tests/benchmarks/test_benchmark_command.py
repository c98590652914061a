import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks.figure import Figure, summarise
from benchmarks.run import FULL, QUICK, Bench

app = typer.Typer()
app.command()(command.bench)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Bench]:
    """The benches that the command ran; each measured one thing."""
    benches: list[Bench] = []

    def measure(bench: Bench) -> list[Figure]:
        benches.append(bench)
        bench.tell("a stage")
        return [summarise("matmul_f32", [1.0, 3.0, 2.0], "GFLOP/s")]

    monkeypatch.setattr(Bench, "run", measure)
    return benches


def test_json_is_a_list_of_figures_and_nothing_else(asked: list[Bench]) -> None:
    result = CliRunner().invoke(app, ["--json", "--threads", "1"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {"figure": "matmul_f32", "value": 2.0, "unit": "GFLOP/s", "min": 1.0, "max": 3.0}
    ]
    assert result.stderr == "a stage\n"
    assert asked[0].effort is FULL
    assert asked[0].hardware.num_threads == 1


def test_quick_measures_less(asked: list[Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "bench_table", lambda figures, hardware, largest: f"the table, {largest}")
    result = CliRunner().invoke(app, ["--quick", "--threads", "1"])
    assert asked[0].effort is QUICK
    assert result.stdout == "the table, 256\n"
