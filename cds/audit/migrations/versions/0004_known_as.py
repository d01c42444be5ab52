"""A subject is found again after the secret was rotated."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds to the data keys, which stay as they are."""
    op.add_column("data_key", sa.Column("known_as", sa.Text, nullable=True))
