"""How values look on a page: icons, tones, dates and times. It decides nothing and reads no data."""

import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tandem.kernel import clock

register = template.Library()

ICONS = {
    "account": "building-2",
    "alert": "triangle-alert",
    "authenticator": "smartphone",
    "back": "chevron-left",
    "bell": "bell",
    "calendar": "calendar",
    "cancel": "ban",
    "check": "check",
    "clock": "clock",
    "conflict": "git-compare",
    "disconnect": "unplug",
    "done": "circle-check",
    "download": "download",
    "edit": "pencil",
    "external": "external-link",
    "failed": "circle-x",
    "file": "file-text",
    "flag": "flag",
    "fleet": "activity",
    "forward": "chevron-right",
    "help": "circle-question-mark",
    "history": "history",
    "home": "house",
    "inbox": "inbox",
    "info": "info",
    "key": "key-round",
    "link": "link",
    "lock": "lock",
    "mail": "mail",
    "passkey": "fingerprint-pattern",
    "pause": "pause",
    "people": "users",
    "person": "user",
    "plug": "plug",
    "plus": "plus",
    "refresh": "refresh-cw",
    "restore": "undo-2",
    "run": "arrow-left-right",
    "search": "search",
    "security": "shield-check",
    "send": "send",
    "settings": "settings",
    "sign_out": "log-out",
    "steps": "list-checks",
    "support": "life-buoy",
    "todo": "circle",
    "unknown": "circle-dashed",
    "wait": "hourglass",
    "x": "x",
}

# Word of the product (state, run status, outcome, employee status, message level) -> tone of the style sheet.
TONES = {
    "good": "good",
    "warn": "warn",
    "bad": "bad",
    "idle": "idle",
    "info": "info",
    "connected": "good",
    "attention": "warn",
    "waiting": "idle",
    "unproven": "idle",
    "broken": "bad",
    "disconnected": "idle",
    "not_set_up": "idle",
    "proved": "good",
    "failed": "bad",
    "current": "good",
    "terminating": "warn",
    "terminated": "idle",
    "running": "info",
    "queued": "idle",
    "paused": "warn",
    "parked": "warn",
    "preview": "info",
    "finished": "good",
    "done": "good",
    "applied": "good",
    "agreed": "good",
    "held": "warn",
    "conflict": "warn",
    "unknown": "warn",
    "problem": "bad",
    "rejected": "bad",
    "stopped": "bad",
    "skipped": "idle",
    "todo": "idle",
    "now": "info",
    "success": "good",
    "warning": "warn",
    "error": "bad",
    "debug": "idle",
}

TONE_ICONS = {"good": "check", "warn": "alert", "bad": "x", "idle": "clock", "info": "info"}
OWN_ICONS = {
    "waiting": "wait",
    "unproven": "unknown",
    "disconnected": "disconnect",
    "not_set_up": "plug",
    "running": "refresh",
    "queued": "clock",
    "paused": "pause",
    "parked": "pause",
    "terminated": "person",
    "current": "person",
    "terminating": "calendar",
    "conflict": "conflict",
    "skipped": "cancel",
    "todo": "todo",
    "idle": "info",
}
STEP_ICONS = {
    "done": "done",
    "failed": "failed",
    "now": "refresh",
    "todo": "todo",
    "warn": "alert",
    "unknown": "unknown",
}


@lru_cache(maxsize=1)
def draw_icons() -> Mapping[str, SafeString]:
    """Draw every icon, from one reading of the archive that holds them: opening it takes longer than drawing a page."""
    with ZipFile(io.BytesIO(files("lucide").joinpath("lucide.zip").read_bytes())) as archive:
        return {role: _drawn(archive.read(f"{name}.svg")) for role, name in ICONS.items()}


