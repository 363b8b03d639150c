"""docs/sandbox-guide.md cannot rot: its commands are run, in its order, as somebody new would run them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "sandbox-guide.md"
PORT = "9200"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STARTED = """
for attempt in $(seq 100); do
  curl -s -o /dev/null http://localhost:{port}/_sandbox/health && break
  sleep 0.1
done
"""
pytestmark = [pytest.mark.enable_socket, pytest.mark.unmeasured]


def _blocks(port: str) -> list[tuple[str, str]]:
    text = GUIDE.read_text(encoding="utf-8").replace(PORT, port)
    return [(kind, body) for kind, body in BLOCK.findall(text)]


def _script(blocks: list[tuple[str, str]], port: str) -> str:
    """Put the commands together as one shell session; the server runs beside it instead of in another terminal."""
    lines = ["set -e", "trap 'kill $server' EXIT"]
    for kind, body in blocks:
        if kind == "python":
            name = body.partition("\n")[0].removeprefix("# ")
            lines.append(f"cat > {name} <<'END_OF_{name}'\n{body}END_OF_{name}")
        elif body.startswith("tandem-sandbox serve"):
            lines += [f"{body.strip()} & server=$!", STARTED.format(port=port)]
        elif kind == "sh":
            lines.append(body)
    return "\n".join(lines)


def _environment(home: Path) -> dict[str, str]:
    """Give an empty home, and, to stay offline, the packages that are here for pip to find installed already."""
    return {
        "HOME": str(home),
        "PATH": os.pathsep.join((f"{sys.base_prefix}/bin", "/usr/bin", "/bin")),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


def test_every_command_of_the_guide_runs_and_shows_what_the_guide_says(tmp_path: Path) -> None:
    checkout, home, port = tmp_path / "checkout", tmp_path / "home", _free_port()
    home.mkdir()
    shutil.copytree(
        ROOT / "src" / "tandem_sandbox",
        checkout / "src" / "tandem_sandbox",
        ignore=shutil.ignore_patterns("tests", "__pycache__", "build"),
    )
    blocks = _blocks(port)
    done = subprocess.run(
        ["bash", "-c", _script(blocks, port)],
        cwd=checkout,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    promised = [line for kind, body in blocks if kind == "text" for line in body.splitlines()]
    position = 0
    for line in promised:
        found = done.stdout.find(line, position)
        assert found >= 0, f"The guide promises {line!r} here:\n{done.stdout[position:][-3000:]}"
        position = found + len(line)
    assert len(promised) > 8
