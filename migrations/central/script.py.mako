"""${message}

A migration stands alone: it imports nothing of Almoner, and the release before it still works with its outcome.
"""

${imports if imports else ""}
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("A council's database is brought back from a copy, not by going down.")
