"""How far a run has come, and what its calls took: for the pages and reports."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns."""
    op.add_column("runs", sa.Column("spent", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("progress", sa.JSON(), nullable=True))
