"""Where entities lie, so that limits can be set for parts of a site; which header the file of a run had."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table and a column."""
    op.create_table(
        "placed",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("moodle_id", sa.BigInteger(), nullable=False),
        sa.Column("within", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_placed_site_id"),
        sa.PrimaryKeyConstraint("site_id", "kind", "moodle_id", name="pk_placed"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_placed_site_id_kind_within", "placed", ["site_id", "kind", "within"])
    op.add_column("runs", sa.Column("header", sa.JSON(), nullable=True))
