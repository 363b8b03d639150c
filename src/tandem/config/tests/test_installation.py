"""The environment is read whole, or refused with a sentence that names the setting."""

from pathlib import Path

import pytest

from tandem.config import describe, installation
from tandem.kernel.env import Environment
from tandem.kernel.errors import Misconfigured

LOCAL = {
    "TANDEM_DEMO": "True",
    "TANDEM_XERO_API_URL": "http://localhost:9200",
    "TANDEM_XERO_TOKEN_URL": "http://localhost:9200/connect/token",
    "TANDEM_XERO_AUTHORISE_URL": "http://localhost:9200/identity/connect/authorize",
}


def test_without_any_setting_the_addresses_are_xeros_own() -> None:
    xero = installation.read(Environment({})).xero
    assert xero.authorise_origin == "https://login.xero.com"
    assert xero.api_url == "https://api.xero.com"
    assert xero.calls_per_day == 1000


def test_the_demo_runs_when_everything_is_on_this_machine() -> None:
    assert installation.read(Environment(LOCAL)).demo is True


@pytest.mark.parametrize("name", ["TANDEM_BASE_URL", "TANDEM_XERO_API_URL", "TANDEM_XERO_TOKEN_URL"])
def test_the_demo_cannot_be_switched_on_for_a_real_installation(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"this machine only, but {name}"):
        installation.read(Environment(LOCAL | {name: "https://hr.example.com"}))


def test_without_an_owner_address_there_is_no_owner_database() -> None:
    databases = installation.read(
        Environment({"DATABASE_URL": "postgresql://app@db.example:5433/hr?sslmode=require"})
    ).databases
    assert set(databases) == {"default"}
    assert databases["default"]["NAME"] == "hr"
    assert databases["default"]["OPTIONS"] == {"sslmode": "require"}


def test_secrets_never_show_themselves() -> None:
    shown = repr(installation.read(Environment({"TANDEM_XERO_CLIENT_SECRET": "canary", "TANDEM_SECRET_KEY": "canary"})))
    assert "canary" not in shown


def test_every_setting_says_what_it_does() -> None:
    env = Environment({})
    installation.read(env)
    assert [name for name, declared in env.declared.items() if not declared.says] == []


def test_the_settings_page_is_what_the_code_says() -> None:
    page = Path(__file__).parents[4] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == describe.as_markdown()


@pytest.mark.parametrize("url", ["https://api.xero.com", "https://xero.com/", "http://identity.xero.com:9200"])
def test_a_drill_never_goes_to_xero_itself(url: str) -> None:
    with pytest.raises(Misconfigured, match="must name a simulator"):
        installation.read(Environment({"TANDEM_SANDBOX_URL": url}))
