"""Installs what some tests need beyond Python, as far as this machine lets it; `make test` runs it once.

It never fails: the tests that need what is missing skip, and say what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from needs import BROWSER, FASHION_MNIST, NODE_FOLDER, WEB_RUNTIME, WEB_RUNTIME_PACKAGE, Need

_SECONDS = 900
# A machine without a network gives up soon; one that updates itself at the same time is waited for.
_APT = (
    "apt-get",
    "-qq",
    "-y",
    "-o",
    "Acquire::http::Timeout=20",
    "-o",
    "Acquire::https::Timeout=20",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "DPkg::Lock::Timeout=120",
)
_NPM = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(NODE_FOLDER))
_PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


def install(browser: Need = BROWSER, data: Need = FASHION_MNIST, web: Need = WEB_RUNTIME) -> None:
    """Installs what is missing; says what is missing even so."""
    missing = [need for need in (browser, data, web) if not need.is_present()]
    packages = [need.package for need in missing if need is not web or not shutil.which("npm")]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        run(*_APT, "update")
        # One by one: a system may know one of them only.
        for package in packages:
            run(*_APT, "install", package)
    if browser in missing and not browser.is_present():
        run(*_PLAYWRIGHT)
    if web in missing:
        run(*_NPM, WEB_RUNTIME_PACKAGE)
    for need in missing:
        if not need.is_present():
            print(f"Some tests will skip: {need.missing}")


def run(*command: str) -> None:
    """Runs a command that may fail; of what it says it then shows the first error."""
    print(f"$ {' '.join(command)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        print(f"  exit code {error.returncode}: {_first_error(error.stderr + error.stdout)}")
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  {error}")


def _first_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["not a word"]
    return next((line for line in lines if line.startswith(("E:", "Error:"))), lines[-1])


if __name__ == "__main__":
    install()
