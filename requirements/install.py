"""Make `.venv` hold exactly what the locks name. Run by ./tandem; uses the standard library alone.

Usage: install.py run [test]. The folder counts as installed once the copies of the locks lie in it. An installation
that was interrupted leaves its mark, and the next one starts from an empty folder.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
MARK = VENV / "installing"
PLACE = VENV / "installed-at"
NEEDED_MEGABYTES = {"run": 450, "test": 900}
WORDS = {"run": "what Tandem needs to run", "test": "what the tests need"}


class Stopped(Exception):
    """The installation cannot go on; the sentence says why."""


def main(locks: list[str]) -> int:
    """Install each lock that is not installed yet, one installer at a time; return the exit code."""
    try:
        alone = os.open(ROOT / "requirements", os.O_RDONLY)
        fcntl.flock(alone, fcntl.LOCK_EX)
        install(locks)
    except Stopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The next start installs from the beginning.\n")
        return 130
    return 0


def install(locks: list[str]) -> None:
    missing = [name for name in locks if not is_installed(source(name), f"installed-{name}.txt")]
    moved = not PLACE.exists() or PLACE.read_text() != str(ROOT)
    if missing or moved or not is_usable():
        check_space(missing or locks)
    if not is_usable():
        missing = locks
        say("Making .venv")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        # The pip that comes with a Python may be years old, and takes twice as long.
        pip("install", "--require-hashes", "--requirement", str(source("pip")))
    MARK.touch()
    install_all(missing)
    for name in missing:
        shutil.copyfile(source(name), VENV / f"installed-{name}.txt")
    shutil.copyfile(ROOT / "pyproject.toml", VENV / "installed-pyproject.toml")
    PLACE.write_text(str(ROOT))
    MARK.unlink()


def install_all(locks: list[str]) -> None:
    """Install what the locks name, and ourselves; what runs is compiled while the rest is installed."""
    compiling = None
    try:
        for name in locks:
            say(f"Installing {WORDS[name]} (once, from requirements/{name}.txt)")
            # Of what the tests need, most is never imported: what is, Python compiles then.
            pip("install", "--no-compile", "--require-hashes", "--requirement", str(source(name)))
            if name == "run":
                compiling = compile_all()
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        if compiling is not None:
            compiling.wait()
    finally:
        if compiling is not None:
            compiling.kill()


def is_installed(lock: Path, copy: str) -> bool:
    place = VENV / copy
    return is_usable() and place.exists() and place.read_bytes() == lock.read_bytes()


def is_usable() -> bool:
    """Return True for a folder that was made here, was not left behind half made, and whose Python runs."""
    if MARK.exists() or (PLACE.exists() and PLACE.read_text() != str(ROOT)):
        return False
    python = VENV / "bin" / "python"
    return (
        python.exists()
        and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def source(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def check_space(locks: list[str]) -> None:
    needed = sum(NEEDED_MEGABYTES[name] for name in locks)
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < needed:
        raise Stopped(
            f"The disk that holds {ROOT} has {free} MB left, and the installation needs about {needed} MB. Free some."
        )


def pip(*arguments: str) -> None:
    run([str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", *arguments])


def compile_all() -> "subprocess.Popen[bytes]":
    """Begin to compile what is installed by now; what cannot be compiled is left to whoever imports it."""
    command = [str(VENV / "bin" / "python"), "-m", "compileall", "-q", str(VENV / "lib")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(command: list[str]) -> None:
    environment = os.environ | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    environment.pop("PYTHONPATH", None)
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise Stopped(
            "The installation stopped; the reason stands above. Run the same command again when it is mended."
        )


def say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {what} ...\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
