"""${message}

A migration stands alone: it imports nothing of Almoner. It runs in one transaction with foreign keys off, after a copy
of the store was made. Tables of lists and search are not here: they are computed anew.
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
    raise NotImplementedError("A laptop goes back by its copy, never by steps.")
