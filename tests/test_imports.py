"""What is loaded for `import taskgraft`, for help and for the version: nothing heavy, and little at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import taskgraft

HEAVY = ("torch", "numpy", "scipy", "jinja2", "safetensors", "PIL", "rich", "timm", "pooch")
# Of other packages and Python itself, as well as ours: far more are loaded with any of the heavy ones.
CASES = {
    "import taskgraft": ("import taskgraft", 90),
    "the version": ("sys.argv[1:] = ['--version']; from taskgraft.__main__ import main; main()", 420),
    "the help": ("sys.argv[1:] = ['--help']; from taskgraft.__main__ import main; main()", 420),
    "the help of compare": (
        "sys.argv[1:] = ['compare', '-h']; from taskgraft.__main__ import main; main()",
        420,
    ),
    "a mistake": ("sys.argv[1:] = ['compare', '--sedes']; from taskgraft.__main__ import main; main()", 440),
    "the recipes": (
        "sys.argv[1:] = ['recipe', 'show', 'fast']; from taskgraft.__main__ import main; main()",
        420,
    ),
}


def modules(code: str) -> list[str]:
    """What a new process has loaded when it ends."""
    program = (
        "import atexit, json, os, sys\n"
        "atexit.register(lambda: os.write(3, json.dumps(list(sys.modules)).encode()))\n" + code
    )
    read, write = os.pipe()
    command = ["bash", "-c", f'exec "$0" -c "$1" 3>&{write} >/dev/null 2>&1', sys.executable, program]
    subprocess.run(command, pass_fds=[write], check=False)
    os.close(write)
    with os.fdopen(read) as stream:
        loaded: list[str] = json.loads(stream.read())
    return loaded


@pytest.mark.parametrize("case", CASES)
def test_nothing_heavy_is_loaded_and_few_modules_at_all(case: str) -> None:
    code, most = CASES[case]
    loaded = modules(code)
    assert not [name for name in HEAVY if name in loaded]
    assert len(loaded) <= most, len(loaded)


def test_every_public_name_is_there_and_listed() -> None:
    assert dir(taskgraft) == sorted([*taskgraft.__all__, "__version__"])
    for name in dir(taskgraft):
        assert getattr(taskgraft, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'compaer'"):
        _ = taskgraft.compaer


def test_the_function_recipe_is_not_hidden_by_the_package_of_that_name() -> None:
    code = "import taskgraft, taskgraft.recipe._keys; assert taskgraft.recipe('fast').name == 'fast'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_working_directory_that_was_removed_is_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd '{gone}' && rmdir '{gone}' && exec '{sys.executable}' -m taskgraft recipe list"
    environment = {**os.environ, "PYTHONPATH": str(Path(taskgraft.__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("taskgraft: Expected the working directory to be a directory that is there")


@pytest.mark.parametrize("seconds", [0.06, 0.15, 0.4, 1.0, 1.8])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_while_it_is_loaded_ends_it_quietly(seconds: float, number: signal.Signals, code: int) -> None:
    """Whenever it comes, but for the blink in which Python itself begins."""
    program = "import taskgraft.__main__, sys; print('on', flush=True); taskgraft.__main__.main()"
    arguments = ["architectures", "--recipe", "accurate"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    time.sleep(seconds)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (code, 0)
    assert "Traceback" not in err
    assert "Error" not in err
