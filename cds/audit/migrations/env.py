"""Runs the migrations on the connection, and in the transaction, of `cds.audit.schema`."""

from alembic import context


def run() -> None:
    """All of them or none."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


run()
