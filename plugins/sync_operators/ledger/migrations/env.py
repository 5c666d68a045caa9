"""Alembic's entry: runs the steps on the connection it is handed, in the transaction that is open there."""

from alembic import context

from sync_operators.ledger.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
