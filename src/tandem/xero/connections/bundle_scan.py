"""Refuse a diagnostic bundle that holds anything like a secret or a person. Pure.

What is in the vocabulary (the product's own codes and field names), an id, or a time is known. Every other text, and every
number, is looked at: tokens, addresses, numbers of people and accounts, masked or not, and names of the account's people.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(\+00:00|Z))?")
SUSPECTS: Mapping[str, re.Pattern[str]] = {
    "address": re.compile(r"@|%40"),
    "token": re.compile(r"eyJ|[Bb]earer|[A-Za-z0-9_\-+/=]{40,}"),
    "number": re.compile(r"(?<!\d)(?:\d[ .\-]?){5,}\d(?!\d)"),
    "masked number": re.compile(r"[*•·xX#●.]{2,}[ \-]*\d{2,4}(?!\d)"),
    "masked text": re.compile(r"[*•●]{2,}"),
}
LARGEST = 9_999_999
WORD = re.compile(r"[^\W\d_]{2,}", re.UNICODE)


@dataclass(frozen=True)
class Finding:
    """Where something was found, as a path of keys, and of which kind; never the thing itself."""

    path: str
    kind: str


def scan(bundle: object, *, names: Collection[str], vocabulary: Collection[str]) -> list[Finding]:
    """Return everything suspicious in the bundle; empty when it may leave."""
    words = {word.casefold() for name in names for word in WORD.findall(name)}
    known = frozenset(vocabulary)
    return [Finding(path, kind) for path, value in _leaves(bundle) for kind in _suspicions(value, words, known)]


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{path}/(key)", key
            yield from _leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, value


def _suspicions(value: object, words: Collection[str], known: frozenset[str]) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            yield "number"
        return
    text = str(value)
    if text in known or UUID_TEXT.fullmatch(text) or TIME_TEXT.fullmatch(text):
        return
    yield from (kind for kind, pattern in SUSPECTS.items() if pattern.search(text))
    if any(word.casefold() in words for word in WORD.findall(text)):
        yield "name"
