"""Settings by environment: typed, documented, and nothing unknown is accepted.

Each reader declares its name with a sentence, so that `tandem doctor` and docs/settings.md can list them all. A value
may come from a mounted file by setting NAME_FILE instead of NAME.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tandem.kernel.errors import Misconfigured

PREFIX = "TANDEM_"


@dataclass(frozen=True)
class Declared:
    """One setting: its name, what it does, its default as text, and whether it is a secret."""

    name: str
    says: str
    default: str
    secret: bool = False


@dataclass
class Environment:
    """A reader over `values` that remembers what was declared."""

    values: Mapping[str, str] = field(default_factory=lambda: os.environ)
    declared: dict[str, Declared] = field(default_factory=dict)

    def text(self, name: str, default: str = "", *, says: str, secret: bool = False) -> str:
        """Return the text of a setting, from NAME or the file that NAME_FILE names."""
        self.declared[name] = Declared(name, says, "" if secret else default, secret)
        path = self.values.get(f"{name}_FILE")
        if path is None:
            return self.values.get(name, default)
        if name in self.values:
            raise Misconfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE names a file that cannot be read: {path}.") from error

    def flag(self, name: str, *, default: bool, says: str) -> bool:
        """Return True or False; anything but those two words is refused."""
        value = self.text(name, str(default), says=says)
        if value not in ("True", "False"):
            raise Misconfigured(f"{name} must be True or False, not {value!r}.")
        return value == "True"

    def integer(self, name: str, default: int, *, says: str, at_least: int = 0) -> int:
        """Return a whole number that is at least `at_least`."""
        value = self.text(name, str(default), says=says)
        try:
            number = int(value)
        except ValueError as error:
            raise Misconfigured(f"{name} must be a whole number, not {value!r}.") from error
        if number < at_least:
            raise Misconfigured(f"{name} must be at least {at_least}, not {number}.")
        return number

    def url(self, name: str, default: str, *, says: str, secret: bool = False) -> str:
        """Return an address with a scheme; the trailing slash is dropped."""
        value = self.text(name, default, says=says, secret=secret).rstrip("/")
        if value and not urlsplit(value).scheme:
            raise Misconfigured(f"{name} must be a full address such as https://example.com.")
        return value

    def path(self, name: str, default: str, *, says: str) -> Path:
        """Return an absolute path."""
        return Path(self.text(name, default, says=says)).expanduser().absolute()

    def words(self, name: str, default: str, *, says: str) -> tuple[str, ...]:
        """Return the words of a space separated list."""
        return tuple(self.text(name, default, says=says).split())

    def numbers(self, name: str, default: str, *, says: str) -> tuple[int, ...]:
        """Return the whole numbers of a space separated list, the largest first."""
        words = self.words(name, default, says=says)
        if not words or not all(word.isdecimal() for word in words):
            raise Misconfigured(f"{name} must be whole numbers with spaces between them, not {' '.join(words)!r}.")
        return tuple(sorted({int(word) for word in words}, reverse=True))

    def key(self, name: str, *, says: str) -> bytes:
        """Return 32 bytes written as base64, or b"" when the setting is absent."""
        value = self.text(name, says=says, secret=True)
        try:
            key = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise Misconfigured(f"{name} must be 32 bytes in base64.") from error
        if key and len(key) != 32:
            raise Misconfigured(f"{name} must be 32 bytes in base64; it holds {len(key)}.")
        return key

    def refuse_unknown(self) -> None:
        """Raise Misconfigured when a TANDEM_ name is set that nothing declares."""
        known = set(self.declared) | {f"{name}_FILE" for name in self.declared}
        unknown = sorted(name for name in self.values if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise Misconfigured(f"Unknown setting: {', '.join(unknown)}. docs/settings.md lists every name.")
