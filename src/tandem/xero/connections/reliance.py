"""Whether anybody else relies on a Xero user or a connection; yes or no, and nothing more (design 5, rules 1 and 2)."""

from uuid import UUID

from django.db import connection as database
from django.db.models import Q

from tandem.xero.models import Grant


def others_rely_on_user(account_id: UUID, xero_userid: UUID) -> bool:
    """Say whether another account of the installation holds a live grant of this Xero user."""
    return _ask("SELECT tandem_others_rely_on_xero_user(%s, %s)", xero_userid, account_id)


def others_rely_on_connection(account_id: UUID, xero_connection_id: UUID) -> bool:
    """Say whether another account of the installation works through this connection."""
    return _ask("SELECT tandem_others_rely_on_xero_connection(%s, %s)", xero_connection_id, account_id)


def others_use_organisation(account_id: UUID, xero_tenant_id: UUID) -> bool:
    """Say whether another account of the installation is connected to this organisation."""
    return _ask("SELECT tandem_others_use_xero_organisation(%s, %s)", xero_tenant_id, account_id)


def wait_for_turn(xero_tenant_id: UUID) -> None:
    """Let one transaction at a time settle who works with an organisation; held until this transaction ends."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"organisation {xero_tenant_id}"])


def we_rely_on_connection(account_id: UUID, xero_connection_id: UUID, *, besides: UUID) -> bool:
    """Say whether another live grant of this account works through this connection."""
    rows = Grant.objects.filter(
        account_id=account_id, xero_connection_id=xero_connection_id, role__in=["primary", "standby"]
    )
    return rows.exclude(grant_id=besides).exists()


def we_rely_on_user(account_id: UUID, xero_userid: UUID, *, besides: UUID) -> bool:
    """Say whether another live grant of this account is this Xero user's, a consent that is under way included."""
    rows = Grant.objects.filter(account_id=account_id, xero_userid=xero_userid).exclude(grant_id=besides)
    is_under_way = Q(role="quarantined", refresh_token__isnull=False)
    return rows.filter(Q(role__in=["primary", "standby"]) | is_under_way).exists()


def _ask(question: str, *arguments: UUID) -> bool:
    with database.cursor() as cursor:
        cursor.execute(question, list(arguments))
        (answer,) = cursor.fetchone()
    return bool(answer)
