"""Foreign formats, one module each: bytes to plain dataclasses and back, every refusal with its place."""
