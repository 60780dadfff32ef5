"""Optimisers over plain data: timetable, rotation, demand. Pure; the path planner lives in graph.paths."""
