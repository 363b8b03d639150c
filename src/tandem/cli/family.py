"""The programs that `up` and `demo` run side by side: started as our children, looked after, and stopped in order.

However this process ends, they end: the kernel sees to it. One that ends by itself is started again; one that keeps
ending at once would only do so again, so everything stops and the reason is shown.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from tandem.cli.postgres import EmbeddedPostgres
from tandem.cli.postgres_process import dies_with_us
from tandem.cli.refusal import Refused
from tandem.cli.waiting import wait_until

PATIENCE_SECONDS = 60.0
PARTING_SECONDS = 10.0
SHORT_LIFE_SECONDS = 10.0
SHORT_LIVES = 4
_LARGEST_LOG = 5_000_000


@dataclass(frozen=True)
class Member:
    """One program: its name for people, its command, its environment, and how to tell that it is ready."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    is_ready: Callable[[], bool]


@dataclass
class _Child:
    member: Member
    process: "subprocess.Popen[bytes]"
    started: float
    short_lives: int = 0


class Family:
    """Members that live and end with this process."""

    def __init__(self, *, logs: Path | None) -> None:
        """Take the folder for what the members print; None lets them print where we do."""
        self._logs = logs
        self._children: list[_Child] = []

    def start(self, member: Member) -> None:
        self._children.append(_Child(member, self._spawn(member), time.monotonic()))

    def run_once(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> str:
        """Run a program to its end and return what it printed; refuse with its last words when it fails."""
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            preexec_fn=dies_with_us(),
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.decode()
        words = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        if done.returncode == 1 and "Traceback" not in words:
            raise Refused(words.splitlines()[-1] if words else f"{name} failed without a word.")
        log = self._log(name)
        if log is None:
            raise Refused(f"{name} failed:\n{words}")
        log.write_text(words, encoding="utf-8")
        raise Refused(f"{name} failed: {words.splitlines()[-1]}. The whole of it is in {log}.")

    def wait_until_ready(self) -> None:
        """Return when every member is ready; refuse when one ends first or takes too long."""
        for child in self._children:
            in_time = wait_until(partial(_has_ended_or_is_ready, child), seconds=PATIENCE_SECONDS, between=0.1)
            if child.process.poll() is not None:
                raise Refused(self._last_words(child))
            if not in_time:
                raise Refused(
                    f"The {child.member.name} was not ready within {PATIENCE_SECONDS:.0f} seconds. {self._where(child)}"
                )

    def look_after(self, server: EmbeddedPostgres | None) -> None:
        """Keep everything running until a stop is asked for."""
        while True:
            if server is not None and not server.is_running:
                click.echo("The database ended by itself; starting it again.", err=True)
                server.start()
            for child in self._children:
                if child.process.poll() is not None:
                    self._start_again(child)
            time.sleep(0.5)

    def stop(self) -> None:
        """End the members, the last started first."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
            try:
                child.process.wait(PARTING_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()

    def _start_again(self, child: _Child) -> None:
        lived_long = time.monotonic() - child.started > SHORT_LIFE_SECONDS
        child.short_lives = 0 if lived_long else child.short_lives + 1
        if child.short_lives == SHORT_LIVES:
            raise Refused(self._last_words(child))
        click.echo(f"The {child.member.name} ended by itself; starting it again.", err=True)
        child.process, child.started = self._spawn(child.member), time.monotonic()

    def _spawn(self, member: Member) -> "subprocess.Popen[bytes]":
        log = self._log(member.name)
        output = None
        if log is not None:
            output = log.open("wb" if log.exists() and log.stat().st_size > _LARGEST_LOG else "ab")
        try:
            return subprocess.Popen(
                member.command,
                env=dict(member.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                process_group=0,
                preexec_fn=dies_with_us(signal.SIGKILL),
            )
        finally:
            if output is not None:
                output.close()

    def _log(self, name: str) -> Path | None:
        if self._logs is None:
            return None
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._logs / f"{name.replace(' ', '-')}.log"

    def _last_words(self, child: _Child) -> str:
        return f"The {child.member.name} ends as soon as it is started. {self._where(child)}"

    def _where(self, child: _Child) -> str:
        log = self._log(child.member.name)
        if log is None:
            return "Its last words stand above."
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        said = f'It said: "{lines[-1]}" ' if lines else ""
        return f"{said}The whole of it is in {log}."


def _has_ended_or_is_ready(child: _Child) -> bool:
    return child.process.poll() is not None or child.member.is_ready()


def command(*arguments: str) -> tuple[str, ...]:
    """Return the command line of another `tandem`, run by this Python."""
    return (sys.executable, "-m", "tandem.cli", *arguments)


@contextmanager
def until_stopped() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the block alike, and be ignored while its end is under way."""
    messages = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {message: signal.signal(message, signal.default_int_handler) for message in messages}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for message, handler in before.items():
            signal.signal(message, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore further requests to stop while stopping; every wait inside is bounded."""
    messages = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {message: signal.signal(message, signal.SIG_IGN) for message in messages}
    try:
        yield
    finally:
        for message, handler in before.items():
            signal.signal(message, handler)
