"""A real installation: `tandem up`, on its own PostgreSQL and on somebody's, and what web, worker and doctor refuse."""

import base64
import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.launch.launching import Launch

from tandem.cli.postgres import EmbeddedPostgres, is_in_use, running

pytestmark = pytest.mark.unmeasured
SECRETS = {
    "TANDEM_MASTER_KEY": base64.b64encode(b"a key for the launch tests only.").decode(),
    "TANDEM_SECRET_KEY": "signs nothing but what these tests look at",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server that is not Tandem's to start or stop."""
    with running(tmp_path_factory.mktemp("server"), durable=False) as server:
        server.ensure_database("tandem")
        server.ensure_database("behind")
        yield server


@pytest.fixture(scope="module")
def settings(launch: Launch, server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of an installation on that server, with its database up to date."""
    settings = SECRETS | {"DATABASE_URL": server.url("app"), "TANDEM_OWNER_DATABASE_URL": server.url("owner")}
    answer = launch.run(tmp_path_factory.mktemp("home"), "migrate", **settings)
    assert answer.stdout == "The database is up to date, and tandem_app may use it.\n", answer.stderr
    return settings


def answers(port: int) -> bool:
    with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)


def test_up_brings_its_own_database_and_sigterm_ends_it_all(launch: Launch, tmp_path: Path) -> None:
    port = launch.free_port()
    with launch.start(tmp_path, "up", "--port", str(port), **SECRETS) as up:
        assert answers(port)
        assert len(up.children()) == 3
        doctor = launch.run(tmp_path, "doctor", "--json", **SECRETS)
        wrong = [finding["says"] for finding in json.loads(doctor.stdout) if finding["grade"] == "wrong"]
        assert wrong == ["TANDEM_XERO_CLIENT_ID is not set, so nobody can connect. Register an app with Xero first."]
        assert doctor.returncode == 1
        assert up.stop(signal.SIGTERM) == 0
    assert not is_in_use(tmp_path / "postgres")


def test_two_web_servers_and_two_workers_share_the_database_that_database_url_names(
    launch: Launch, settings: dict[str, str], server: EmbeddedPostgres, tmp_path: Path
) -> None:
    ports = [launch.free_port(), launch.free_port()]
    with (
        launch.start(tmp_path, "up", "--port", str(ports[0]), **settings) as one,
        launch.start(tmp_path, "up", "--port", str(ports[1]), **settings) as other,
    ):
        assert all(answers(port) for port in ports)
        assert not (tmp_path / "postgres").exists()
        for words in ("tandem.cli web", "tandem.cli worker"):
            assert b"tandem_owner" not in Path(f"/proc/{one.child(words)}/environ").read_bytes()
        with psycopg.connect(server.url("owner")) as owner:
            question = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
            assert owner.execute(question).fetchone() == (2,)
        third = launch.run(tmp_path, "up", "--port", str(ports[0]), **settings)
        web = launch.run(tmp_path, "web", "--port", str(ports[0]), **settings)
        assert [one.stop(), other.stop()] == [0, 0]
    assert (third.returncode, web.returncode) == (1, 1)
    assert f"Port {ports[0]} is taken by another program." in third.stderr
    assert f"Port {ports[0]} on 127.0.0.1 cannot be used" in web.stderr


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_up_without_a_secret_says_how_to_make_one(launch: Launch, tmp_path: Path, missing: str) -> None:
    answer = launch.run(tmp_path, "up", **{name: value for name, value in SECRETS.items() if name != missing})
    assert answer.returncode == 1
    assert f"{missing} is not set. Make one with `openssl rand -base64" in answer.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("command", "role", "fault"), [("web", "superuser", "is a superuser"), ("worker", "owner", "owns tables")]
)
def test_a_role_that_no_policy_binds_is_refused(
    launch: Launch,
    settings: dict[str, str],
    server: EmbeddedPostgres,
    tmp_path: Path,
    command: str,
    role: str,
    fault: str,
) -> None:
    address = server.url("superuser" if role == "superuser" else "owner")
    answer = launch.run(tmp_path, command, **settings | {"DATABASE_URL": address})
    assert answer.returncode == 1
    assert fault in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_database_that_is_behind_is_refused(
    launch: Launch, server: EmbeddedPostgres, tmp_path: Path, command: str
) -> None:
    answer = launch.run(tmp_path, command, **SECRETS, DATABASE_URL=server.url("app", "behind"))
    assert answer.returncode == 1
    assert "Run `tandem migrate` first." in answer.stderr


def test_a_database_that_does_not_answer_is_refused(launch: Launch, tmp_path: Path) -> None:
    answer = launch.run(tmp_path, "web", **SECRETS, DATABASE_URL=f"postgresql://tandem_app@/tandem?host={tmp_path}")
    assert answer.returncode == 1
    assert "The database in DATABASE_URL does not answer." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_migrations_need_the_owners_address(launch: Launch, server: EmbeddedPostgres, tmp_path: Path) -> None:
    answer = launch.run(tmp_path, "migrate", **SECRETS, DATABASE_URL=server.url("app"))
    assert answer.returncode == 1
    assert "TANDEM_OWNER_DATABASE_URL is not set." in answer.stderr


def test_the_address_may_come_from_a_mounted_file(launch: Launch, settings: dict[str, str], tmp_path: Path) -> None:
    named = dict(settings)
    for name in ("DATABASE_URL", "TANDEM_OWNER_DATABASE_URL"):
        (tmp_path / name).write_text(named.pop(name))
        named[f"{name}_FILE"] = str(tmp_path / name)
    assert launch.run(tmp_path / "home", "migrate", **named).returncode == 0


def test_an_unknown_setting_is_refused(launch: Launch, settings: dict[str, str], tmp_path: Path) -> None:
    answer = launch.run(tmp_path, "web", **settings | {"TANDEM_COLOUR": "blue"})
    assert answer.returncode == 1
    assert answer.stderr == "Unknown setting: TANDEM_COLOUR. docs/settings.md lists every name.\n"


def test_the_doctor_names_a_wrong_master_key(launch: Launch, settings: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import django; django.setup(); from tandem.tenancy.actions import ensure_brand, open_account; "
        "ensure_brand('tandem', name='Tandem', support_email='support@tandem.example'); "
        "open_account(slug='harbour', name='Harbour', brand_key='tandem', time_zone='Australia/Perth')"
    )
    launch.python(tmp_path, code, **settings, DJANGO_SETTINGS_MODULE="tandem.config.settings")
    other = base64.b64encode(os.urandom(32)).decode()
    answer = launch.run(tmp_path, "doctor", **settings | {"TANDEM_MASTER_KEY": other})
    assert answer.returncode == 1
    assert "wrong  Tandem cannot open its vault" in answer.stdout
    assert "right  The master key opens the vault" in launch.run(tmp_path, "doctor", **settings).stdout


def test_the_doctor_says_that_xero_cannot_be_reached(launch: Launch, settings: dict[str, str], tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{launch.free_port()}"
    told = settings | {"TANDEM_XERO_API_URL": nowhere, "TANDEM_XERO_CLIENT_ID": "an app"}
    answer = launch.run(tmp_path, "doctor", **told)
    assert answer.returncode == 1
    assert f"wrong  {nowhere} cannot be reached from here." in answer.stdout


def test_the_doctor_and_the_other_commands_say_when_there_is_no_database(launch: Launch, tmp_path: Path) -> None:
    doctor = launch.run(tmp_path, "doctor")
    assert doctor.returncode == 1
    assert "wrong  There is no database yet." in doctor.stdout
    worker = launch.run(tmp_path, "worker")
    assert worker.returncode == 1
    assert "There is no database to talk to." in worker.stderr
