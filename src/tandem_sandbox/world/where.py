"""The `where` language of list reads: C#-like comparisons over one record (xero.md 3.3)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

Record = Mapping[str, Any]
Read = Callable[[Record], Any]
DEEPEST = 60
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<op>==|!=|<=|>=|&&|\|\||[<>().,!=])"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*))"""
)
_GUID = re.compile(r"^\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?$")
TYPE_NAMES = {"text": "String", "date": "DateTime", "guid": "Guid", "bool": "Boolean", "number": "Decimal"}
KIND_OF = {"day": "date", "moment": "date"}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, two: bool(one < two),
    ">": lambda one, two: bool(one > two),
    "<=": lambda one, two: bool(one <= two),
    ">=": lambda one, two: bool(one >= two),
}
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": lambda value, part: value.startswith(part),
    "endswith": lambda value, part: value.endswith(part),
    "equals": lambda value, part: value == part,
}
TEXT_CHANGES: dict[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
}


class QueryParseError(Exception):
    """A query that cannot be read; becomes ErrorNumber 16, QueryParseException."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Expression:
    """Something with a value of one kind: text, date, guid, bool, number or null; a literal keeps its text."""

    read: Read
    kind: str
    literal: str | None = None


@dataclass(frozen=True)
class Where:
    """A parsed filter: the test, and which properties it names."""

    test: Callable[[Record], bool]
    names: frozenset[str]


def parse_where(text: str, *, kinds: Mapping[str, str], type_name: str) -> Where:
    """Parse a filter over properties of the given kinds (text, day, moment, bool, guid, number)."""
    parser = _Parser(_tokens(text), kinds=kinds, type_name=type_name)
    read = parser.everything().read
    return Where(lambda record: bool(read(record)), frozenset(parser.names))


def known_property(name: str, kinds: Mapping[str, str], *, type_name: str, at: int) -> str:
    """Find a property whatever its case. Raises QueryParseError in Xero's words."""
    for candidate in kinds:
        if candidate.lower() == name.lower():
            return candidate
    raise QueryParseError(f"No property or field '{name}' exists in type '{type_name}' (at index {at})")


def comparable(value: Any, kind: str) -> Any:
    """Turn a record's value into what compares properly: dates as moments, ids in lower case."""
    if value is None or value == "":
        return None
    if kind == "day":
        return _midnight(str(value))
    if kind == "guid":
        return str(value).lower()
    if kind == "number":
        return float(value)
    return str(value) if kind == "text" else value


