"""What people arrange in the depot: folders without a file, and how a version is to be read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table, a column and an index."""
    op.create_table(
        "folders",
        sa.Column("place", KEY, nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_folders"),
    )
    op.add_column("files", sa.Column("read_as", sa.JSON()))
    op.create_index("ix_files_folder_state_name", "files", ["folder", "state", "name"])
