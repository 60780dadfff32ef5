"""Pages of the area verify."""

from flask import Blueprint

blueprint = Blueprint("verify", __name__)
