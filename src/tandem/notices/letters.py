"""Make both parts of a letter from one text, so that they always say the same. No picture, no tracking, no name."""

import re
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from tandem.notices.records import Wording
from tandem.tenancy.records import AccountRecord

# Also the one style sheet that the page of a letter allows, by its digest: keep it a constant.
STYLE = (
    "body{margin:0;background:#f3f4f1;color:#1b1f1c;font:16px/1.5 system-ui,-apple-system,Segoe UI,sans-serif}"
    ".page{max-width:34rem;margin:0 auto;padding:24px;background:#fff}"
    ".brand{margin:0;font-weight:600;color:#0b5d4a}h1{margin:8px 0 16px;font-size:20px;line-height:1.3}"
    "p,ul,ol{margin:0 0 14px}a{color:#0b5d4a;overflow-wrap:anywhere}"
    ".foot{margin:24px 0 0;padding-top:14px;border-top:1px solid #d9ddd8;color:#4c554f;font-size:14px}"
    "@media (prefers-color-scheme:dark){body{background:#111412;color:#e8ece9}.page{background:#1a1e1b}"
    ".brand,a{color:#7fd1b9}.foot{border-color:#343b36;color:#aab3ad}}"
)
NUMBERED = re.compile(r"^\d+\. ")
BULLET = re.compile(r"^- ")


@dataclass(frozen=True)
class Block:
    """A paragraph or a list."""

    tag: str
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """A letter ready to send."""

    text: str
    html: str


def compose(account: AccountRecord, wording: Wording) -> Parts:
    """Return both parts, with the brand's name and its support address below."""
    foot = f"{account.brand_name} wrote this because {wording.why or f'you look after {account.name}'}."
    if account.support_email:
        foot += f"\nQuestions: {account.support_email}"
    html = render_to_string(
        "notices/letter.html",
        {
            "subject": wording.subject,
            "brand": account.brand_name,
            "blocks": blocks_of(wording.body),
            "foot": foot,
            "style": mark_safe(STYLE),  # noqa: S308  a constant of ours
        },
    )
    return Parts(text=f"{wording.body.strip()}\n\n-- \n{foot}\n", html=html)


def blocks_of(text: str) -> list[Block]:
    """Return the paragraphs and lists of a plain text."""
    return [_block(part.split("\n")) for part in re.split(r"\n\s*\n", text.strip())]


def _block(lines: list[str]) -> Block:
    for mark, tag in ((NUMBERED, "ol"), (BULLET, "ul")):
        if all(mark.match(line) for line in lines):
            return Block(tag, lines=tuple(mark.sub("", line) for line in lines))
    return Block("p", text="\n".join(lines))
