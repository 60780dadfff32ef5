"""Pages of the area evaluations."""
from flask import Blueprint

blueprint = Blueprint("evaluations", __name__)
