from collections.abc import Callable

import pytest

from benchmarks.command import run_main
from taskgraft.errors import RequestError, StudyError, TaskgraftError


def failing(error: TaskgraftError) -> Callable[..., None]:
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize("kind", [RequestError, StudyError])
def test_an_error_of_a_bench_is_one_line_and_exits_as_the_command_does(
    kind: type[TaskgraftError], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["a bench"])
    error = kind.expected("the data", "a folder", "nothing", "Name one.")
    with pytest.raises(SystemExit) as ended:
        run_main(failing(error))
    assert ended.value.code == error.exit_code
    assert capsys.readouterr().err == f"benchmarks: {error}\n"
