"""templates, badges, shares, reminders and renewals of certificates; recognition of prior learning; long jobs."""

import sqlalchemy as sa
from alembic import op

from kompetensi.models.base import Instant

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('kompetensi_certificate_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.CheckConstraint("kind IN ('STTPP', 'ATTENDANCE', 'AWARD')", name=op.f('ck_kompetensi_certificate_templates_kind')),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_certificate_templates_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_certificate_templates')),
    sa.UniqueConstraint('unit_id', 'code', name=op.f('uq_kompetensi_certificate_templates_unit_id_code'))
    )
    with op.batch_alter_table('kompetensi_certificate_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_certificate_templates_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_jobs',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('arguments', sa.JSON(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('started_at', Instant(), nullable=True),
    sa.Column('finished_at', Instant(), nullable=True),
    sa.Column('executor', sa.String(length=60), nullable=False),
    sa.Column('heartbeat_at', Instant(), nullable=True),
    sa.Column('cancel_requested', sa.Boolean(), nullable=False),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("state IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')", name=op.f('ck_kompetensi_jobs_state')),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_jobs_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_jobs'))
    )
    with op.batch_alter_table('kompetensi_jobs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_jobs_state_created_at'), ['state', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_jobs_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_certificate_template_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('template_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('front', sa.Text(), nullable=False),
    sa.Column('back', sa.Text(), nullable=False),
    sa.Column('css', sa.Text(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('author', sa.String(length=120), nullable=False),
    sa.Column('saved_at', Instant(), nullable=False),
    sa.Column('published_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['template_id'], ['kompetensi_certificate_templates.id'], name=op.f('fk_kompetensi_certificate_template_versions_template_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_certificate_template_versions')),
    sa.UniqueConstraint('template_id', 'number', name=op.f('uq_kompetensi_certificate_template_versions_template_id_number'))
    )
    with op.batch_alter_table('kompetensi_certificate_template_versions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_certificate_template_versions_template_id'), ['template_id'], unique=False)

    op.create_table('kompetensi_job_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job_id', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('outcome', sa.String(length=120), nullable=False),
    sa.Column('problem', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('finished_at', Instant(), nullable=True),
    sa.CheckConstraint("state IN ('WAITING', 'DONE', 'FAILED', 'SKIPPED')", name=op.f('ck_kompetensi_job_items_state')),
    sa.ForeignKeyConstraint(['job_id'], ['kompetensi_jobs.id'], name=op.f('fk_kompetensi_job_items_job_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_job_items')),
    sa.UniqueConstraint('job_id', 'seq', name=op.f('uq_kompetensi_job_items_job_id_seq'))
    )
    with op.batch_alter_table('kompetensi_job_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_job_items_job_id_state'), ['job_id', 'state'], unique=False)

    op.create_table('kompetensi_certificate_badges',
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('credential', sa.Text(), nullable=False),
    sa.Column('signed_at', Instant(), nullable=False),
    sa.Column('status_list', sa.String(length=40), nullable=False),
    sa.Column('status_index', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['kompetensi_certificates.id'], name=op.f('fk_kompetensi_certificate_badges_certificate_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('certificate_id', name=op.f('pk_kompetensi_certificate_badges')),
    sa.UniqueConstraint('status_list', 'status_index', name=op.f('uq_kompetensi_certificate_badges_status_list_status_index'))
    )
    op.create_table('kompetensi_certificate_reminders',
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('days_before', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sent_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['kompetensi_certificates.id'], name=op.f('fk_kompetensi_certificate_reminders_certificate_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('certificate_id', 'days_before', name=op.f('pk_kompetensi_certificate_reminders'))
    )
    op.create_table('kompetensi_certificate_shares',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('key_sha256', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=120), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('withdrawn_at', Instant(), nullable=True),
    sa.Column('opened', sa.Integer(), nullable=False),
    sa.Column('opened_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['certificate_id'], ['kompetensi_certificates.id'], name=op.f('fk_kompetensi_certificate_shares_certificate_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_certificate_shares')),
    sa.UniqueConstraint('key_sha256', name=op.f('uq_kompetensi_certificate_shares_key_sha256'))
    )
    with op.batch_alter_table('kompetensi_certificate_shares', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_certificate_shares_certificate_id'), ['certificate_id'], unique=False)

    op.create_table('kompetensi_recognition_claims',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.String(length=60), nullable=False),
    sa.Column('number', sa.String(length=120), nullable=False),
    sa.Column('finished_on', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('jp', sa.Integer(), nullable=False),
    sa.Column('remark', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("state IN ('SUBMITTED', 'IN_REVIEW', 'RECOGNISED', 'REFUSED', 'WITHDRAWN')", name=op.f('ck_kompetensi_recognition_claims_state')),
    sa.ForeignKeyConstraint(['certificate_id'], ['kompetensi_certificates.id'], name=op.f('fk_kompetensi_recognition_claims_certificate_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['person_id'], ['kompetensi_people.id'], name=op.f('fk_kompetensi_recognition_claims_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['training_id'], ['kompetensi_trainings.id'], name=op.f('fk_kompetensi_recognition_claims_training_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_recognition_claims')),
    sa.UniqueConstraint('certificate_id', name=op.f('uq_kompetensi_recognition_claims_certificate_id'))
    )
    with op.batch_alter_table('kompetensi_recognition_claims', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_recognition_claims_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_recognition_claims_training_id'), ['training_id'], unique=False)

    op.create_table('kompetensi_recognition_documents',
    sa.Column('claim_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['kompetensi_recognition_claims.id'], name=op.f('fk_kompetensi_recognition_documents_claim_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('claim_id', name=op.f('pk_kompetensi_recognition_documents'))
    )
    op.create_table('kompetensi_recognition_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['kompetensi_recognition_claims.id'], name=op.f('fk_kompetensi_recognition_events_claim_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_recognition_events'))
    )
    with op.batch_alter_table('kompetensi_recognition_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_recognition_events_claim_id'), ['claim_id'], unique=False)

    op.create_table('kompetensi_certificate_photos',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('jpeg', sa.LargeBinary(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_kompetensi_certificate_photos'))
    )
    op.create_table('kompetensi_certificate_preparations',
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('lan_registration_no', sa.String(length=60), nullable=False),
    sa.Column('photo_sha256', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['enrolment_id'], ['kompetensi_enrolments.id'], name=op.f('fk_kompetensi_certificate_preparations_enrolment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['photo_sha256'], ['kompetensi_certificate_photos.sha256'], name=op.f('fk_kompetensi_certificate_preparations_photo_sha256'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('enrolment_id', name=op.f('pk_kompetensi_certificate_preparations'))
    )
    with op.batch_alter_table('kompetensi_certificate_preparations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_certificate_preparations_photo_sha256'), ['photo_sha256'], unique=False)

    # Trainings that were known before are no programmes of LAN until the table of trainings, or their centre, says so.
    op.add_column('kompetensi_trainings', sa.Column('lan_programme', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('kompetensi_trainings', schema=None) as batch_op:
        batch_op.alter_column('lan_programme', server_default=None)

    with op.batch_alter_table('kompetensi_certificates', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lan_registration_no', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('photo_sha256', sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f('ix_kompetensi_certificates_photo_sha256'), ['photo_sha256'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_certificates_photo_sha256'), 'kompetensi_certificate_photos', ['photo_sha256'], ['sha256'], ondelete='RESTRICT')
        batch_op.add_column(sa.Column('renews_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('template_version_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_kompetensi_certificates_renews_id'), ['renews_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_certificates_template_version_id'), ['template_version_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_certificates_template_version_id'), 'kompetensi_certificate_template_versions', ['template_version_id'], ['id'], ondelete='RESTRICT')
        # A certificate outlives the course that it was earned by.
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_certificates_enrolment_id'), type_='foreignkey')
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_certificates_enrolment_id'), 'kompetensi_enrolments', ['enrolment_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_certificates_renews_id'), 'kompetensi_certificates', ['renews_id'], ['id'], ondelete='RESTRICT')
    with op.batch_alter_table('kompetensi_certificates', schema=None) as batch_op:
        batch_op.alter_column('lan_registration_no', server_default=None)


def downgrade():
    with op.batch_alter_table('kompetensi_certificates', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_certificates_enrolment_id'), type_='foreignkey')
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_certificates_enrolment_id'), 'kompetensi_enrolments', ['enrolment_id'], ['id'], ondelete='RESTRICT')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_certificates_renews_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_certificates_template_version_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificates_template_version_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificates_renews_id'))
        batch_op.drop_column('template_version_id')
        batch_op.drop_column('renews_id')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_certificates_photo_sha256'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificates_photo_sha256'))
        batch_op.drop_column('photo_sha256')
        batch_op.drop_column('lan_registration_no')

    with op.batch_alter_table('kompetensi_trainings', schema=None) as batch_op:
        batch_op.drop_column('lan_programme')
    with op.batch_alter_table('kompetensi_certificate_preparations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificate_preparations_photo_sha256'))
    op.drop_table('kompetensi_certificate_preparations')
    op.drop_table('kompetensi_certificate_photos')

    with op.batch_alter_table('kompetensi_recognition_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_recognition_events_claim_id'))

    op.drop_table('kompetensi_recognition_events')
    op.drop_table('kompetensi_recognition_documents')
    with op.batch_alter_table('kompetensi_recognition_claims', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_recognition_claims_training_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_recognition_claims_person_id'))

    op.drop_table('kompetensi_recognition_claims')
    with op.batch_alter_table('kompetensi_certificate_shares', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificate_shares_certificate_id'))

    op.drop_table('kompetensi_certificate_shares')
    op.drop_table('kompetensi_certificate_reminders')
    op.drop_table('kompetensi_certificate_badges')
    with op.batch_alter_table('kompetensi_job_items', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_job_items_job_id_state'))

    op.drop_table('kompetensi_job_items')
    with op.batch_alter_table('kompetensi_certificate_template_versions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificate_template_versions_template_id'))

    op.drop_table('kompetensi_certificate_template_versions')
    with op.batch_alter_table('kompetensi_jobs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_jobs_unit_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_jobs_state_created_at'))

    op.drop_table('kompetensi_jobs')
    with op.batch_alter_table('kompetensi_certificate_templates', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_certificate_templates_unit_id'))

    op.drop_table('kompetensi_certificate_templates')
