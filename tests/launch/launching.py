"""Tandem's own commands, run as a person would run them, in an environment where nothing of this one's is set."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest

MARK = "Ctrl-C stops it"


class Launch:
    """Run commands to their end, or start them and wait until they say that they are ready."""

    def free_port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    def environment(self, home: Path) -> dict[str, str]:
        ours = ("TANDEM_", "DATABASE", "DJANGO")
        return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "TANDEM_HOME": str(home)
        }

    def run(self, home: Path, *arguments: str, typed: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "tandem.cli", *arguments],
            env=self.environment(home) | settings,
            input=typed,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def python(self, home: Path, code: str, **settings: str) -> None:
        """Run a piece of Python that must succeed."""
        subprocess.run([sys.executable, "-c", code], env=self.environment(home) | settings, check=True)

    def start(self, home: Path, *arguments: str, **settings: str) -> "Running":
        """Start a command and return once it is ready. Use it as a context: nothing is left running then."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tandem.cli", *arguments],
            env=self.environment(home) | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Running(process)


class Running:
    """A command that runs until it is told to stop."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.said += line
            if MARK in line:
                return
        pytest.fail(f"It did not start:\n{self.said}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def children(self) -> dict[int, str]:
        """Return the command lines of the processes that it started, by process id."""
        listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        return {int(pid): args for pid, parent, args in rows if parent == str(self.process.pid)}

    def child(self, words: str) -> int:
        return next(pid for pid, args in self.children().items() if words in args)

    def stop(self, message: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(message)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode
