"""Pages of the area admin."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__)
