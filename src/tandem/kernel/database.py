"""What the database must be before the product talks to it."""

from django.db import connection

from tandem.kernel.errors import Misconfigured

# Each TRUE makes row-level security void for the role.
_QUESTION = """
SELECT role.rolsuper, role.rolbypassrls,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind = 'r' AND n.nspname = 'public' AND pg_has_role(current_user, c.relowner, 'MEMBER'))
FROM pg_roles role WHERE role.rolname = current_user
"""


def check_role() -> None:
    """Raise Misconfigured unless the application's database role is bound by row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION)
        superuser, bypasses, owns = cursor.fetchone()
    faults = [
        words
        for is_fault, words in (
            (superuser, "is a superuser"),
            (bypasses, "has BYPASSRLS"),
            (owns, "owns tables or is a member of a role that does"),
        )
        if is_fault
    ]
    if faults:
        raise Misconfigured(
            f"The role in DATABASE_URL {' and '.join(faults)}, so one customer could see another. "
            "Use the application role; the owner belongs in TANDEM_OWNER_DATABASE_URL, for `tandem migrate` only."
        )
