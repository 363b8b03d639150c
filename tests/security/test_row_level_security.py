"""Every table PostgreSQL knows of: another account gets nothing, whatever the code forgets to filter.

Web and worker use one role (`tandem_app`), so what holds for this connection holds for both.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tandem.kernel.policies import TABLES_WITHOUT_POLICY

pytestmark = pytest.mark.usefixtures("real_db")
Connection = psycopg.Connection[tuple[object, ...]]

OURS, THEIRS = UUID(int=1), UUID(int=2)
SAMPLES: dict[str, object] = {
    "uuid": UUID(int=9),
    "bigint": 1,
    "integer": 1,
    "smallint": 1,
    "boolean": True,
    "text": "x",
    "character varying": "x",
    "jsonb": Jsonb({}),
    "ARRAY": [],
    "bytea": b"x",
    "timestamp with time zone": datetime(2026, 1, 1, tzinfo=UTC),
    "time without time zone": datetime(2026, 1, 1, tzinfo=UTC).time(),
    "date": datetime(2026, 1, 1, tzinfo=UTC).date(),
}


@pytest.fixture
def app(database: str) -> Iterator[Connection]:
    """A connection as the application's role, as a pool would hand it out again and again."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        role = connection.execute("SELECT current_user, current_database()").fetchone()
        assert role == ("tandem_app", database)
        yield connection


@pytest.fixture(scope="module")
def guarded(superuser: Connection) -> list[str]:
    """Return the tables that hold customers' data: every table that is not on the closed list."""
    rows = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [str(row[0]) for row in rows if row[0] not in TABLES_WITHOUT_POLICY]


def _fill(superuser: Connection, table: str, *, account_id: UUID) -> None:
    """Insert one row that belongs to an account, with triggers and foreign keys off."""
    columns = superuser.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
        " AND (is_nullable = 'NO' OR column_name = 'account_id') AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    values = {str(name): SAMPLES[str(kind)] for name, kind in columns}
    values |= {str(name): uuid4() for name, kind in columns if kind == "uuid"}
    values["account_id"] = account_id
    values |= {name: "current" for name in values if name == "status"}  # a check constraint knows this word
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
    )
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(statement, list(values.values()))


@pytest.fixture
def filled(superuser: Connection, guarded: list[str]) -> list[str]:
    for table in guarded:
        _fill(superuser, table, account_id=OURS)
    return guarded


def _enter(app: Connection, account_id: UUID) -> None:
    app.execute("SELECT set_config('tandem.account_id', %s, true)", [str(account_id)])


def _count(app: Connection, table: str) -> object:
    row = app.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return row[0]


def test_every_table_is_under_a_policy_or_on_the_closed_list(superuser: Connection, guarded: list[str]) -> None:
    rows = superuser.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity").fetchall()
    assert sorted(guarded) == sorted(str(row[0]) for row in rows)


def test_the_closed_list_names_only_tables_that_exist(superuser: Connection) -> None:
    rows = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {str(row[0]) for row in rows} >= TABLES_WITHOUT_POLICY


def test_the_application_role_cannot_step_around_a_policy(superuser: Connection) -> None:
    row = superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'tandem_app'"
    ).fetchone()
    assert row == (False, False, False, False)
    owned = superuser.execute(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'tandem_app'"
    ).fetchone()
    assert owned == (0,)


def test_each_account_sees_its_own_row(app: Connection, filled: list[str]) -> None:
    with app.transaction():
        _enter(app, OURS)
        assert {table: _count(app, table) for table in filled} == dict.fromkeys(filled, 1)


def test_another_account_reads_nothing(app: Connection, filled: list[str]) -> None:
    with app.transaction():
        _enter(app, THEIRS)
        assert {table: _count(app, table) for table in filled} == dict.fromkeys(filled, 0)


def test_a_connection_that_was_used_for_an_account_forgets_it(app: Connection, filled: list[str]) -> None:
    with app.transaction():
        _enter(app, OURS)
        assert _count(app, "people_employee") == 1
    assert {table: _count(app, table) for table in filled} == dict.fromkeys(filled, 0)
    with app.transaction(force_rollback=True):
        _enter(app, OURS)
    assert {table: _count(app, table) for table in filled} == dict.fromkeys(filled, 0)


