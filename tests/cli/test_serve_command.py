"""`taskgraft serve` before it serves: names, the token and what is refused."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from command import run

from taskgraft.cli import serve as verb


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The apps that the command made and the places it served them at, without a server."""
    import taskgraft.serve as package

    calls: list[dict[str, Any]] = []

    def create_app(models: Any, **options: Any) -> str:
        calls.append({"models": models, **options})
        return "app"

    def serve(app: str, host: str, port: int, caution: str) -> None:
        calls[-1] |= {"host": host, "port": port, "caution": caution}

    monkeypatch.setattr(package, "create_app", create_app)
    monkeypatch.setattr(package, "run", serve)
    monkeypatch.delenv("TASKGRAFT_TOKEN", raising=False)
    return calls


def test_models_have_the_names_of_their_folders_or_the_given_ones(
    monkeypatch: pytest.MonkeyPatch, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    odd = tmp_path / "a=b.safetensors"
    odd.write_bytes(b"")
    words = ["pets", "runs/shared-seed0/model.safetensors", "plants=x/y", "garden.safetensors", odd]
    assert run(monkeypatch, "serve", *words) == 0
    assert list(made[0]["models"]) == ["pets", "shared-seed0", "plants", "garden", "a=b"]
    assert made[0]["models"]["plants"].args == ("x/y",)
    assert (made[0]["host"], made[0]["port"]) == ("127.0.0.1", 8000)


def test_two_of_one_name_are_refused(
    monkeypatch: pytest.MonkeyPatch, made: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "serve", "a/pets", "b/pets") == 2
    line = "taskgraft: Expected each model to be of another name, but got 'pets'. Name it: NAME=MODEL.\n"
    assert capsys.readouterr().err == line


def test_limits_and_options_reach_the_app(
    monkeypatch: pytest.MonkeyPatch, made: list[dict[str, Any]], tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("  a-token-of-many-signs\n")
    words = ["--batch-size", "8", "--queue-size", "64", "--num-pictures", "5", "--no-page", "--port", "0"]
    words += ["--allow-host", "a.example", "--target-accuracy", "0.9", "--token-file", str(token)]
    assert run(monkeypatch, "serve", "pets", *words) == 0
    call = made[0]
    assert (call["batch_size"], call["queue_size"], call["num_pictures"], call["port"]) == (8, 64, 5, 0)
    assert call["has_page"] is False
    assert call["allow_hosts"] == ["a.example"]
    assert call["target_accuracy"] == 0.9
    assert call["token"] == "a-token-of-many-signs"


def test_whoever_lets_everybody_in_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, made: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "serve", "pets", "--host", "0.0.0.0") == 0
    assert made[-1]["caution"] == (
        "Everybody who reaches 0.0.0.0 may use this server: set TASKGRAFT_TOKEN to keep it to some."
    )
    monkeypatch.setenv("TASKGRAFT_TOKEN", "a-token-of-many-signs")
    assert run(monkeypatch, "serve", "pets", "--host", "0.0.0.0") == 0
    assert made[-1]["caution"] == ""
    assert run(monkeypatch, "serve", "pets") == 0
    assert made[-1]["caution"] == ""
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--queue-size", "0"], "Expected --queue-size to be "),
        (
            ["--queue-size", "8"],
            "Expected --queue-size to be as large as a request may be (--num-pictures=32), but got 8.",
        ),
        (["--answer-seconds", "soon"], "Expected --answer-seconds to be "),
        (["--token-file", "/nowhere"], "Expected the token '/nowhere' to be a file, but got 'no such file'."),
    ],
)
def test_what_is_wrong_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    made: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    line: str,
) -> None:
    assert run(monkeypatch, "serve", "pets", *words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"taskgraft: {line}")
    assert error.count("\n") == 1


def test_without_the_extra_one_line_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verb, "find_spec", lambda name: None)
    assert run(monkeypatch, "serve", "pets") == 2
    line = "Expected the extra 'serve' to be installed, but got 'no fastapi package'."
    assert capsys.readouterr().err == f"taskgraft: {line} pip install taskgraft[serve]\n"


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from taskgraft.errors import RequestError
    from taskgraft.serve._run import _listening

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(RequestError, match="to be an address to listen on, but got"),
            _listening("127.0.0.1", port),
        ):
            pass
    with (
        pytest.raises(RequestError, match="to be an address to listen on"),
        _listening("no.such.name.invalid", 1),
    ):
        pass


def test_a_model_that_is_missing_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "serve", tmp_path / "nothing") == 2
    assert "no such place" in capsys.readouterr().err
