"""Invented people of Gorontalo: who they are, how they are drawn, how they get into the database."""
