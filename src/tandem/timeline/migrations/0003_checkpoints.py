"""Old entries may go, but only behind a signed checkpoint and only through one function of the owner's."""

from django.db import migrations, models

from tandem.kernel.policies import policy

SIGNATURE = "tandem_timeline_prune(bigint, text, timestamptz, timestamptz, text, text)"
MINE = "nullif(current_setting('tandem.account_id', true), '')::uuid"
# The trigger lets a removal pass only inside the function below: there the owner is at work, and has said so.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION timeline_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tandem.pruning', true) = 'on'
       AND current_user = (SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'timeline_entry')
    THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'timeline_entry is append-only';
END $$"""
STRICT = """
CREATE OR REPLACE FUNCTION timeline_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'timeline_entry is append-only'; END $$"""
# Works on the account of the transaction alone. The signature is checked by the program, which has the key.
PRUNE = """
CREATE FUNCTION tandem_timeline_prune(
    last_sequence bigint, last_digest text, cut timestamptz, at timestamptz, signed_before text, signed text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    mine uuid := nullif(current_setting('tandem.account_id', true), '')::uuid;
    known bigint;
    removed bigint;
BEGIN
    IF mine IS NULL THEN RAISE EXCEPTION 'no account is in scope'; END IF;
    IF cut > now() - interval '365 days' THEN RAISE EXCEPTION 'the last twelve months are never removed'; END IF;
    PERFORM FROM timeline_head h WHERE h.account_id = mine AND h.sequence > last_sequence FOR UPDATE;
    IF NOT FOUND THEN RAISE EXCEPTION 'the newest entry is never removed'; END IF;
    SELECT coalesce(max(c.sequence), 0) INTO known FROM timeline_checkpoint c WHERE c.account_id = mine;
    IF last_sequence <= known THEN RAISE EXCEPTION 'that part was removed already'; END IF;
    PERFORM FROM timeline_entry e WHERE e.account_id = mine AND e.sequence = last_sequence AND e.digest = last_digest;
    IF NOT FOUND THEN RAISE EXCEPTION 'no entry has that digest'; END IF;
    PERFORM FROM timeline_entry e WHERE e.account_id = mine AND e.sequence <= last_sequence AND e.at >= cut;
    IF FOUND THEN RAISE EXCEPTION 'an entry is too young'; END IF;
    PERFORM set_config('tandem.pruning', 'on', true);
    DELETE FROM timeline_entry e WHERE e.account_id = mine AND e.sequence <= last_sequence;
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM set_config('tandem.pruning', '', true);
    IF removed <> last_sequence - known THEN RAISE EXCEPTION 'the record has a hole'; END IF;
    INSERT INTO timeline_checkpoint (account_id, sequence, digest, removed, older_than, made_at, previous_signature, signature)
    VALUES (mine, last_sequence, last_digest, removed, cut, at, signed_before, signed);
    RETURN removed;
END $$"""


class Migration(migrations.Migration):
    dependencies = [("timeline", "0002_policies")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("removed", models.BigIntegerField()),
                ("older_than", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("previous_signature", models.CharField(blank=True, max_length=64)),
                ("signature", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "sequence"), name="timeline_checkpoint_sequence")
                ],
            },
        ),
        policy("timeline_checkpoint", readable_if=f"account_id = {MINE}", writable_if="false"),
        migrations.RunSQL(sql=APPEND_ONLY, reverse_sql=STRICT),
        migrations.RunSQL(
            sql=[PRUNE, f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC"],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        ),
    ]
