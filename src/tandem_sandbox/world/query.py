"""The `where` and `order` languages of list reads, and If-Modified-Since (xero.md 3.3)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]
Test = Callable[[Record], Any]
DEEPEST = 60

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<op>==|!=|<=|>=|&&|\|\||[<>().,!=])"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*))"""
)
_SINCE = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?$")


class QueryParseError(Exception):
    """A query that cannot be read; becomes ErrorNumber 16, QueryParseException."""


class BadSince(Exception):
    """An If-Modified-Since that is no date."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Where:
    """A parsed filter: the test, and which properties it names."""

    test: Callable[[Record], bool]
    names: frozenset[str]


def parse_where(text: str, *, kinds: Mapping[str, str], type_name: str) -> Where:
    """Parse a filter over properties of the given kinds (text, day, moment, bool, guid)."""
    parser = _Parser(_tokens(text), kinds=kinds, type_name=type_name)
    test = parser.everything()
    return Where(lambda record: bool(test(record)), frozenset(parser.names))


def parse_order(text: str, *, kinds: Mapping[str, str], type_name: str) -> Callable[[list[Record]], list[Record]]:
    """Parse `Field ASC, Other DESC` into a sorting function."""
    keys: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].upper() not in ("ASC", "DESC")):
            raise QueryParseError("Syntax error in the order parameter (at index 0)")
        keys.append((_known(words[0], kinds, type_name, 0), len(words) == 2 and words[1].upper() == "DESC"))

    def ordered(records: list[Record]) -> list[Record]:
        for name, descending in reversed(keys):
            records = sorted(records, key=lambda record: str(record.get(name) or ""), reverse=descending)
        return records

    return ordered


def parse_since(text: str) -> tuple[datetime, bool]:
    """Read an If-Modified-Since; say too whether it carried milliseconds and a zone."""
    found = _SINCE.match(text.strip())
    if not found:
        raise BadSince(text)
    zone = found[4] or ""
    offset = "+00:00" if zone in ("", "Z") else zone
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '')[:7]}{offset}")
    except ValueError as error:
        raise BadSince(text) from error
    return moment.astimezone(UTC), bool(found[3] and zone)


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None or match.lastgroup is None:
            raise QueryParseError(f"Syntax error '{stripped[at:].strip()[:1]}' (at index {at})")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def _known(name: str, kinds: Mapping[str, str], type_name: str, at: int) -> str:
    for candidate in kinds:
        if candidate.lower() == name.lower():
            return candidate
    raise QueryParseError(f"No property or field '{name}' exists in type '{type_name}' (at index {at})")


class _Parser:
    """A small recursive-descent parser, bounded in depth."""

    def __init__(self, tokens: list[Token], *, kinds: Mapping[str, str], type_name: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._kinds = kinds
        self._type_name = type_name
        self.names: set[str] = set()

    def everything(self) -> Test:
        test = self._any()
        if self._peek() is not None:
            raise self._syntax()
        return test

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _is(self, *texts: str) -> bool:
        token = self._peek()
        return token is not None and token.kind != "text" and token.text.upper() in texts

    def _take(self) -> Token:
        token = self._peek()
        if token is None:
            raise QueryParseError("Expression expected (at index 0)")
        self._next += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise self._syntax()
        self._next += 1

    def _syntax(self) -> QueryParseError:
        token = self._peek()
        where, at = (token.text, token.at) if token else ("end", 0)
        return QueryParseError(f"Syntax error near '{where[:20]}' (at index {at})")

    def _any(self) -> Test:
        left = self._all()
        while self._is("OR", "||"):
            self._next += 1
            left = _either(left, self._all())
        return left

    def _all(self) -> Test:
        left = self._one()
        while self._is("AND", "&&"):
            self._next += 1
            left = _both(left, self._one())
        return left

    def _one(self) -> Test:
        if self._is("("):
            self._depth += 1
            if self._depth > DEEPEST:
                raise QueryParseError(f"The expression is nested too deeply (at index {self._take().at})")
            self._next += 1
            inner = self._any()
            self._expect(")")
            self._depth -= 1
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        left, kind = self._operand("text")
        if self._is("==", "!=", "<", ">", "<=", ">="):
            operator = self._take().text
            right, _ = self._operand(kind)
            return _compare(left, right, operator)
        if self._is("="):
            raise self._syntax()
        return left

    def _operand(self, wanted: str) -> tuple[Test, str]:
        token = self._take()
        if token.kind == "text":
            return _constant(_literal(token.text, wanted)), wanted
        if token.kind == "number":
            return _constant(token.text), wanted
        if token.kind == "name":
            return self._named(token, wanted)
        self._next -= 1
        raise self._syntax()

    def _named(self, token: Token, wanted: str) -> tuple[Test, str]:
        word = token.text.lower()
        if word in ("true", "false", "null"):
            return _constant({"true": True, "false": False, "null": None}[word]), wanted
        if word == "guid":
            return _constant(self._arguments()[0].strip('"').lower()), "guid"
        if word == "datetime":
            return _constant(self._datetime()), wanted
        name = _known(token.text, self._kinds, self._type_name, token.at)
        self.names.add(name)
        kind = self._kinds[name]
        if self._is("."):
            return self._method(name), "bool"
        return lambda record: _comparable(record.get(name), kind), kind

    def _datetime(self) -> str:
        if self._is("."):
            self._next += 1
            if self._take().text.lower() != "parse":
                raise self._syntax()
            return self._arguments()[0].strip('"')[:10]
        parts = self._arguments()
        try:
            year, month, day = (int(part) for part in parts[:3])
            return f"{datetime(year, month, day, tzinfo=UTC):%Y-%m-%d}"
        except ValueError as error:
            raise QueryParseError("DateTime needs a year, a month and a day (at index 0)") from error

    def _arguments(self) -> list[str]:
        self._expect("(")
        found = []
        while not self._is(")"):
            token = self._take()
            if token.text != ",":
                found.append(token.text)
        self._expect(")")
        if not found:
            raise self._syntax()
        return found

    def _method(self, name: str) -> Test:
        self._expect(".")
        method = self._take().text.lower()
        tests: dict[str, Callable[[str, str], bool]] = {
            "contains": lambda value, part: part in value,
            "startswith": lambda value, part: value.startswith(part),
            "endswith": lambda value, part: value.endswith(part),
        }
        if method not in tests:
            raise QueryParseError(f"No method '{method}' exists in type 'String' (at index 0)")
        part = _unquote(self._arguments()[0])
        test = tests[method]
        return lambda record: test(str(record.get(name) or ""), part)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _literal(text: str, kind: str) -> str:
    plain = _unquote(text)
    return plain.lower() if kind == "guid" else plain


def _comparable(value: Any, kind: str) -> Any:
    if kind == "day" and isinstance(value, str):
        return value[:10]
    if kind == "moment" and isinstance(value, datetime):
        return value.strftime("%Y-%m-%d")
    return value


def _constant(value: Any) -> Test:
    return lambda _record: value


def _both(left: Test, right: Test) -> Test:
    return lambda record: bool(left(record)) and bool(right(record))


def _either(left: Test, right: Test) -> Test:
    return lambda record: bool(left(record)) or bool(right(record))


def _compare(left: Test, right: Test, operator: str) -> Test:
    def test(record: Record) -> bool:
        first, second = left(record), right(record)
        if operator == "==":
            return bool(first == second)
        if operator == "!=":
            return bool(first != second)
        if first is None or second is None:
            return False
        one, two = str(first), str(second)
        return {"<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}[operator]

    return test
