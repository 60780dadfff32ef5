"""Runs the migrations on a given connection. Only tables ``kompetensi_*`` are ours; the version table is our own."""

from alembic import context

from kompetensi.models import Base
from kompetensi.models.base import TABLE_PREFIX
from kompetensi.services.migrations import VERSION_TABLE


def include_object(thing, name, kind, reflected, compare_to):
    """Leave the tables of a host alone."""
    return not (kind == "table" and not name.startswith(TABLE_PREFIX))


context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, version_table=VERSION_TABLE,
    include_object=include_object, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
