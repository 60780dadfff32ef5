"""Alembic history of kompetensi's tables; ships in the wheel as ``kompetensi.migrations``."""
