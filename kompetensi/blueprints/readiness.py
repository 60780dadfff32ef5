"""Pages of the area readiness."""

from flask import Blueprint

blueprint = Blueprint("readiness", __name__)
