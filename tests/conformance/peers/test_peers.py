"""pyxero and tap-xero, which nobody here wrote, sign in at the simulator and read what they know."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.peers import environment

from tandem_sandbox.sign_in import DEMO_APP, DEMO_SECRET
from tandem_sandbox.testing import Sandbox

HERE = Path(__file__).parent
CALLBACK = "https://client.example.com/callback"
STREAMS = ("currencies", "organisations", "tracking_categories", "users")
pytestmark = [pytest.mark.enable_socket, pytest.mark.unmeasured]


@pytest.fixture(scope="module")
def python() -> Path:
    """The peers' Python; installed on first use, which takes ten seconds and the package index."""
    try:
        return environment.python()
    except environment.CannotInstall as error:
        pytest.skip(f"pyxero and tap-xero could not be installed from requirements/peers.txt: {error}")


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = Sandbox(employees=30, redirect_uris=(CALLBACK,))
    sandbox.control("PATCH", "limits", {"minute": None})
    return sandbox


@pytest.fixture
def address(sandbox: Sandbox) -> Iterator[str]:
    with sandbox.serve() as served:
        yield served


def _drive(python: Path, program: str, *arguments: str) -> str:
    command = [str(python), str(HERE / f"drive_{program}.py"), *arguments]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_pyxero_signs_in_reads_payroll_saves_an_employee_and_a_tracking_category_as_xml_and_refreshes(
    python: Path, address: str
) -> None:
    result = json.loads(_drive(python, "pyxero", address, DEMO_APP, DEMO_SECRET, CALLBACK))
    assert result == {
        "organisations": 1,
        "users": 4,
        "trackingcategories": 2,
        "employees": 30,
        "superfunds": 3,
        "payitems": 4,
        "payruns": result["payruns"],
        "payrollcalendars": 2,
        "leaveapplications": result["leaveapplications"],
        "timesheets": result["timesheets"],
        "born": "2001-03-09",
        "accounts": 1,
        "saved": "Nia, born 1991-02-03, of Hobart",
        "archived": "ARCHIVED",
        "put": "Project",
        "refreshed": True,
        "employees afterwards": 31,
    }
    assert all(isinstance(result[name], int) for name in ("payruns", "leaveapplications", "timesheets"))


def test_tap_xero_proves_its_access_discovers_and_reads_settings(
    python: Path, sandbox: Sandbox, address: str, tmp_path: Path
) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    signed_in = sandbox.sign_in()
    given = {
        "start_date": "2020-01-01T00:00:00Z",
        "client_id": DEMO_APP,
        "client_secret": DEMO_SECRET,
        "tenant_id": next(iter(signed_in.tenants.values())),
        "refresh_token": signed_in.tokens["refresh_token"],
    }
    config.write_text(json.dumps(given), encoding="utf-8")
    found = json.loads(_drive(python, "tap_xero", address, "--config", str(config), "--discover"))
    assert len(found["streams"]) == 23
    catalog.write_text(json.dumps(_selected(found)), encoding="utf-8")
    lines = _drive(python, "tap_xero", address, "--config", str(config), "--catalog", str(catalog)).splitlines()
    messages = [json.loads(line) for line in lines]
    records = Counter(message["stream"] for message in messages if message["type"] == "RECORD")
    assert records == {"currencies": 1, "organisations": 1, "tracking_categories": 2, "users": 4}
    assert json.loads(config.read_text(encoding="utf-8"))["refresh_token"] != given["refresh_token"]


def _selected(catalog: dict[str, Any]) -> dict[str, Any]:
    """Select streams as Singer's users do, in the metadata of the whole stream."""
    for stream in catalog["streams"]:
        (whole,) = (entry for entry in stream["metadata"] if entry["breadcrumb"] == [])
        whole["metadata"]["selected"] = stream["tap_stream_id"] in STREAMS
    return catalog
