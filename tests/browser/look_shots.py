"""Photograph pages at phone and desk width, light and dark, and ask axe about each.

Run it against a server that is up: `python tests/browser/look_shots.py OUT http://localhost:8000/sign-in/login/ ...`
With `--cookie name=value` the pages are opened as somebody who is signed in.
"""

import argparse
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tandem.cli import browser as installed

WIDTHS = (360, 1280)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LINE = 220
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--cookie", action="append", default=[])
    parser.add_argument("--widths", type=int, nargs="*", default=list(WIDTHS))
    parser.add_argument("--schemes", nargs="*", default=list(SCHEMES))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find(), args=ARGUMENTS)
        problems = [line[:LINE] for url in options.urls for line in _photograph(browser, url, options)]
        browser.close()
    sys.stdout.write("\n".join(dict.fromkeys(problems)) or "No axe violation, no console message, no sideways scroll.")
    return 1 if problems else 0


def _photograph(browser: Browser, url: str, options: argparse.Namespace) -> list[str]:
    name = urlsplit(url).path.strip("/").replace("/", "-") or "front"
    return [
        f"{name}-{width}-{scheme}: {line}"
        for width in options.widths
        for scheme in options.schemes
        for line in _look(browser, url, width, scheme, options.cookie, options.out / f"{name}-{width}-{scheme}.png")
    ]


def _look(browser: Browser, url: str, width: int, scheme: Scheme, cookies: list[str], picture: Path) -> list[str]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for cookie in cookies:
        key, _, value = cookie.partition("=")
        context.add_cookies([{"name": key, "value": value, "url": "://".join(urlsplit(url)[:2])}])
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.goto(url, wait_until="load")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        problems.append("scrolls sideways")
    problems += [f"axe: {line}" for line in _axe(page)]
    page.screenshot(path=picture, full_page=True)
    context.close()
    return problems


def _axe(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:140]}" for rule in found for node in rule["nodes"]]


if __name__ == "__main__":
    sys.exit(main())