def _drawn(drawing: bytes) -> SafeString:
    svg = ElementTree.fromstring(drawing)  # noqa: S314  the package's own file
    for node in svg.iter():
        node.tag = node.tag.rpartition("}")[2]
    svg.attrib.update({"width": "18", "height": "18", "class": "icon", "aria-hidden": "true", "focusable": "false"})
    return SafeString(ElementTree.tostring(svg, encoding="unicode"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon by its role; it says nothing to a screen reader, so a word stands beside it."""
    return draw_icons()[str(name)]


@register.simple_tag(takes_context=True)
def account_url(context: Context, name: str, **parts: object) -> str:
    """Return an address within the account that the page is about."""
    return reverse(name, kwargs={"account": context["account"].slug, **parts})


@register.filter
def tone(word: object) -> str:
    """Return the tone (good, warn, bad, idle, info) of a state or status."""
    return TONES.get(str(word), "idle")


@register.filter
def tone_icon(word: object) -> str:
    """Return the icon that goes with a state or status, so that colour is never alone."""
    return OWN_ICONS.get(str(word)) or TONE_ICONS[tone(word)]


@register.filter
def step_icon(word: object) -> str:
    """Return the icon of a step: done, failed, now or to do."""
    return STEP_ICONS.get(str(word), "todo")


@register.filter
def initials(name: str) -> str:
    """Return at most two initials of a name."""
    words = [word for word in str(name).split() if word[:1].isalnum()]
    chosen = words if len(words) < 3 else [words[0], words[-1]]
    return "".join(word[0] for word in chosen).upper()


@register.filter(expects_localtime=True)
def clock_time(at: datetime | None) -> str:
    """Write a time of day: 14:20."""
    return f"{at:%H:%M}" if at else ""


@register.filter(expects_localtime=True)
def day(on: date | None) -> str:
    """Write a date: 22 Nov 2026."""
    return f"{on.day} {on:%b %Y}" if on else ""


@register.filter(expects_localtime=True)
def weekday(on: date | None) -> str:
    """Write a date with its weekday: Thursday 26 Nov."""
    return f"{on:%A} {on.day} {on:%b}" if on else ""


@register.filter(expects_localtime=True)
def moment(at: datetime | None) -> str:
    """Write a time so that it is read rightly at any distance: 14:20 today, or 21 Nov 2026, 14:20."""
    if at is None:
        return ""
    return f"{at:%H:%M} today" if at.date() == _today() else f"{day(at)}, {at:%H:%M}"


@register.filter(expects_localtime=True)
def proof_time(at: datetime | None) -> str:
    """Write the time of a proof: 14:20 today is 14:20, any other day names its date."""
    if at is None:
        return ""
    return f"{at:%H:%M}" if at.date() == _today() else f"{at.day} {at:%b}, {at:%H:%M}"


@register.filter(expects_localtime=True)
def in_days(on: date | None) -> str:
    """Write how far a day is: today, tomorrow, in 4 days, 3 days ago."""
    if on is None:
        return ""
    days = ((on.date() if isinstance(on, datetime) else on) - _today()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


@register.filter(expects_localtime=True)
def ago(at: datetime | None) -> str:
    """Write how long ago something was: just now, 4 minutes ago, 3 hours ago, 2 days ago."""
    if at is None:
        return ""
    seconds = (clock.now() - at).total_seconds()
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"


@register.simple_tag
def stamp(at: datetime | None) -> SafeString | str:
    """Write a moment as a time element that programs can read too."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), moment(local))


@register.simple_tag
def known_values(rows: Iterable[Mapping[str, str]]) -> SafeString:
    """Write what a new record will hold: a page shows a thousand of these, which a loop of the template is too slow for."""
    return format_html_join("", "<dt>{}</dt><dd>{}</dd>", ((row["field"], row["after"]) for row in rows))


@register.filter
def counted(number: int, words: str) -> str:
    """Write a number with its noun: `7|counted:"change,changes"` is 7 changes."""
    one, many = words.split(",")
    return f"{number:,} {one if number == 1 else many}"


def _today() -> date:
    return timezone.localtime(clock.now()).date()
