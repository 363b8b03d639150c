"""The demo, started as a stranger would start it, and a browser to walk through it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tandem.cli import browser as installed

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    # A page lives here for a second: optimizing its scripts costs more than it saves.
    "--js-flags=--no-opt --no-maglev",
]
PASSWORD = "tandem-demo-2026"
READY = re.compile(r"Ctrl-C stops it")
PATIENCE = 30_000


@dataclass(frozen=True)
class Demo:
    """A running demo: its two addresses and the control door of its simulator."""

    base_url: str
    xero_url: str

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the simulator's control API and return its JSON."""
        request = urllib.request.Request(
            f"{self.xero_url}/_sandbox/{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_demo(home: Path) -> Iterator[Demo]:
    """Start `tandem demo` in a home of its own on free ports; stop it with Ctrl-C."""
    web, xero = _free_port(), _free_port()
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "DATABASE", "DJANGO"))
    }
    command = [sys.executable, "-m", "tandem.cli", "demo", "--web-port", str(web), "--sandbox-port", str(xero)]
    with (home / "demo.log").open("w+") as log:
        process = subprocess.Popen(
            command, env=clean | {"TANDEM_HOME": str(home)}, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            _await_welcome(process, home / "demo.log")
            yield Demo(f"http://localhost:{web}", f"http://localhost:{xero}")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def _await_welcome(process: subprocess.Popen[str], log: Path) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if READY.search(line):
            return
    pytest.fail(f"The demo did not start:\n{log.read_text()[-3000:]}")


# As long as the module: while Playwright runs, Django takes this process for an asynchronous one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that `tandem test` found or installed."""
    path = os.environ.get(installed.SETTING) or installed.find()
    if path is None:
        pytest.skip("No Chrome or Chromium: on Debian, as root, apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One person at one browser. `complaints` collects what the console said: it should stay empty."""

    page: Page
    demo: Demo
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> None:
        """Open a page of Tandem."""
        self.page.goto(f"{self.demo.base_url}{path}")

    def sign_in(self, email: str) -> None:
        """Sign in to Tandem by the visible labels."""
        self.open("/sign-in/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.fixture
def arrive(chromium: Browser, demo: Demo) -> Iterator[Callable[[], Visitor]]:
    """Let somebody sit down at a browser that has never been here; as often as asked."""
    expect.set_options(timeout=PATIENCE)
    opened: list[BrowserContext] = []

    def sit_down() -> Visitor:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-AU", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return Visitor(context.new_page(), demo)

    yield sit_down
    for context in opened:
        context.close()


@pytest.fixture
def visitor(arrive: Callable[[], Visitor]) -> Visitor:
    """Somebody at a desk, with a browser that has never been here."""
    return arrive()
