"""the version of the catalogue by a counter and a stamp, and what each version changed."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

SETTINGS = sa.table('kompetensi_settings', sa.column('key', sa.String()), sa.column('value', sa.JSON()))
KEY = 'catalogue_version'


def upgrade():
    version = op.create_table('kompetensi_catalogue_version',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('stamp', sa.String(length=16), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_kompetensi_catalogue_version_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_catalogue_version'))
    )
    op.create_table('kompetensi_catalogue_changes',
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('code', sa.String(length=80), nullable=False),
    sa.Column('stamp', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('version', 'kind', 'code', name=op.f('pk_kompetensi_catalogue_changes'))
    )
    former = op.get_bind().scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.key == KEY))
    if former is not None:
        op.bulk_insert(version, [{'id': 1, 'version': former['version'], 'stamp': secrets.token_hex(8)}])
        op.execute(SETTINGS.delete().where(SETTINGS.c.key == KEY))


def downgrade():
    bind = op.get_bind()
    version = bind.scalar(sa.text('SELECT version FROM kompetensi_catalogue_version'))
    if version is not None:
        op.bulk_insert(SETTINGS, [{'key': KEY, 'value': {'version': version}}])
    op.drop_table('kompetensi_catalogue_changes')
    op.drop_table('kompetensi_catalogue_version')
