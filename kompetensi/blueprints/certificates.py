"""Pages of the area certificates."""

from flask import Blueprint

blueprint = Blueprint("certificates", __name__)
