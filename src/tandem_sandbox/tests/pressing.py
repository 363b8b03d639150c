"""How the tests of the pages read a page and send its forms, as a browser without scripts does."""

import re
from html import unescape

from werkzeug.test import Client, TestResponse


def text_of(answer: TestResponse) -> str:
    """Return what a person reads, in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def hidden_of(answer: TestResponse) -> dict[str, str]:
    """Return the hidden fields of a page."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.get_data(as_text=True))
    return {name: unescape(value) for name, value in found}


def send(web: Client, page: str, path: str, /, **fields: str) -> TestResponse:
    """Send a form of a page and follow where it leads."""
    token = hidden_of(web.get(page)).get("token", "")
    return web.post(path, data={"token": token, **fields}, follow_redirects=True)


def wrong_fields(answer: TestResponse) -> list[str]:
    """List the fields that the error summary leads to, each of which must be on the page and marked."""
    html = answer.get_data(as_text=True)
    found = re.findall(r'<li><a href="#([\w-]+)">', html)
    for name in found:
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true"', html), f"{name} is not marked"
    return found
