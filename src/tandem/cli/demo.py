"""`tandem demo`: everything on this machine with one command, beside a simulator of Xero."""

import base64
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tandem.cli import members, surroundings
from tandem.cli.family import Family, Member, command, undisturbed, until_stopped
from tandem.cli.postgres import EmbeddedPostgres, is_in_use
from tandem.cli.refusal import Refused

# What the demo makes in its home folder, and all that --fresh removes.
_MADE = ("postgres", "logs", "sandbox.json", "master-key", "secret-key", "running.json")
_SIMULATOR_PASSWORD = "sandbox"  # noqa: S105  said on the simulator's own sign-in page


@dataclass(frozen=True)
class Ports:
    """Where the two addresses of the demo are."""

    web: int
    sandbox: int

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.web}"

    @property
    def xero_url(self) -> str:
        return f"http://localhost:{self.sandbox}"


@click.command()
@click.option("--web-port", default=8000, show_default=True)
@click.option("--sandbox-port", default=9200, show_default=True)
@click.option("--fresh", is_flag=True, help="Remove what an earlier demo left, and start from nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before --fresh removes it.")
def demo(*, web_port: int, sandbox_port: int, fresh: bool, yes: bool) -> None:
    """Run everything on this machine, with a simulator in place of Xero. Ctrl-C stops it."""
    start = time.monotonic()
    ports = Ports(web_port, sandbox_port)
    if fresh:
        _clear(surroundings.home(), yes=yes)
    surroundings.check_space(surroundings.home())
    server = EmbeddedPostgres(surroundings.database_folder())
    with until_stopped(), _everything(server, ports) as (family, sign_ins):
        click.echo(_welcome(ports, sign_ins, seconds=time.monotonic() - start))
        family.look_after(server)
    click.echo("Stopped. Nothing was lost; the same command starts it again.")


@contextmanager
def _everything(server: EmbeddedPostgres, ports: Ports) -> Iterator[tuple[Family, list[dict[str, str]]]]:
    """Start the server, the simulator, the pages and the worker; yield when all are ready, and stop them in order."""
    home = surroundings.home()
    family, is_remembered = Family(logs=home / "logs"), False
    try:
        server.start()
        surroundings.check_port(ports.web, option="--web-port")
        surroundings.check_port(ports.sandbox, option="--sandbox-port")
        server.ensure_database("tandem")
        settings = _settings(home, server, ports)
        environment = surroundings.without_ours(os.environ) | settings
        family.start(_sandbox(environment, home, ports))
        sign_ins = json.loads(family.run_once("preparation", command("prepare-demo"), environment))
        is_remembered = True
        surroundings.remember(settings)
        family.start(members.web_server(environment, host="127.0.0.1", port=ports.web, base_url=ports.base_url))
        family.start(members.worker(environment, address=server.url("app")))
        family.wait_until_ready()
        yield family, sign_ins
    finally:
        with undisturbed():
            family.stop()
            if is_remembered:  # else the file is another Tandem's, which runs on
                surroundings.forget()
            server.stop()


@click.command(hidden=True)
def prepare_demo() -> None:
    """Bring the demo's database up to date, seed it, and print its sign-ins as JSON."""
    from tandem.cli.serve import bring_up_to_date

    bring_up_to_date({name: os.environ[name] for name in (surroundings.APPLICATION, surroundings.OWNER)})
    from tandem.flows.demo import seed

    json.dump([{"who": one.says, "email": one.email, "password": one.password} for one in seed().everybody], sys.stdout)


