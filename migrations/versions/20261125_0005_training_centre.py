"""resources, meetings, quotas and waiting lists of the training centre; needs analyses, timetables, calendars."""

import sqlalchemy as sa
from alembic import op

from kompetensi.models.base import Instant

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

LIVE = "status IN ('WAITING', 'OFFERED', 'REQUESTED', 'ENDORSED', 'APPROVED', 'COMPLETED')"
FORMERLY_LIVE = "status IN ('REQUESTED', 'APPROVED', 'COMPLETED')"


def upgrade():
    op.create_table('kompetensi_calendar_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('withdrawn_at', Instant(), nullable=True),
    sa.Column('last_read_at', Instant(), nullable=True),
    sa.CheckConstraint("kind IN ('PERSON', 'TRAINER', 'ROOM')", name=op.f('ck_kompetensi_calendar_links_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_calendar_links')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_kompetensi_calendar_links_token_sha256'))
    )
    op.create_table('kompetensi_travels',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('other_place', sa.String(length=120), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes >= 0', name=op.f('ck_kompetensi_travels_minutes')),
    sa.CheckConstraint('place < other_place', name=op.f('ck_kompetensi_travels_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_travels')),
    sa.UniqueConstraint('place', 'other_place', name=op.f('uq_kompetensi_travels_place_other_place'))
    )
    with op.batch_alter_table('kompetensi_travels', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_travels_other_place'), ['other_place'], unique=False)

    op.create_table('kompetensi_evaluation_forms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_evaluation_forms_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_evaluation_forms')),
    sa.UniqueConstraint('unit_id', 'code', 'version', name=op.f('uq_kompetensi_evaluation_forms_unit_id_code_version'))
    )
    op.create_table('kompetensi_holiday_overrides',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('confidence', sa.String(length=120), nullable=False),
    sa.CheckConstraint("kind IN ('CLOSED', 'WORKING')", name=op.f('ck_kompetensi_holiday_overrides_kind')),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_holiday_overrides_unit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_holiday_overrides')),
    sa.UniqueConstraint('unit_id', 'day', name=op.f('uq_kompetensi_holiday_overrides_unit_id_day'))
    )
    with op.batch_alter_table('kompetensi_holiday_overrides', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_holiday_overrides_day'), ['day'], unique=False)

    op.create_table('kompetensi_working_hours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('confidence', sa.String(length=120), nullable=False),
    sa.CheckConstraint('0 <= starts AND starts < ends AND ends <= 1440', name=op.f('ck_kompetensi_working_hours_minutes')),
    sa.CheckConstraint('weekday BETWEEN 1 AND 7', name=op.f('ck_kompetensi_working_hours_weekday')),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_working_hours_unit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_working_hours')),
    sa.UniqueConstraint('unit_id', 'weekday', 'starts', 'valid_from', name=op.f('uq_kompetensi_working_hours_unit_id_weekday_starts_valid_from'))
    )
    op.create_table('kompetensi_needs_analyses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('job_id', sa.String(length=32), nullable=True),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('decided_at', Instant(), nullable=True),
    sa.Column('decided_by', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.CheckConstraint("status IN ('COMPUTING', 'DRAFT', 'PROPOSED', 'APPROVED', 'RETURNED', 'SUPERSEDED')", name=op.f('ck_kompetensi_needs_analyses_status')),
    sa.ForeignKeyConstraint(['job_id'], ['kompetensi_jobs.id'], name=op.f('fk_kompetensi_needs_analyses_job_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_needs_analyses_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_needs_analyses')),
    sa.UniqueConstraint('unit_id', 'year', 'version', name=op.f('uq_kompetensi_needs_analyses_unit_id_year_version'))
    )
    with op.batch_alter_table('kompetensi_needs_analyses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_analyses_job_id'), ['job_id'], unique=False)

    op.create_table('kompetensi_room_closures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('first_day <= last_day', name=op.f('ck_kompetensi_room_closures_days')),
    sa.ForeignKeyConstraint(['room_id'], ['kompetensi_rooms.id'], name=op.f('fk_kompetensi_room_closures_room_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_room_closures'))
    )
    with op.batch_alter_table('kompetensi_room_closures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_room_closures_room_id'), ['room_id'], unique=False)

    op.create_table('kompetensi_batch_quotas',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('reserved', sa.Integer(), nullable=False),
    sa.Column('reserved_until', sa.Date(), nullable=True),
    sa.Column('most', sa.Integer(), nullable=True),
    sa.CheckConstraint('reserved >= 0 AND (most IS NULL OR most >= reserved)', name=op.f('ck_kompetensi_batch_quotas_seats')),
    sa.ForeignKeyConstraint(['batch_id'], ['kompetensi_batches.id'], name=op.f('fk_kompetensi_batch_quotas_batch_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_batch_quotas_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_batch_quotas')),
    sa.UniqueConstraint('batch_id', 'unit_id', name=op.f('uq_kompetensi_batch_quotas_batch_id_unit_id'))
    )
    with op.batch_alter_table('kompetensi_batch_quotas', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_batch_quotas_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_batch_quotas_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_evaluation_answers',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['kompetensi_batches.id'], name=op.f('fk_kompetensi_evaluation_answers_batch_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['form_id'], ['kompetensi_evaluation_forms.id'], name=op.f('fk_kompetensi_evaluation_answers_form_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_evaluation_answers')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('kompetensi_evaluation_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_evaluation_answers_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_evaluation_answers_form_id'), ['form_id'], unique=False)

    op.create_table('kompetensi_needs_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('analysis_id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('become_ready', sa.Integer(), nullable=False),
    sa.Column('jp', sa.Integer(), nullable=False),
    sa.Column('cost_idr', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['kompetensi_needs_analyses.id'], name=op.f('fk_kompetensi_needs_lines_analysis_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['training_id'], ['kompetensi_trainings.id'], name=op.f('fk_kompetensi_needs_lines_training_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_needs_lines_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_needs_lines')),
    sa.UniqueConstraint('analysis_id', 'training_id', 'month', 'unit_id', name=op.f('uq_kompetensi_needs_lines_analysis_id_training_id_month_unit_id'))
    )
    with op.batch_alter_table('kompetensi_needs_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_lines_training_id'), ['training_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_lines_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_needs_people',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('analysis_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('ready_by', sa.Date(), nullable=True),
    sa.Column('becomes_ready', sa.Boolean(), nullable=False),
    sa.Column('needs', sa.JSON(), nullable=False),
    sa.Column('open_gaps', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['kompetensi_needs_analyses.id'], name=op.f('fk_kompetensi_needs_people_analysis_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['kompetensi_people.id'], name=op.f('fk_kompetensi_needs_people_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['position_id'], ['kompetensi_positions.id'], name=op.f('fk_kompetensi_needs_people_position_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_needs_people_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_needs_people')),
    sa.UniqueConstraint('analysis_id', 'person_id', 'position_id', name=op.f('uq_kompetensi_needs_people_analysis_id_person_id_position_id'))
    )
    with op.batch_alter_table('kompetensi_needs_people', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_people_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_people_position_id'), ['position_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_needs_people_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_targets',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('ready_by', sa.Date(), nullable=True),
    sa.Column('set_on', sa.Date(), nullable=False),
    sa.Column('set_by', sa.String(length=120), nullable=False),
    sa.Column('withdrawn_on', sa.Date(), nullable=True),
    sa.CheckConstraint("source IN ('HR', 'SUCCESSION', 'ROTATION')", name=op.f('ck_kompetensi_targets_source')),
    sa.ForeignKeyConstraint(['person_id'], ['kompetensi_people.id'], name=op.f('fk_kompetensi_targets_person_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['position_id'], ['kompetensi_positions.id'], name=op.f('fk_kompetensi_targets_position_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_targets'))
    )
    with op.batch_alter_table('kompetensi_targets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_targets_person_id_withdrawn_on'), ['person_id', 'withdrawn_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_targets_position_id'), ['position_id'], unique=False)

    op.create_table('kompetensi_timetable_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('analysis_id', sa.Integer(), nullable=True),
    sa.Column('replans_id', sa.Integer(), nullable=True),
    sa.Column('problem', sa.JSON(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('job_id', sa.String(length=32), nullable=True),
    sa.Column('stop_requested', sa.Boolean(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=False),
    sa.Column('accepted_at', Instant(), nullable=True),
    sa.Column('accepted_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint("status IN ('DRAFT', 'SOLVING', 'SOLVED', 'ACCEPTED', 'DISCARDED')", name=op.f('ck_kompetensi_timetable_drafts_status')),
    sa.CheckConstraint('first_day <= last_day', name=op.f('ck_kompetensi_timetable_drafts_days')),
    sa.ForeignKeyConstraint(['analysis_id'], ['kompetensi_needs_analyses.id'], name=op.f('fk_kompetensi_timetable_drafts_analysis_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['job_id'], ['kompetensi_jobs.id'], name=op.f('fk_kompetensi_timetable_drafts_job_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['replans_id'], ['kompetensi_timetable_drafts.id'], name=op.f('fk_kompetensi_timetable_drafts_replans_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['unit_id'], ['kompetensi_units.id'], name=op.f('fk_kompetensi_timetable_drafts_unit_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_timetable_drafts'))
    )
    with op.batch_alter_table('kompetensi_timetable_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_timetable_drafts_analysis_id'), ['analysis_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_timetable_drafts_job_id'), ['job_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_timetable_drafts_replans_id'), ['replans_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_timetable_drafts_unit_id'), ['unit_id'], unique=False)

    op.create_table('kompetensi_meetings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('stage_id', sa.Integer(), nullable=True),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('starts', sa.Integer(), nullable=False),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('jp', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('changed_at', Instant(), nullable=False),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.CheckConstraint('0 <= starts AND starts < ends AND ends <= 1440', name=op.f('ck_kompetensi_meetings_minutes')),
    sa.CheckConstraint('jp >= 0', name=op.f('ck_kompetensi_meetings_jp')),
    sa.ForeignKeyConstraint(['batch_id'], ['kompetensi_batches.id'], name=op.f('fk_kompetensi_meetings_batch_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['kompetensi_rooms.id'], name=op.f('fk_kompetensi_meetings_room_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['stage_id'], ['kompetensi_batch_stages.id'], name=op.f('fk_kompetensi_meetings_stage_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['subject_id'], ['kompetensi_batch_subjects.id'], name=op.f('fk_kompetensi_meetings_subject_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_meetings'))
    )
    with op.batch_alter_table('kompetensi_meetings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_meetings_batch_id_day'), ['batch_id', 'day'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_meetings_day_room_id'), ['day', 'room_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_meetings_room_id'), ['room_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_meetings_stage_id'), ['stage_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_meetings_subject_id'), ['subject_id'], unique=False)

    op.create_table('kompetensi_trainer_absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trainer_id', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('first_day <= last_day', name=op.f('ck_kompetensi_trainer_absences_days')),
    sa.ForeignKeyConstraint(['trainer_id'], ['kompetensi_trainers.id'], name=op.f('fk_kompetensi_trainer_absences_trainer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_trainer_absences'))
    )
    with op.batch_alter_table('kompetensi_trainer_absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_trainer_absences_trainer_id'), ['trainer_id'], unique=False)

    op.create_table('kompetensi_trainer_qualifications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trainer_id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=True),
    sa.Column('competency_id', sa.Integer(), nullable=True),
    sa.Column('level', sa.Integer(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.CheckConstraint('(competency_id IS NULL) = (level IS NULL)', name=op.f('ck_kompetensi_trainer_qualifications_level_of_competency')),
    sa.CheckConstraint('(training_id IS NULL) <> (competency_id IS NULL)', name=op.f('ck_kompetensi_trainer_qualifications_subject')),
    sa.CheckConstraint('level IS NULL OR level BETWEEN 1 AND 5', name=op.f('ck_kompetensi_trainer_qualifications_level')),
    sa.ForeignKeyConstraint(['competency_id'], ['kompetensi_competencies.id'], name=op.f('fk_kompetensi_trainer_qualifications_competency_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['trainer_id'], ['kompetensi_trainers.id'], name=op.f('fk_kompetensi_trainer_qualifications_trainer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['training_id'], ['kompetensi_trainings.id'], name=op.f('fk_kompetensi_trainer_qualifications_training_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_trainer_qualifications')),
    sa.UniqueConstraint('trainer_id', 'competency_id', name=op.f('uq_kompetensi_trainer_qualifications_trainer_id_competency_id')),
    sa.UniqueConstraint('trainer_id', 'training_id', name=op.f('uq_kompetensi_trainer_qualifications_trainer_id_training_id'))
    )
    with op.batch_alter_table('kompetensi_trainer_qualifications', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_trainer_qualifications_competency_id'), ['competency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_trainer_qualifications_training_id'), ['training_id'], unique=False)

    op.create_table('kompetensi_enrolment_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('note', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['kompetensi_enrolments.id'], name=op.f('fk_kompetensi_enrolment_events_enrolment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_enrolment_events'))
    )
    with op.batch_alter_table('kompetensi_enrolment_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_enrolment_events_enrolment_id'), ['enrolment_id'], unique=False)

    op.create_table('kompetensi_evaluation_receipts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['kompetensi_enrolments.id'], name=op.f('fk_kompetensi_evaluation_receipts_enrolment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_evaluation_receipts')),
    sa.UniqueConstraint('enrolment_id', name=op.f('uq_kompetensi_evaluation_receipts_enrolment_id'))
    )
    op.create_table('kompetensi_meeting_attendances',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('method', sa.String(length=4), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint("method IN ('LIST', 'QR')", name=op.f('ck_kompetensi_meeting_attendances_method')),
    sa.CheckConstraint("state IN ('PRESENT', 'LATE', 'EXCUSED', 'ABSENT')", name=op.f('ck_kompetensi_meeting_attendances_state')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['kompetensi_enrolments.id'], name=op.f('fk_kompetensi_meeting_attendances_enrolment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['meeting_id'], ['kompetensi_meetings.id'], name=op.f('fk_kompetensi_meeting_attendances_meeting_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_meeting_attendances')),
    sa.UniqueConstraint('enrolment_id', 'meeting_id', name=op.f('uq_kompetensi_meeting_attendances_enrolment_id_meeting_id'))
    )
    with op.batch_alter_table('kompetensi_meeting_attendances', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_meeting_attendances_meeting_id'), ['meeting_id'], unique=False)

    op.create_table('kompetensi_meeting_trainers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('trainer_id', sa.Integer(), nullable=False),
    sa.Column('jp', sa.Integer(), nullable=False),
    sa.CheckConstraint('jp >= 0', name=op.f('ck_kompetensi_meeting_trainers_jp')),
    sa.ForeignKeyConstraint(['meeting_id'], ['kompetensi_meetings.id'], name=op.f('fk_kompetensi_meeting_trainers_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['trainer_id'], ['kompetensi_trainers.id'], name=op.f('fk_kompetensi_meeting_trainers_trainer_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_meeting_trainers')),
    sa.UniqueConstraint('meeting_id', 'trainer_id', name=op.f('uq_kompetensi_meeting_trainers_meeting_id_trainer_id'))
    )
    with op.batch_alter_table('kompetensi_meeting_trainers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kompetensi_meeting_trainers_trainer_id'), ['trainer_id'], unique=False)

    op.create_table('kompetensi_result_attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('outcome', sa.String(length=8), nullable=False),
    sa.Column('score_hundredths', sa.Integer(), nullable=True),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('recorded_by', sa.String(length=120), nullable=False),
    sa.CheckConstraint("kind IN ('FINAL', 'REMEDIAL', 'CORRECTION')", name=op.f('ck_kompetensi_result_attempts_kind')),
    sa.CheckConstraint("outcome IN ('PASSED', 'FAILED', 'ABSENT')", name=op.f('ck_kompetensi_result_attempts_outcome')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['kompetensi_enrolments.id'], name=op.f('fk_kompetensi_result_attempts_enrolment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kompetensi_result_attempts')),
    sa.UniqueConstraint('enrolment_id', 'seq', name=op.f('uq_kompetensi_result_attempts_enrolment_id_seq'))
    )
    with op.batch_alter_table('kompetensi_batches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=12), nullable=False, server_default='REGULAR'))
        batch_op.add_column(sa.Column('run_cost_idr', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('conditions', sa.JSON(), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('copied_from_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_kompetensi_batches_copied_from_id'), ['copied_from_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_batches_copied_from_id'), 'kompetensi_batches', ['copied_from_id'], ['id'], ondelete='SET NULL')
        batch_op.create_check_constraint(batch_op.f('ck_kompetensi_batches_kind'), "kind IN ('REGULAR', 'COOPERATION', 'CONTRIBUTION')")

    with op.batch_alter_table('kompetensi_enrolments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=10), nullable=False, server_default='OWN'))
        batch_op.add_column(sa.Column('superior_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('endorsed_at', Instant(), nullable=True))
        batch_op.add_column(sa.Column('offered_until', Instant(), nullable=True))
        batch_op.add_column(sa.Column('moved_from_id', sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_kompetensi_enrolments_batch_id'))
        batch_op.create_index(batch_op.f('ix_kompetensi_enrolments_batch_id_status'), ['batch_id', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_enrolments_moved_from_id'), ['moved_from_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kompetensi_enrolments_superior_id'), ['superior_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_enrolments_moved_from_id'), 'kompetensi_enrolments', ['moved_from_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_enrolments_superior_id'), 'kompetensi_people', ['superior_id'], ['id'], ondelete='RESTRICT')
        batch_op.drop_constraint(batch_op.f('ck_kompetensi_enrolments_status'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_kompetensi_enrolments_status'), "status IN ('WAITING', 'OFFERED', 'REQUESTED', 'ENDORSED', 'APPROVED', 'REFUSED', 'CANCELLED', 'COMPLETED')")
        batch_op.create_check_constraint(batch_op.f('ck_kompetensi_enrolments_source'), "source IN ('OWN', 'PATH', 'SUPERIOR', 'HR', 'CENTRE', 'IMPORT')")
        batch_op.drop_index('uq_kompetensi_enrolments_live')
        batch_op.create_index('uq_kompetensi_enrolments_live', ['person_id', 'batch_id'], unique=True, sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE))

    with op.batch_alter_table('kompetensi_people', schema=None) as batch_op:
        batch_op.add_column(sa.Column('target_ready_by', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('outside_agency', sa.String(length=160), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('siasn_id', sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_kompetensi_people_siasn_id'), ['siasn_id'])

    with op.batch_alter_table('kompetensi_rooms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('features', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('unit_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('retired_on', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_kompetensi_rooms_unit_id'), ['unit_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_rooms_unit_id'), 'kompetensi_units', ['unit_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('kompetensi_trainers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unit_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('external', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('home_place', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('yearly_jp', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('retired_on', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_kompetensi_trainers_unit_id'), ['unit_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_kompetensi_trainers_unit_id'), 'kompetensi_units', ['unit_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_check_constraint(batch_op.f('ck_kompetensi_trainers_yearly_jp'), 'yearly_jp IS NULL OR yearly_jp > 0')


def downgrade():
    with op.batch_alter_table('kompetensi_trainers', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_kompetensi_trainers_yearly_jp'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_trainers_unit_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_trainers_unit_id'))
        batch_op.drop_column('retired_on')
        batch_op.drop_column('yearly_jp')
        batch_op.drop_column('home_place')
        batch_op.drop_column('external')
        batch_op.drop_column('unit_id')

    with op.batch_alter_table('kompetensi_rooms', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_rooms_unit_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_rooms_unit_id'))
        batch_op.drop_column('retired_on')
        batch_op.drop_column('unit_id')
        batch_op.drop_column('features')

    with op.batch_alter_table('kompetensi_people', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_kompetensi_people_siasn_id'), type_='unique')
        batch_op.drop_column('siasn_id')
        batch_op.drop_column('outside_agency')
        batch_op.drop_column('target_ready_by')

    # Who holds a seat keeps it as a request; who waits for one is told by nobody any more.
    op.execute("UPDATE kompetensi_enrolments SET status = 'REQUESTED' WHERE status IN ('OFFERED', 'ENDORSED')")
    op.execute("UPDATE kompetensi_enrolments SET status = 'CANCELLED' WHERE status = 'WAITING'")
    with op.batch_alter_table('kompetensi_enrolments', schema=None) as batch_op:
        batch_op.drop_index('uq_kompetensi_enrolments_live')
        batch_op.create_index('uq_kompetensi_enrolments_live', ['person_id', 'batch_id'], unique=True, sqlite_where=sa.text(FORMERLY_LIVE), postgresql_where=sa.text(FORMERLY_LIVE))
        batch_op.drop_constraint(batch_op.f('ck_kompetensi_enrolments_source'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_kompetensi_enrolments_status'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_kompetensi_enrolments_status'), "status IN ('REQUESTED', 'APPROVED', 'REFUSED', 'CANCELLED', 'COMPLETED')")
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_enrolments_superior_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_enrolments_moved_from_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_enrolments_superior_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_enrolments_moved_from_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_enrolments_batch_id_status'))
        batch_op.create_index(batch_op.f('ix_kompetensi_enrolments_batch_id'), ['batch_id'], unique=False)
        batch_op.drop_column('moved_from_id')
        batch_op.drop_column('offered_until')
        batch_op.drop_column('endorsed_at')
        batch_op.drop_column('superior_id')
        batch_op.drop_column('source')

    with op.batch_alter_table('kompetensi_batches', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_kompetensi_batches_kind'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_kompetensi_batches_copied_from_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_kompetensi_batches_copied_from_id'))
        batch_op.drop_column('copied_from_id')
        batch_op.drop_column('conditions')
        batch_op.drop_column('run_cost_idr')
        batch_op.drop_column('kind')

    op.drop_table('kompetensi_result_attempts')
    with op.batch_alter_table('kompetensi_meeting_trainers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_meeting_trainers_trainer_id'))

    op.drop_table('kompetensi_meeting_trainers')
    with op.batch_alter_table('kompetensi_meeting_attendances', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_meeting_attendances_meeting_id'))

    op.drop_table('kompetensi_meeting_attendances')
    op.drop_table('kompetensi_evaluation_receipts')
    with op.batch_alter_table('kompetensi_enrolment_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_enrolment_events_enrolment_id'))

    op.drop_table('kompetensi_enrolment_events')
    with op.batch_alter_table('kompetensi_trainer_qualifications', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_trainer_qualifications_training_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_trainer_qualifications_competency_id'))

    op.drop_table('kompetensi_trainer_qualifications')
    with op.batch_alter_table('kompetensi_trainer_absences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_trainer_absences_trainer_id'))

    op.drop_table('kompetensi_trainer_absences')
    with op.batch_alter_table('kompetensi_meetings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_meetings_subject_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_meetings_stage_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_meetings_room_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_meetings_day_room_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_meetings_batch_id_day'))

    op.drop_table('kompetensi_meetings')
    with op.batch_alter_table('kompetensi_timetable_drafts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_timetable_drafts_unit_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_timetable_drafts_replans_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_timetable_drafts_job_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_timetable_drafts_analysis_id'))

    op.drop_table('kompetensi_timetable_drafts')
    with op.batch_alter_table('kompetensi_targets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_targets_position_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_targets_person_id_withdrawn_on'))

    op.drop_table('kompetensi_targets')
    with op.batch_alter_table('kompetensi_needs_people', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_people_unit_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_people_position_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_people_person_id'))

    op.drop_table('kompetensi_needs_people')
    with op.batch_alter_table('kompetensi_needs_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_lines_unit_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_lines_training_id'))

    op.drop_table('kompetensi_needs_lines')
    with op.batch_alter_table('kompetensi_evaluation_answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_evaluation_answers_form_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_evaluation_answers_batch_id'))

    op.drop_table('kompetensi_evaluation_answers')
    with op.batch_alter_table('kompetensi_batch_quotas', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_batch_quotas_unit_id'))
        batch_op.drop_index(batch_op.f('ix_kompetensi_batch_quotas_batch_id'))

    op.drop_table('kompetensi_batch_quotas')
    with op.batch_alter_table('kompetensi_room_closures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_room_closures_room_id'))

    op.drop_table('kompetensi_room_closures')
    with op.batch_alter_table('kompetensi_needs_analyses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_needs_analyses_job_id'))

    op.drop_table('kompetensi_needs_analyses')
    op.drop_table('kompetensi_working_hours')
    with op.batch_alter_table('kompetensi_holiday_overrides', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_holiday_overrides_day'))

    op.drop_table('kompetensi_holiday_overrides')
    op.drop_table('kompetensi_evaluation_forms')
    with op.batch_alter_table('kompetensi_travels', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kompetensi_travels_other_place'))

    op.drop_table('kompetensi_travels')
    op.drop_table('kompetensi_calendar_links')
