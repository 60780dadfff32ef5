"""Competency graph, training paths, certificates and transfer eligibility. Import the part you need."""
