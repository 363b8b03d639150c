"""Finding the browser that the tests drive, and installing one where that is allowed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from tandem.cli.refusal import Refused

SETTING = "TANDEM_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
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
        commands = [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    else:
        commands, environment = [[sys.executable, "-m", "playwright", "install", "chromium"]], dict(os.environ)
    said = " && ".join(" ".join(command) for command in commands).replace(sys.executable, "python")
    click.echo(f"The browser tests need Chrome or Chromium and this machine has none. Installing it now: {said}")
    for command in commands:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            click.echo(done.stdout.decode(errors="replace")[-2000:])
            return None
    return find()


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