def _settings(home: Path, server: EmbeddedPostgres, ports: Ports) -> dict[str, str]:
    _make_secret(home / "master-key", base64.b64encode(os.urandom(32)).decode())
    _make_secret(home / "secret-key", secrets.token_urlsafe(48))
    return {
        **surroundings.addresses_of(server),
        "TANDEM_HOME": str(home),
        "TANDEM_DEMO": "True",
        "TANDEM_STEADY_SECONDS": "10",
        "TANDEM_SETTLED_SECONDS": "10",
        "TANDEM_BASE_URL": ports.base_url,
        "TANDEM_MASTER_KEY_FILE": str(home / "master-key"),
        "TANDEM_SECRET_KEY_FILE": str(home / "secret-key"),
        "TANDEM_XERO_CLIENT_ID": "TANDEM-DEMO-APP",
        "TANDEM_XERO_CLIENT_SECRET": "tandem-demo-secret",
        "TANDEM_XERO_AUTHORISE_URL": f"{ports.xero_url}/identity/connect/authorize",
        "TANDEM_XERO_TOKEN_URL": f"{ports.xero_url}/connect/token",
        "TANDEM_XERO_REVOCATION_URL": f"{ports.xero_url}/connect/revocation",
        "TANDEM_XERO_JWKS_URL": f"{ports.xero_url}/.well-known/openid-configuration/jwks",
        "TANDEM_XERO_API_URL": ports.xero_url,
        "TANDEM_SANDBOX_URL": ports.xero_url,
    }


def _make_secret(path: Path, value: str) -> None:
    if not path.exists():
        surroundings.write_private(path, value)


def _sandbox(environment: Mapping[str, str], home: Path, ports: Ports) -> Member:
    line = (sys.executable, "-m", "tandem_sandbox", "serve", "--host", "127.0.0.1", "--port", str(ports.sandbox))
    options = ("--state", str(home / "sandbox.json"), "--redirect-uri", f"{ports.base_url}/xero/callback")
    clean = surroundings.without_ours(environment)
    return Member("simulator", (*line, *options), clean, lambda: _ask(ports, "/_sandbox/health") is not None)


def _ask(ports: Ports, path: str) -> bytes | None:
    return members.page(ports.sandbox, path, host=f"localhost:{ports.sandbox}")


def _welcome(ports: Ports, sign_ins: list[dict[str, str]], *, seconds: float) -> str:
    world: dict[str, Any] = json.loads(_ask(ports, "/_sandbox/world") or b"{}")
    users = [(str(user["email"]), _rights(user, world)) for user in world.get("users", [])]
    return "\n".join(
        [
            "",
            f"Tandem is ready after {seconds:.0f} seconds.",
            "",
            f"  Tandem             {ports.base_url}/",
            f"  Simulator of Xero  {ports.xero_url}/  (not affiliated with Xero)",
            "",
            "Sign in to Tandem as",
            *(f"  {one['email']:<34} {one['password']:<22} {one['who']}" for one in sign_ins),
            "",
            f"Sign in to the simulator, with the password {_SIMULATOR_PASSWORD}, as",
            *(f"  {email:<34} {rights}" for email, rights in users),
            "",
            f"Everything is kept in {surroundings.home()}. Ctrl-C stops it.",
        ]
    )


def _rights(user: Mapping[str, Any], world: Mapping[str, Any]) -> str:
    names = {organisation["id"]: organisation["name"] for organisation in world["organisations"]}
    rights = [
        f"{role['role'].lower()}{', payroll' if role['payroll_admin'] else ''} in {names.get(organisation, organisation)}"
        for organisation, role in user["roles"].items()
    ]
    return f"{user['name']}: {'; '.join(rights) or 'no organisation'}"


def _clear(home: Path, *, yes: bool) -> None:
    """Remove what an earlier demo made, after asking."""
    made = [home / name for name in _MADE if (home / name).exists()]
    if not made:
        return
    if is_in_use(surroundings.database_folder()):
        raise Refused(f"Another Tandem is running in {home}. Stop it before --fresh removes its data.")
    if not yes and not click.confirm(f"Remove the demo's data in {home} ({', '.join(path.name for path in made)})?"):
        raise Refused("Nothing was removed, and nothing was started.")
    for path in made:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
