"""Records are sealed, signed and in order; the knowledge that decided is kept."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds to the records, which stay as they are."""
    op.add_column("record", sa.Column("key_id", sa.String(32), nullable=True))
    op.add_column("record", sa.Column("signature", sa.String(128), nullable=True))
    op.create_index("ix_record_key_id", "record", ["key_id"])
    op.create_index("ix_record_kind", "record", ["kind"])
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=True, index=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.String(120), nullable=False),
        sa.Column("wrapped_by", sa.String(16), nullable=False),
    )
    op.create_table(
        "knowledge",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def _sqlite() -> Iterator[str]:
    # INSERT OR REPLACE deletes without asking the trigger against deletion: what is in the place
    # of another, or out of order, is refused before.
    yield (
        "CREATE TRIGGER record_in_order BEFORE INSERT ON record "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM record) "
        "OR EXISTS (SELECT 1 FROM record WHERE id = NEW.id OR hash = NEW.hash "
        "OR prev_hash = NEW.prev_hash) "
        "BEGIN SELECT RAISE(ABORT, 'records are appended in order'); END"
    )
    for table, verb in (("knowledge", "UPDATE"), ("knowledge", "DELETE"), ("data_key", "UPDATE")):
        yield (
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql() -> Iterator[str]:
    yield "DROP TRIGGER record_append_only ON record"
    yield (
        "CREATE FUNCTION record_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM record) THEN "
        "RAISE EXCEPTION 'records are appended in order'; END IF; RETURN NEW; END $$"
    )
    yield _trigger("record_in_order", "record", "INSERT", "FOR EACH ROW", "record_in_order")
    for table, verb, name in (
        ("record", "UPDATE", "record_no_update"),
        ("record", "DELETE OR TRUNCATE", "record_no_delete"),
        ("knowledge", "UPDATE", "knowledge_no_update"),
        ("knowledge", "DELETE OR TRUNCATE", "knowledge_no_delete"),
        ("data_key", "UPDATE", "data_key_no_update"),
    ):
        yield _trigger(name, table, verb, "FOR EACH STATEMENT", "record_append_only")
    for table, name in (
        ("record", "record_in_order"),
        ("record", "record_no_update"),
        ("record", "record_no_delete"),
        ("knowledge", "knowledge_no_update"),
        ("knowledge", "knowledge_no_delete"),
        ("data_key", "data_key_no_update"),
    ):
        # Also for a session that calls itself a replica.
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def _trigger(name: str, table: str, verbs: str, each: str, function: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {verbs} ON {table} {each} EXECUTE FUNCTION {function}()"
