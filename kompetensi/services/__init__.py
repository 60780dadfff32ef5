"""Use cases: session, actor and plain values in, a frozen dataclass out. They flush; only the edge commits."""
