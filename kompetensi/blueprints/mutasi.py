"""Pages of the area mutasi."""

from flask import Blueprint

blueprint = Blueprint("mutasi", __name__)
