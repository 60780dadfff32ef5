"""What a host can listen to. A signal goes out after the commit, so that a listener never sees what is rolled back."""

from __future__ import annotations

from blinker import Namespace

__all__ = ["certificate_issued", "enrolment_decided", "mutasi_decided"]

_namespace = Namespace()

certificate_issued = _namespace.signal("kompetensi.certificate-issued")
"""Sent with ``certificate_id``, ``number`` and ``nip``."""

enrolment_decided = _namespace.signal("kompetensi.enrolment-decided")
"""Sent with ``enrolment_id``, ``status`` and ``nip``."""

mutasi_decided = _namespace.signal("kompetensi.mutasi-decided")
"""Sent with ``decision_id``, ``outcome`` and ``nip``."""
