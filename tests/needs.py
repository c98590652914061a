"""What some tests need that Python does not bring, and what its absence means: they skip, or fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome")
NODE_FOLDER = Path(sys.prefix) / "node"
WEB_RUNTIME_FOLDER = NODE_FOLDER / "node_modules" / "onnxruntime-web" / "dist"
WEB_RUNTIME_PACKAGE = "onnxruntime-web@1.30.0"
FASHION_MNIST_FOLDER = Path("/usr/share/datasets/fashion-mnist")


@dataclass(frozen=True)
class Need:
    """One thing that a machine has or lacks.

    Attributes:
        missing: The line that says what is missing and how to install it.
        is_present: Looks for it.
        package: Debian's package of it, or of what installs it; empty where there is none.
    """

    missing: str
    is_present: Callable[[], bool]
    package: str = ""


def require(is_present: bool, missing: str) -> None:
    """Skips the test whose need is missing; with `TASKGRAFT_REQUIRE_ALL=1`, as in CI, fails it.

    All tests skip from here, so that a run in CI leaves none of them out.
    """
    if is_present:
        return
    if os.environ.get("TASKGRAFT_REQUIRE_ALL", "") not in ("", "0"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Every such skip is reported as of `require`: the summary then has one line for each need."""
    report = yield
    if report.skipped and call.excinfo is not None:
        for entry in call.excinfo.traceback:
            if entry.frame.code.name == require.__name__:
                report.longrepr = (str(entry.path), entry.lineno + 1, str(call.excinfo.value))
    return report


@contextmanager
def open_browser() -> Iterator[Browser | None]:
    """The first browser of this machine that starts, Playwright's among them; `None` where none does."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = _first_that_starts(driver)
        yield browser
        if browser is not None:
            browser.close()


def _first_that_starts(driver: Playwright) -> Browser | None:
    from playwright.sync_api import Error

    for path in (*filter(None, map(shutil.which, BROWSER_NAMES)), None):
        try:
            return driver.chromium.launch(executable_path=path)
        except Error:
            continue
    return None


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Has something mounted at a place for a while, as only root may, and not in every container."""
    command = ["mount", *options, str(place)]
    is_root = os.geteuid() == 0
    is_mounted = is_root and subprocess.run(command, check=False, capture_output=True).returncode == 0
    require(is_mounted, "nothing can be mounted: run the tests as root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _starts_a_browser() -> bool:
    with open_browser() as browser:
        return browser is not None


def cifar100_folder() -> Path:
    """The folder of the real CIFAR-100, and of other data, that `TASKGRAFT_TEST_DATA` names."""
    return Path(os.environ.get("TASKGRAFT_TEST_DATA", ""))


def _has_cifar100() -> bool:
    return any(cifar100_folder().glob("cifar-100-binary.tar.?z"))


def photographs_archive() -> Path:
    """The archive of 2,370 photographs of fruit in the folder that `TASKGRAFT_TEST_DATA` names."""
    return cifar100_folder() / "grocery-fruit.tar.xz"


def pretrained_weights() -> Path:
    """Published weights of timm's `tf_efficientnet_lite0`, in the folder that `TASKGRAFT_TEST_DATA` names."""
    return cifar100_folder() / "efficientnet-lite0.safetensors"


BROWSER = Need(
    "no browser starts: apt-get install chromium, or .venv/bin/playwright install chromium",
    _starts_a_browser,
    package="chromium",
)
FASHION_MNIST = Need(
    f"no {FASHION_MNIST_FOLDER}: apt-get install dataset-fashion-mnist",
    FASHION_MNIST_FOLDER.is_dir,
    package="dataset-fashion-mnist",
)
PHOTOGRAPHS = Need(
    "no photographs: set TASKGRAFT_TEST_DATA to a folder that holds grocery-fruit.tar.xz",
    lambda: photographs_archive().is_file(),
)
PRETRAINED = Need(
    "no pretrained trunk: set TASKGRAFT_TEST_DATA to a folder that holds efficientnet-lite0.safetensors",
    lambda: pretrained_weights().is_file(),
)
WEB_RUNTIME = Need(
    f"no onnxruntime-web: npm install --prefix {NODE_FOLDER} {WEB_RUNTIME_PACKAGE}",
    (WEB_RUNTIME_FOLDER / "ort.wasm.min.mjs").is_file,
    package="npm",
)
CIFAR100 = Need(
    "no real CIFAR-100: set TASKGRAFT_TEST_DATA to a folder that holds cifar-100-binary.tar.gz or .tar.xz",
    _has_cifar100,
)
