"""Completion in a shell: through the protocol, and in bash itself with the script that the command prints."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import needs

COMMAND = [sys.executable, "-m", "taskgraft"]


def completed(line: str) -> list[str]:
    """What the last word of a line is completed to."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_TASKGRAFT_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("taskgraft comp", ["compare"]),
        ("taskgraft data ", ["show", "check", "export"]),
        ("taskgraft compare --rec", ["--recipe"]),
        ("taskgraft compare --recipe q", ["quick"]),
        ("taskgraft train shared-c", ["shared-coarse-to-fine"]),
        ("taskgraft compare --architectures shared,ind", ["shared,independent"]),
        ("taskgraft compare --architectures shared,shared-c", ["shared,shared-coarse-to-fine"]),
        ("taskgraft predictions s --decoding top", ["top-down"]),
        ("taskgraft data export shapes --format ", ["tree", "parquet"]),
        ("taskgraft nothing --such", []),
    ],
)
def test_the_protocol_gives_verbs_options_and_words(line: str, words: list[str]) -> None:
    assert completed(line) == words


def test_bash_completes_with_the_script_that_the_command_prints(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    needs.require(bash is not None, "bash, to complete in")
    script = subprocess.run(
        COMMAND,
        env={**os.environ, "_TASKGRAFT_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    place = tmp_path / "taskgraft"
    place.write_text(f'#!{bash}\nexec {sys.executable} -m taskgraft "$@"\n')
    place.chmod(0o755)
    # As bash itself does on TAB: the function is looked up, called with the command, and fills COMPREPLY.
    ask = f"""
{script}
COMP_WORDS=(taskgraft compare --device cp); COMP_CWORD=3
read -r _ _ _ _ function name <<< "$(complete -p taskgraft)"
[ "$name" = taskgraft ] || exit 9
"$function" "{place}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run([bash, "--norc", "-c", ask], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout.split()) == (0, "", ["cpu"])
