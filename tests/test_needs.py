from __future__ import annotations

import re
from pathlib import Path

import pytest

from needs import open_browser, require

pytest_plugins = ("pytester",)
LINE = "no browser starts: install one"
FEW_PLUGINS = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:cacheprovider")


def test_what_is_present_is_used() -> None:
    require(True, LINE)


@pytest.mark.parametrize("demand", [None, "", "0"])
def test_what_is_missing_skips(demand: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TASKGRAFT_REQUIRE_ALL", raising=False)
    if demand is not None:
        monkeypatch.setenv("TASKGRAFT_REQUIRE_ALL", demand)
    with pytest.raises(pytest.skip.Exception, match=LINE):
        require(False, LINE)


def test_what_is_missing_fails_where_everything_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match=LINE):
        require(False, LINE)


@pytest.fixture
def two_files(pytester: pytest.Pytester) -> pytest.Pytester:
    """Two files of tests: two need a browser, through a fixture and by themselves; two need nothing."""
    pytester.makeconftest(
        "import needs, pytest\n"
        "from needs import pytest_runtest_makereport\n"
        f"@pytest.fixture\ndef browser(): needs.require(False, {LINE!r})\n"
    )
    pytester.makepyfile(
        test_a="def test_page(browser): pass\ndef test_plain(): pass\n",
        test_b=f"import needs\ndef test_page(): needs.require(False, {LINE!r})\ndef test_plain(): pass\n",
    )
    return pytester


def test_a_run_says_in_one_line_what_to_install_and_passes(
    two_files: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TASKGRAFT_REQUIRE_ALL", raising=False)
    run = two_files.runpytest_inprocess("-ra", *FEW_PLUGINS)
    assert run.ret == 0
    run.assert_outcomes(passed=2, skipped=2)
    (line,) = [line for line in run.outlines if LINE in line]
    assert re.fullmatch(rf"SKIPPED \[2\] \S*needs\.py:\d+: {LINE}", line)


def test_a_run_that_demands_everything_fails(
    two_files: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKGRAFT_REQUIRE_ALL", "1")
    run = two_files.runpytest_inprocess("-ra", *FEW_PLUGINS)
    assert run.ret == 1
    run.assert_outcomes(passed=2, failed=1, errors=1)


def test_a_browser_that_does_not_start_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ubuntu's stub of a browser, which only says where the real one is."""
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\necho install the snap\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    with open_browser() as browser:
        assert browser is None


def test_nothing_else_skips_for_something_that_is_missing() -> None:
    """Else a run that demands everything would leave it out without a word."""
    elsewhere = re.compile(r"pytest\.skip\(|importorskip\(|skipif\([^@]*?reason=(?!\"(only|this system) )")
    found = [
        path.name
        for path in Path(__file__).parent.rglob("*.py")
        if path.name not in ("needs.py", Path(__file__).name) and elsewhere.search(path.read_text("utf-8"))
    ]
    assert found == [], "let them call needs.require; a test of one system alone skips by mark.skipif"
