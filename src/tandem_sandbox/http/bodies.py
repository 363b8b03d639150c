"""JSON bodies as a stranger may send them: whatever cannot be written back is not read."""

import json
from typing import Any, NoReturn

from flask import request

DEEPEST = 40


class Unreadable(ValueError):
    """A body that is no JSON, or JSON that could not be answered: too deep, not a number, half a character."""


def read_json() -> Any:
    """Read the request's body as JSON. Raises Unreadable."""
    try:
        value = json.loads(request.get_data(cache=True), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    _check(value, DEEPEST)
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise Unreadable("too deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
    elif isinstance(value, float):
        if value - value != 0:
            raise Unreadable("too large a number")
    elif isinstance(value, str) and not value.isascii():
        _encodable(value)


def _encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("half a character") from error
