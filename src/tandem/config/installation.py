"""What this installation is: the typed form of its environment."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from tandem.kernel.crypto import MasterKey
from tandem.kernel.env import Environment
from tandem.kernel.errors import Misconfigured

LOOPBACK = ("localhost", "127.0.0.1", "::1", "testserver")

# xero.md 2.6: read-write where Tandem writes, read where it only looks.
XERO_SCOPES = "openid profile email offline_access accounting.settings.read payroll.employees payroll.settings payroll.payruns.read"


@dataclass(frozen=True)
class XeroEndpoints:
    """Where Xero is, who we are there, and what it allows (all of it configuration: xero.md R38)."""

    authorise_url: str
    token_url: str
    revocation_url: str
    jwks_url: str
    issuer: str
    audience: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    calls_in_flight: int
    calls_per_minute: int
    calls_per_day: int
    app_calls_per_minute: int
    write_reserve_percent: int
    page_size: int
    refresh_grace_seconds: int
    idempotency_window_seconds: int
    search_apart_seconds: int
    connect_timeout_seconds: int
    read_timeout_seconds: int
    consent_seconds: int

    @property
    def authorise_origin(self) -> str:
        parts = urlsplit(self.authorise_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Windows:
    """How old a proof may be before it proves nothing, and how often things are looked at."""

    probe_seconds: int
    probe_grace_seconds: int
    import_seconds: int
    drop_percent: int
    lease_seconds: int


@dataclass(frozen=True)
class Handover:
    """When people are reminded of a hand-over, what foretells one, and how long what is kept for a time only lasts."""

    reminder_days: tuple[int, ...]
    grace_days: int
    long_absence_days: int
    recycle_bin_days: int
    tax_number_years: int
    candidate_days: int
    guest_link_hours: int


@dataclass(frozen=True)
class Notices:
    """When people are told: how long a state lasts first, and how long it is over before they hear so."""

    steady_seconds: int
    settled_seconds: int


@dataclass(frozen=True)
class Installation:
    """Everything the product reads from its environment."""

    source: Path
    home: Path
    base_url: str
    demo: bool
    allowed_hosts: tuple[str, ...]
    secret_key: str = field(repr=False)
    master_key: MasterKey = field(repr=False)
    databases: dict[str, dict[str, Any]] = field(repr=False)
    smtp_url: str = field(repr=False)
    smtp_timeout_seconds: float
    mail_from: str
    log_level: str
    xero: XeroEndpoints
    sandbox_url: str
    timeline_days: int
    windows: Windows
    handover: Handover
    notices: Notices


def read(env: Environment) -> Installation:
    """Read and check the whole environment; raise Misconfigured with a sentence that names the setting."""
    base_url = env.url(
        "TANDEM_BASE_URL", "http://localhost:8000", says="The address people use; links in mail start with it."
    )
    demo = env.flag("TANDEM_DEMO", default=False, says="Run as the demo. Refused unless everything is on this machine.")
    for name, says in LAUNCH_ONLY.items():
        env.text(name, says=says)
    installation = Installation(
        source=Path(__file__).resolve().parents[1],
        home=env.path("TANDEM_HOME", "var", says="Folder of the embedded database and of what `demo` makes."),
        base_url=base_url,
        demo=demo,
        allowed_hosts=env.words(
            "TANDEM_ALLOWED_HOSTS",
            "localhost 127.0.0.1 testserver",
            says="Host names that may be asked for, space separated.",
        ),
        secret_key=env.text("TANDEM_SECRET_KEY", says="Signs sessions and links. At least 32 characters.", secret=True)
        or secrets.token_urlsafe(48),
        master_key=MasterKey(env.key("TANDEM_MASTER_KEY", says="Wraps every account's data key. 32 bytes in base64.")),
        databases=_databases(env),
        smtp_url=env.url(
            "TANDEM_SMTP_URL",
            "",
            says="smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465 ; empty keeps mail in the mailbox page.",
            secret=True,
        ),
        smtp_timeout_seconds=env.integer(
            "TANDEM_SMTP_TIMEOUT_SECONDS", 20, says="How long the mail server may take for each answer.", at_least=1
        ),
        mail_from=env.text("TANDEM_MAIL_FROM", "tandem@localhost", says="Sender of mail."),
        log_level=env.text("TANDEM_LOG_LEVEL", "INFO", says="DEBUG, INFO, WARNING or ERROR."),
        xero=_xero(env),
        sandbox_url=_sandbox_url(env),
        timeline_days=env.integer(
            "TANDEM_TIMELINE_DAYS",
            2557,
            says="How long entries of the timeline are kept: seven years, as payroll records are; a year at least.",
            at_least=366,
        ),
        windows=_windows(env),
        handover=_handover(env),
        notices=Notices(
            steady_seconds=env.integer(
                "TANDEM_STEADY_SECONDS",
                120,
                says="How long a connection is broken before people are told.",
            ),
            settled_seconds=env.integer(
                "TANDEM_SETTLED_SECONDS",
                1800,
                says="How long it works again before those who were told hear so. Until then the same break goes on.",
            ),
        ),
    )
    if demo:
        _check_demo(installation)
    return installation


# Read by the launcher before Django starts; declared here so that the one list is complete.
LAUNCH_ONLY = {
    "TANDEM_NEW_MASTER_KEY": "The key that `tandem rotate-keys` turns to. 32 bytes in base64.",
    "TANDEM_PG_BIN": "Folder of another PostgreSQL's programs, in place of the embedded ones.",
    "TANDEM_CHROMIUM": "The browser that the tests drive.",
    "TANDEM_TEST_POSTGRES_URL": "Superuser address of the server that the tests make their database on.",
}


def _databases(env: Environment) -> dict[str, dict[str, Any]]:
    app = env.text(
        "DATABASE_URL", says="PostgreSQL as the application role (bound by row-level security).", secret=True
    )
    owner = env.text("TANDEM_OWNER_DATABASE_URL", says="PostgreSQL as the owner role; migrations only.", secret=True)
    databases = {"default": _database(app or "postgresql:///tandem")}
    if owner:
        databases["owner"] = _database(owner)
    return databases


def _database(url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    known = {name: str(parts.pop(name, "")) for name in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": parts,
    }


def _xero(env: Environment) -> XeroEndpoints:
    identity = "https://identity.xero.com"
    return XeroEndpoints(
        authorise_url=env.url(
            "TANDEM_XERO_AUTHORISE_URL",
            "https://login.xero.com/identity/connect/authorize",
            says="Xero's consent page.",
        ),
        token_url=env.url("TANDEM_XERO_TOKEN_URL", f"{identity}/connect/token", says="Xero's token endpoint."),
        revocation_url=env.url(
            "TANDEM_XERO_REVOCATION_URL", f"{identity}/connect/revocation", says="Xero's revocation endpoint."
        ),
        jwks_url=env.url(
            "TANDEM_XERO_JWKS_URL",
            f"{identity}/.well-known/openid-configuration/jwks",
            says="Keys that sign Xero's tokens.",
        ),
        issuer=env.url("TANDEM_XERO_ISSUER", identity, says="Issuer that a token must name."),
        audience=env.url(
            "TANDEM_XERO_AUDIENCE", f"{identity}/resources", says="Audience that an access token must name."
        ),
        api_url=env.url("TANDEM_XERO_API_URL", "https://api.xero.com", says="Base of Xero's APIs."),
        client_id=env.text("TANDEM_XERO_CLIENT_ID", says="The client id of your Xero app."),
        client_secret=env.text("TANDEM_XERO_CLIENT_SECRET", says="Its secret; empty for a PKCE-only app.", secret=True),
        scopes=env.words("TANDEM_XERO_SCOPES", XERO_SCOPES, says="Scopes to ask for, space separated."),
        calls_in_flight=env.integer(
            "TANDEM_XERO_CALLS_IN_FLIGHT", 5, says="Calls in progress at once, per organisation.", at_least=1
        ),
        calls_per_minute=env.integer(
            "TANDEM_XERO_CALLS_PER_MINUTE", 58, says="Calls a minute per organisation (Xero allows 60)."
        ),
        calls_per_day=env.integer(
            "TANDEM_XERO_CALLS_PER_DAY", 1000, says="Calls a day per organisation (1,000 on Xero's smallest tier)."
        ),
        app_calls_per_minute=env.integer(
            "TANDEM_XERO_APP_CALLS_PER_MINUTE", 10000, says="Calls a minute over all organisations."
        ),
        write_reserve_percent=env.integer(
            "TANDEM_XERO_WRITE_RESERVE_PERCENT",
            20,
            says="Share of the day kept from imports, for people and for exports.",
        ),
        page_size=env.integer("TANDEM_XERO_PAGE_SIZE", 100, says="Rows on a full page of Payroll AU.", at_least=1),
        refresh_grace_seconds=env.integer(
            "TANDEM_XERO_REFRESH_GRACE_SECONDS", 1800, says="How long an old refresh token may be retried."
        ),
        idempotency_window_seconds=env.integer(
            "TANDEM_XERO_IDEMPOTENCY_SECONDS", 300, says="How long a key surely replays."
        ),
        search_apart_seconds=env.integer(
            "TANDEM_XERO_SEARCH_APART_SECONDS",
            600,
            says="How long the two searches lie apart that are made for somebody whose creation Xero never confirmed.",
            at_least=600,
        ),
        connect_timeout_seconds=env.integer(
            "TANDEM_XERO_CONNECT_TIMEOUT_SECONDS", 10, says="Time to reach Xero.", at_least=1
        ),
        read_timeout_seconds=env.integer(
            "TANDEM_XERO_READ_TIMEOUT_SECONDS", 60, says="Time to wait for an answer.", at_least=1
        ),
        consent_seconds=env.integer(
            "TANDEM_XERO_CONSENT_SECONDS",
            25,
            says="How long Xero may keep a person waiting, in all, when a consent is begun or comes back.",
            at_least=5,
        ),
    )


def _sandbox_url(env: Environment) -> str:
    url = env.url(
        "TANDEM_SANDBOX_URL", "", says="A running tandem-sandbox, on which drills rehearse; empty leaves drills out."
    )
    host = urlsplit(url).hostname or ""
    if host == "xero.com" or host.endswith(".xero.com"):
        raise Misconfigured("TANDEM_SANDBOX_URL must name a simulator. A drill never goes to Xero itself.")
    return url


def _windows(env: Environment) -> Windows:
    return Windows(
        probe_seconds=env.integer(
            "TANDEM_PROBE_SECONDS", 900, says="An idle connection is probed this often.", at_least=1
        ),
        probe_grace_seconds=env.integer(
            "TANDEM_PROBE_GRACE_SECONDS", 120, says="How late a probe may be before its light goes out."
        ),
        import_seconds=env.integer(
            "TANDEM_IMPORT_SECONDS", 10800, says="Default interval of automatic runs.", at_least=900
        ),
        drop_percent=env.integer(
            "TANDEM_DROP_PERCENT", 20, says="A list shorter by more than this share is not believed."
        ),
        lease_seconds=env.integer(
            "TANDEM_LEASE_SECONDS", 120, says="How long a worker that died keeps others off its run.", at_least=1
        ),
    )


def _handover(env: Environment) -> Handover:
    return Handover(
        reminder_days=env.numbers(
            "TANDEM_HANDOVER_REMINDERS",
            "14 7 3 1 0",
            says="Days before the last safe day on which people are reminded of a hand-over, to a widening circle.",
        ),
        grace_days=env.integer(
            "TANDEM_HANDOVER_GRACE_DAYS", 7, says="Days for the hand-over when somebody loses their roles in payroll."
        ),
        long_absence_days=env.integer(
            "TANDEM_LONG_ABSENCE_DAYS", 28, says="From how many days on an absence asks for a hand-over.", at_least=1
        ),
        recycle_bin_days=env.integer(
            "TANDEM_RECYCLE_BIN_DAYS", 90, says="How long a deleted record can be restored.", at_least=1
        ),
        tax_number_years=env.integer(
            "TANDEM_TAX_NUMBER_YEARS",
            7,
            says="Years after a termination at whose end the tax file number is removed.",
            at_least=1,
        ),
        candidate_days=env.integer(
            "TANDEM_CANDIDATE_DAYS",
            365,
            says="Days after a candidate was entered at whose end what is known of them is removed.",
            at_least=1,
        ),
        guest_link_hours=env.integer(
            "TANDEM_GUEST_LINK_HOURS", 72, says="How long a guest's link to authorise at Xero works.", at_least=1
        ),
    )


def _check_demo(installation: Installation) -> None:
    """Refuse demo mode anywhere but on this machine, since it opens pages that a real installation keeps shut."""
    addresses = {
        "TANDEM_BASE_URL": installation.base_url,
        "TANDEM_XERO_API_URL": installation.xero.api_url,
        "TANDEM_XERO_TOKEN_URL": installation.xero.token_url,
        "TANDEM_XERO_AUTHORISE_URL": installation.xero.authorise_url,
    }
    for name, address in addresses.items():
        if urlsplit(address).hostname not in LOOPBACK:
            raise Misconfigured(f"TANDEM_DEMO is for this machine only, but {name} is {address}. Switch the demo off.")
