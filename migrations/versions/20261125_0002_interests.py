"""interests that people state themselves."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('kompetensi_interests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('stated_on', sa.Date(), nullable=False),
    sa.Column('given_up_on', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('URUSAN', 'CLASS', 'UNIT')", name=op.f('ck_kompetensi_interests_kind')),
    sa.CheckConstraint('place BETWEEN 1 AND 5', name=op.f('ck_kompetensi_interests_place')),
    sa.ForeignKeyConstraint(['person_id'], ['kompetensi_people.id'],
                            name=op.f('fk_kompetensi_interests_person_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_interests'))
    )
    with op.batch_alter_table('kompetensi_interests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_interests_person_id'), ['person_id'], unique=False)


def downgrade():
    with op.batch_alter_table('kompetensi_interests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_interests_person_id'))

    op.drop_table('kompetensi_interests')
