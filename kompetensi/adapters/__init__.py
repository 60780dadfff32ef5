"""Implementations of the ports; one outside thing a file."""
