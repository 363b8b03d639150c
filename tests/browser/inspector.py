"""Looking at a page as axe, a narrow screen and dark colours do."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_FILE_PATH
from tests.browser.conftest import Visitor

AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
#: Each way a page is looked at, in an order in which only one thing changes at a time.
WAYS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1280),
    ("light", 360),
    ("dark", 360),
    ("dark", 1280),
)
# Colours alone differ between light and dark, so dark asks only about them.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
COLOURS = {"runOnly": COLOUR_RULES, "resultTypes": ["violations"], "preload": False}
ALL_RULES = {"resultTypes": ["violations"], "preload": False}
ALL_BUT_COLOURS = ALL_RULES | {"rules": {name: {"enabled": False} for name in COLOUR_RULES}}
# Where the same elements are to be seen, another width changes nothing for the rules but these.
OF_WIDTH = {"runOnly": ["target-size", "scrollable-region-focusable"], "resultTypes": ["violations"], "preload": False}
TO_BE_SEEN = (
    """Array.from(document.querySelectorAll("main *"), (element) => (element.checkVisibility() ? 1 : 0)).join("")"""
)
TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"
# Everything that the rules about colours judge a text by: its colour and size, and what is painted behind it. They are the
# dearest rules of all, and pages are made of the same few pairings: axe judges each pairing once in each scheme.
PAIRINGS = """() => {
  const painted = new Map([[null, ""]]);
  const behind = (element) => {
    if (!painted.has(element)) {
      const look = getComputedStyle(element);
      const own = [look.backgroundColor, look.backgroundImage, look.opacity, look.filter, look.mixBlendMode].join();
      const adds = own === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : `${own};`;
      painted.set(element, adds + behind(element.parentElement));
    }
    return painted.get(element);
  };
  const found = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    const says = Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!(says || element.matches("input, select, textarea")) || !element.checkVisibility()) continue;
    const look = getComputedStyle(element);
    const link = element.closest("a[href]");
    const around = link && [look.textDecorationLine, look.borderBottom, getComputedStyle(link.parentElement).color];
    found.add([look.color, look.fontSize, look.fontWeight, look.textShadow, look.position, around, behind(element)].join("|"));
  }
  // What it looks like is not asked for again, only whether it was judged before: a number for each will do.
  return Array.from(found, (text) => {
    let low = 0xdeadbeef, high = 0x41c6ce57;
    for (let place = 0; place < text.length; place += 1) {
      low = Math.imul(low ^ text.charCodeAt(place), 2654435761);
      high = Math.imul(high ^ text.charCodeAt(place), 1597334677);
    }
    return 4294967296 * (high & 0x1fffff) + (low >>> 0);
  });
}"""
# Asked at once: each question takes its way through three programs.
AT_A_GLANCE = f"() => [{TO_BE_SEEN}, {TOO_WIDE}, ({PAIRINGS})()]"
# All of what axe found would be most of what the page has to say; asked for is what is wrong.
WHAT_IS_WRONG = "(found) => found.violations.map((rule) => [rule.id, rule.nodes[0].html.slice(0, 160)])"
# What differs between two answers with the same page: the token of a form, whose page it is, times and counts.
VARIES = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+|x-csrftoken[^}]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+')
# What differs in the frame around the same kind of page: its name, and where in the menu one is.
NAMED_AFTER_THE_PAGE = re.compile(r"<title>.*?</title>| aria-current=\"page\"", re.DOTALL)
MAIN = re.compile(r"<main.*</main>", re.DOTALL)


@dataclass
class Inspector:
    """Looks at pages and keeps what is wrong with them."""

    visitor: Visitor
    seen: set[str]
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str, *, may: Iterable[int] = (200,)) -> None:
        """Open an address of Tandem and look at it."""
        answer = self.visitor.page.goto(f"{self.visitor.demo.base_url}{path}")
        self._note(
            answer is None or answer.status not in may, f"answers {answer.status if answer else 'nothing'}", path
        )
        self.look(path)

    def open_xero(self, path: str) -> None:
        """Open a page of the simulator and look at it."""
        answer = self.visitor.page.goto(f"{self.visitor.demo.xero_url}{path}")
        self._note(answer is None or answer.status >= 500, "fails", path)
        self.look(path)

    def look(self, name: str) -> None:
        """Look at the page that is open, at each width and in each scheme; at a page seen before, no second time."""
        page = self.visitor.page
        # A press returns as soon as the next page has begun to arrive, when it may not have a body yet.
        page.wait_for_load_state("load")
        drawn = VARIES.sub("", page.evaluate("document.documentElement.outerHTML"))
        frame = NAMED_AFTER_THE_PAGE.sub("", MAIN.sub("", drawn))
        parts = {*MAIN.findall(drawn), frame}
        if parts <= self.seen:
            return
        # Around a frame that was looked at in every way before, only what is new: the main part.
        new = "document" if frame in self.seen else "'main'"
        self.seen |= parts
        # Here and not with every page that opens: half a megabyte of script, and most pages were looked at before. Told to
        # the browser itself, since Playwright's way takes twice as long for as much.
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
        shown = ""
        for scheme, width in WAYS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            # The title, the order of headings and what else belongs to a page as a whole: once, on all of it.
            where = "document" if (scheme, width) == WAYS[0] else new
            before = shown
            shown, is_too_wide, pairings = page.evaluate(AT_A_GLANCE)
            self._note(is_too_wide, "scrolls sideways", f"{name} {width}")
            rules = self._rules(scheme, pairings, is_only_narrower=where == "'main'" and shown == before)
            if rules is None:
                continue
            for rule, html in page.evaluate(f"axe.run({where}, {json.dumps(rules)}).then({WHAT_IS_WRONG})"):
                self._note(True, f"{rule}: {html}", f"{name} {width} {scheme}")
        page.emulate_media(color_scheme="light")

    def _rules(self, scheme: str, pairings: Iterable[int], *, is_only_narrower: bool) -> Mapping[str, object] | None:
        """Return what to ask axe, or None where the page shows nothing that was not judged."""
        told = {f"{scheme}: {pairing}" for pairing in pairings}
        asks_colours = not told <= self.seen
        self.seen |= told
        if scheme == "dark":
            return COLOURS if asks_colours else None
        if asks_colours:
            return ALL_RULES
        return OF_WIDTH if is_only_narrower else ALL_BUT_COLOURS

    def _note(self, is_wrong: bool, what: str, where: str) -> None:
        if is_wrong:
            self.wrong.append(f"{where}: {what}")

    def report(self) -> None:
        """Fail with everything that was found, not only the first."""
        assert not self.wrong + self.visitor.complaints, "\n".join(self.wrong + self.visitor.complaints)
