"""WSGI entry point of the standalone application."""

from kompetensi.app import create_app

app = create_app()
