"""Say what every setting does. `python -m tandem.config.describe` prints docs/settings.md, made from the code itself."""

import sys

from tandem.config import installation
from tandem.kernel.env import Declared, Environment

HEAD = """# Settings

Tandem is configured by its environment alone. Any value may come from a mounted file: set `NAME_FILE` in place of `NAME`. A
name beginning with `TANDEM_` that is not listed here is refused. This page is made by `python -m tandem.config.describe`.

| name | what it does | default |
| --- | --- | --- |
"""


def declared() -> list[Declared]:
    """Return every setting, by name."""
    env = Environment({})
    installation.read(env)
    return sorted(env.declared.values(), key=lambda one: (not one.name.startswith("TANDEM_"), one.name), reverse=False)


def as_markdown() -> str:
    """Return docs/settings.md."""
    return HEAD + "".join(f"| `{one.name}` | {one.says} | {_default(one)} |\n" for one in declared())


def _default(one: Declared) -> str:
    if one.secret:
        return "(secret)"
    return f"`{one.default}`" if one.default else ""


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
