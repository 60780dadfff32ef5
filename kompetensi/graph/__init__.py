"""The competency graph: pure functions over plain data. Standard library, networkx and solvers only, no I/O."""