def test_another_account_changes_nothing(app: Connection, superuser: Connection, filled: list[str]) -> None:
    touched = {}
    for table in filled:
        update = sql.SQL("UPDATE {} SET account_id = account_id").format(sql.Identifier(table))
        try:
            with app.transaction():
                _enter(app, THEIRS)
                touched[table] = app.execute(update).rowcount
        except psycopg.errors.InsufficientPrivilege:
            touched[table] = 0
    assert touched == dict.fromkeys(filled, 0)


def test_another_account_removes_nothing(app: Connection, superuser: Connection, filled: list[str]) -> None:
    for table in filled:
        try:
            with app.transaction():
                _enter(app, THEIRS)
                app.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        except psycopg.errors.InsufficientPrivilege:
            continue
    assert {table: _count(superuser, table) for table in filled} == dict.fromkeys(filled, 1)


def test_nobody_can_write_a_row_into_another_account(app: Connection, superuser: Connection, filled: list[str]) -> None:
    refused = []
    for table in filled:
        copy = sql.SQL("INSERT INTO {0} SELECT * FROM jsonb_populate_record(null::{0}, %s)").format(
            sql.Identifier(table)
        )
        row = superuser.execute(sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table))).fetchone()
        assert row is not None
        superuser_row = Jsonb(row[0])
        try:
            with app.transaction():
                _enter(app, THEIRS)
                app.execute(copy, [superuser_row])
        except psycopg.errors.InsufficientPrivilege:
            refused.append(table)
    assert refused == filled


def test_nobody_can_move_their_row_into_another_account(app: Connection, filled: list[str]) -> None:
    refused = []
    for table in filled:
        move = sql.SQL("UPDATE {} SET account_id = {}").format(sql.Identifier(table), sql.Literal(THEIRS))
        try:
            with app.transaction():
                _enter(app, OURS)
                app.execute(move)
        except psycopg.errors.InsufficientPrivilege:
            refused.append(table)
    assert refused == filled


@pytest.mark.parametrize(
    "question",
    ["tandem_others_rely_on_xero_user", "tandem_others_rely_on_xero_connection", "tandem_others_use_xero_organisation"],
)
def test_questions_across_accounts_answer_yes_or_no(app: Connection, question: str) -> None:
    row = app.execute(sql.SQL("SELECT {}(%s, %s)").format(sql.Identifier(question)), [uuid4(), OURS]).fetchone()
    assert row == (False,)


SUPPORT_QUESTIONS = (
    "SELECT count(*) FROM tandem_support_room(now(), '5 hours', '', ARRAY['not_set_up', 'connected'], NULL,"
    " ARRAY['fresh', 'none'], 50, 0)",
    "SELECT count(*) FROM tandem_support_outreach(now(), '5 hours', '2000-01-01', NULL, NULL, 50, 0)",
    "SELECT count(*) FROM tandem_support_tally(now(), '5 hours', '')",
)


def test_the_support_room_is_empty_for_everybody_but_support(app: Connection, filled: list[str]) -> None:
    assert [app.execute(question).fetchone() for question in SUPPORT_QUESTIONS] == [(0,)] * len(SUPPORT_QUESTIONS)
    with app.transaction():
        app.execute("SELECT set_config('tandem.user_id', %s, true)", [str(uuid4())])
        assert [app.execute(question).fetchone() for question in SUPPORT_QUESTIONS] == [(0,)] * len(SUPPORT_QUESTIONS)


def test_no_function_across_accounts_is_open_to_everybody(superuser: Connection) -> None:
    rows = superuser.execute(
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'public' AND p.prosecdef ORDER BY 1"
    ).fetchall()
    definers = [str(row[0]) for row in rows]
    assert definers == [
        "tandem_accounts_without_nightly",
        "tandem_notices_due",
        "tandem_others_rely_on_xero_connection",
        "tandem_others_rely_on_xero_user",
        "tandem_others_use_xero_organisation",
        "tandem_support_outreach",
        "tandem_support_room",
        "tandem_support_tally",
        "tandem_timeline_prune",  # within the account in scope alone
        "tandem_webhooks_due",
    ]
    public = superuser.execute(
        "SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE p.prosecdef AND a.grantee = 0"
    ).fetchone()
    assert public == (0,)
