"""Moves a database forward, migration by migration, within one transaction of the caller's."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

SCRIPTS = Path(__file__).parent / "migrations"
VERSIONS = "alembic_version"


def move_forward(connection: Connection, found: str | None, newest: str) -> None:
    """Runs every migration after `found`, or all where there is nothing, up to `newest`."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    if found and not inspect(connection).has_table(VERSIONS):
        command.stamp(config, found)  # made before there were migrations
    command.upgrade(config, newest)
