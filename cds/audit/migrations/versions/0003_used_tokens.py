"""Tokens that may be used once are remembered until they end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds a table that is no part of the record: what has ended is deleted from it."""
    op.create_table(
        "used_token",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False, index=True),
    )
