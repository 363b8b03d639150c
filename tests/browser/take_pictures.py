"""Walk the story and photograph it: `python tests/browser/take_pictures.py docs/pictures` takes those of the README.

With `--all` every named moment is taken, at phone and desk width, in light and in dark.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.conftest import ARGUMENTS, PATIENCE, Demo, Visitor, running_demo
from tests.browser.walk import Walk

from tandem.cli import browser as installed

README = frozenset(
    {"connection-connected", "connection-broken", "integration", "run-preview", "employees", "support-room"}
    | {"sandbox-connected-apps"}
)
WIDTH, HEIGHT, TALLEST = 1280, 900, 1150


def main() -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running_demo(Path(home)) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find(), args=ARGUMENTS)
        expect.set_options(timeout=PATIENCE)

        def look(name: str, page: Page) -> None:
            if options.all:
                _in_every_way(page, options.folder / name)
            elif name in README:
                _take(page, options.folder / f"{name}.png", tallest=TALLEST)

        Walk(alice=_visitor(browser, demo), sam=_visitor(browser, demo), look=look).from_first_to_last()
        browser.close()
    return 0


def _visitor(browser: Browser, demo: Demo) -> Visitor:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    return Visitor(context.new_page(), demo)


def _in_every_way(page: Page, path: Path) -> None:
    for width in (360, WIDTH):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme="light")
        _take(page, path.with_name(f"{path.name}-{width}-light.png"), tallest=10_000)
        page.emulate_media(color_scheme="dark")
        _take(page, path.with_name(f"{path.name}-{width}-dark.png"), tallest=10_000)
    page.emulate_media(color_scheme="light")


def _take(page: Page, path: Path, *, tallest: int) -> None:
    height = min(tallest, page.evaluate("document.documentElement.scrollHeight"))
    width = page.evaluate("document.documentElement.clientWidth")
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


if __name__ == "__main__":
    sys.exit(main())
