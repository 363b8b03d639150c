"""A database that a newer Tandem wrote is known by any migration that this one does not have."""

from pathlib import Path

import psycopg
import pytest

from tandem.config import migrate

pytestmark = pytest.mark.usefixtures("real_db")
ROOMS = sorted(path.parent.name for path in Path(migrate.__file__).parents[1].glob("*/migrations"))


def test_nothing_of_a_database_of_this_version_is_unknown() -> None:
    assert migrate.unknown_migrations() == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_later_migration_of_any_room_is_unknown(superuser: psycopg.Connection[tuple[object, ...]], room: str) -> None:
    later = [room, "9999_later"]
    superuser.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", later)
    try:
        assert migrate.unknown_migrations() == [f"{room}.9999_later"]
    finally:
        superuser.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", later)
