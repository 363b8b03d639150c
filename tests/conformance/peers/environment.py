"""Make the environment in which the peers run; it is kept until requirements/peers.txt changes.

    python -m tests.conformance.peers.environment

The peers pin old versions of what our own tests need in new ones, so they cannot share our environment.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "requirements" / "peers.txt"
VENV = ROOT / ".venv-peers"
INSTALLED = VENV / "installed.txt"
PYTHON = VENV / "bin" / "python"


class CannotInstall(Exception):
    """The peers cannot be installed; the text is pip's last line."""


def python() -> Path:
    """Return the peers' Python, installing what is missing, one installer at a time."""
    alone = os.open(LOCK, os.O_RDONLY)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not INSTALLED.exists() or INSTALLED.read_bytes() != LOCK.read_bytes():
            _install()
    finally:
        os.close(alone)
    return PYTHON


def _install() -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)])
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-compile")
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    _run([*pip, "install", *quiet, "--require-hashes", "--requirement", str(LOCK)])
    shutil.copyfile(LOCK, INSTALLED)


def _run(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotInstall((done.stderr.strip().splitlines() or ["no reason given"])[-1])


if __name__ == "__main__":
    print(python())  # noqa: T201  a command
