"""Names of processes that run jobs, and whether the process behind a name is still there."""

from __future__ import annotations

import os
import secrets
import socket

__all__ = ["executor_id", "is_gone"]

_LONGEST_HOST = 36
_names: dict[int, str] = {}


def executor_id() -> str:
    """Return the name of this process: machine, process number, and eight signs that no other start has."""
    process = os.getpid()  # a process that was forked from ours has a name of its own
    return _names.setdefault(process, f"{_host()}:{process}:{secrets.token_hex(4)}")


def is_gone(executor: str) -> bool:
    """Whether a process is known to have ended; False for one on another machine, which only its silence tells."""
    host, process, _ = [*executor.split(":"), "", ""][:3]
    if executor == executor_id() or host != _host() or not process.isdecimal():
        return False
    if int(process) == os.getpid():
        return True  # its number is ours now
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _host() -> str:
    return socket.gethostname().replace(":", "-")[:_LONGEST_HOST]
