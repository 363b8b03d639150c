"""Finding the browser that the tests drive, and installing one where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from tandem.cli.refusal import Refused

SETTING = "TANDEM_CHROMIUM"
# The build without windows comes first: the same engine, and a quarter less processor time for the same pages.
_HEADLESS = "chromium-headless-shell"
_NAMES = (_HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/snap/bin/chromium",
)
_PLAYWRIGHT = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"


def find() -> str | None:
    """Return the path of a Chrome or Chromium that runs, or None."""
    chosen = os.environ.get(SETTING)
    if chosen:
        if not _runs(chosen):
            raise Refused(f"{SETTING} names {chosen}, which does not run as a browser. Correct or remove the setting.")
        return chosen
    candidates = [*(shutil.which(name) or "" for name in _NAMES), *_PLACES]
    return next((path for path in candidates if path and _runs(path)), None) or _playwrights_own()


def install() -> str | None:
    """Say what will be installed, install it, and return its path, or None when that did not work."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        add = ["apt-get", "install", "--yes"]
        # Each step is done by the first of its commands that can: not every release has the build without windows.
        steps = [[["apt-get", "update"]], [[*add, _HEADLESS], [*add, "chromium"]]]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    else:
        steps, environment = [[[sys.executable, "-m", "playwright", "install", "chromium"]]], dict(os.environ)
    said = " && ".join(" || ".join(" ".join(command) for command in step) for step in steps)
    said = said.replace(sys.executable, "python")
    click.echo(f"The browser tests need Chrome or Chromium and this machine has none. Installing it now: {said}")
    for step in steps:
        if not any(_succeeds(command, environment) for command in step):
            return None
    return find()


def _succeeds(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Run a command, and print the end of what it said when it failed."""
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        click.echo(done.stdout.decode(errors="replace")[-2000:])
    return done.returncode == 0


def _runs(path: str) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights_own() -> str | None:
    done = subprocess.run([sys.executable, "-c", _PLAYWRIGHT], capture_output=True, text=True, check=False)
    path = done.stdout.strip()
    return path if path and Path(path).exists() and _runs(path) else None