def _midnight(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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


class _Parser:
    """A small recursive-descent parser, bounded in depth."""

    def __init__(self, tokens: list[Token], *, kinds: Mapping[str, str], type_name: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._kinds = kinds
        self._type_name = type_name
        self.names: set[str] = set()

    def everything(self) -> Expression:
        found = self._any()
        if self._peek() is not None:
            raise self._syntax()
        return _needs_bool(found, at=0)

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

    def _any(self) -> Expression:
        parts = [self._all()]
        while self._is("OR", "||"):
            at = self._take().at
            parts.append(_needs_bool(self._all(), at=at))
        return parts[0] if len(parts) == 1 else _joined(parts, any)

    def _all(self) -> Expression:
        parts = [self._not()]
        while self._is("AND", "&&"):
            at = self._take().at
            parts.append(_needs_bool(self._not(), at=at))
        return parts[0] if len(parts) == 1 else _joined(parts, all)

    def _not(self) -> Expression:
        if self._is("NOT"):
            return self._deeper(lambda token: _negated(self._not(), at=token.at))
        return self._comparison()

    def _deeper(self, inside: Callable[[Token], Expression]) -> Expression:
        token = self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryParseError(f"The expression is nested too deeply (at index {token.at})")
        found = inside(token)
        self._depth -= 1
        return found

    def _comparison(self) -> Expression:
        left = self._operand()
        if self._is("==", "!=", "<", ">", "<=", ">="):
            operator = self._take()
            return _compared(left, self._operand(), operator)
        if self._is("="):
            raise self._syntax()
        return left

    def _operand(self) -> Expression:
        if self._is("!"):
            return self._deeper(lambda token: _negated(self._operand(), at=token.at))
        found = self._primary()
        for _ in range(DEEPEST):
            if not self._is("."):
                return found
            found = self._member(found)
        raise self._syntax()

    def _primary(self) -> Expression:
        if self._is("("):
            return self._deeper(self._bracketed)
        token = self._take()
        if token.kind == "text":
            plain = _unquote(token.text)
            return Expression(lambda _record: plain, "text", literal=plain)
        if token.kind == "number":
            number = float(token.text)
            return Expression(lambda _record: number, "number", literal=token.text)
        if token.kind == "name":
            return self._named(token)
        self._next -= 1
        raise self._syntax()

    def _bracketed(self, _token: Token) -> Expression:
        inner = self._any()
        self._expect(")")
        return inner

    def _named(self, token: Token) -> Expression:
        word = token.text.lower()
        if word in ("true", "false"):
            return _constant(word == "true", "bool")
        if word == "null":
            return _constant(None, "null")
        if word == "guid" and self._is("("):
            return _constant(_guid(self._arguments()[0], at=token.at), "guid")
        if word == "datetime" and self._is("(", "."):
            return _constant(self._datetime(token.at), "date")
        name = known_property(token.text, self._kinds, type_name=self._type_name, at=token.at)
        self.names.add(name)
        kind = self._kinds[name]
        return Expression(lambda record: comparable(record.get(name), kind), KIND_OF.get(kind, kind))

    def _datetime(self, at: int) -> datetime:
        if self._is("."):
            self._next += 1
            if self._take().text.lower() != "parse":
                raise self._syntax()
            return _parsed(_argument(self._arguments()[0]), at=at)
        parts = [_argument(part) for part in self._arguments()]
        if len(parts) not in (3, 6):
            raise QueryParseError(f"DateTime needs a year, a month and a day (at index {at})")
        try:
            year, month, day, hour, minute, second = (int(part) for part in (*parts, "0", "0", "0")[:6])
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise QueryParseError(f"DateTime needs a year, a month and a day (at index {at})") from error

    def _arguments(self) -> list[Token]:
        self._expect("(")
        found: list[Token] = []
        while not self._is(")"):
            if found:
                self._expect(",")
            found.append(self._take())
        self._expect(")")
        if not found:
            raise self._syntax()
        return found

    def _member(self, owner: Expression) -> Expression:
        self._expect(".")
        token = self._take()
        member = token.text.lower()
        if member == "hasvalue" and owner.kind in ("date", "guid", "number", "bool"):
            return Expression(lambda record: owner.read(record) is not None, "bool")
        if member == "value" and owner.kind in ("date", "guid", "number", "bool"):
            return owner
        if owner.kind != "text" or member not in (*TEXT_TESTS, *TEXT_CHANGES):
            owner_type = TYPE_NAMES.get(owner.kind, "Object")
            raise QueryParseError(f"No method '{token.text}' exists in type '{owner_type}' (at index {token.at})")
        if member in TEXT_CHANGES:
            self._expect("(")
            self._expect(")")
            return _changed(owner, TEXT_CHANGES[member])
        part, test = self._text_argument(), TEXT_TESTS[member]
        return Expression(lambda record: test(str(owner.read(record) or ""), str(part.read(record) or "")), "bool")

    def _text_argument(self) -> Expression:
        self._expect("(")
        argument = self._operand()
        self._expect(")")
        if argument.kind != "text":
            raise QueryParseError("The argument must be text (at index 0)")
        return argument


def _changed(owner: Expression, change: Callable[[str], str]) -> Expression:
    def read(record: Record) -> str | None:
        value = owner.read(record)
        return None if value is None else change(str(value))

    return Expression(read, "text")


def _argument(token: Token) -> str:
    return _unquote(token.text) if token.kind == "text" else token.text


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _guid(token: Token, *, at: int) -> str:
    found = _GUID.match(_argument(token).strip())
    if not found:
        raise QueryParseError(f"Guid should contain 32 digits with 4 dashes (at index {at})")
    return found[1].lower()


def _parsed(text: str, *, at: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise QueryParseError(f"String was not recognized as a valid DateTime (at index {at})") from error


def _constant(value: Any, kind: str) -> Expression:
    return Expression(lambda _record: value, kind)


def _needs_bool(found: Expression, *, at: int) -> Expression:
    if found.kind != "bool":
        raise QueryParseError(f"Expression of type 'Boolean' expected (at index {at})")
    return found


def _joined(parts: list[Expression], gather: Callable[[Any], bool]) -> Expression:
    reads = [_needs_bool(part, at=0).read for part in parts]
    return Expression(lambda record: gather(bool(read(record)) for read in reads), "bool")


def _negated(found: Expression, *, at: int) -> Expression:
    read = _needs_bool(found, at=at).read
    return Expression(lambda record: not read(record), "bool")


def _compared(left: Expression, right: Expression, operator: Token) -> Expression:
    left, right = _aligned(left, right.kind), _aligned(right, left.kind)
    if left.kind != right.kind and "null" not in (left.kind, right.kind):
        one, two = (TYPE_NAMES.get(side.kind, "Object") for side in (left, right))
        raise QueryParseError(
            f"Operator '{operator.text}' incompatible with operand types '{one}' and '{two}' (at index {operator.at})"
        )
    first, second = left.read, right.read
    if operator.text == "==":
        return Expression(lambda record: bool(first(record) == second(record)), "bool")
    if operator.text == "!=":
        return Expression(lambda record: bool(first(record) != second(record)), "bool")
    compare = COMPARISONS[operator.text]

    def test(record: Record) -> bool:
        one, two = first(record), second(record)
        return one is not None and two is not None and compare(one, two)

    return Expression(test, "bool")


def _aligned(side: Expression, wanted: str) -> Expression:
    """Read a quoted date or id as what it is compared with, if it is one."""
    if side.kind != "text" or side.literal is None:
        return side
    if wanted == "guid" and _GUID.match(side.literal.strip()):
        return _constant(side.literal.strip().strip("{}").lower(), "guid")
    if wanted == "date":
        try:
            return _constant(_parsed(side.literal, at=0), "date")
        except QueryParseError:
            return side
    return side
