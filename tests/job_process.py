"""A process that runs jobs and can be killed: prints what it does, and takes its time over each certificate.

``python job_process.py serve`` starts the engine and stays; ``… run JOB`` runs one job here. The application's database
and folder are those of the environment.
"""

from __future__ import annotations

import sys
import time

from factories import NOW, TODAY  # noqa: F401  (the same clock as the test)
from graduates import OneByOne

from kompetensi.app import create_app
from kompetensi.context import state
from kompetensi.rules.certificates import CertificateFacts, canonical_json


class SlowRenderer(OneByOne):
    """Tells each certificate that it makes."""

    def render_certificate(self, facts: CertificateFacts, design=None) -> bytes:
        print("rendering", facts.number, flush=True)
        time.sleep(0.15)
        return b"%PDF-1.7\n" + canonical_json(facts) + f"\n/ID [({facts.token}) (x)]\nstartxref\n%%EOF\n".encode()


def main() -> None:
    """Do what the command line asks."""
    from dataclasses import replace

    from kompetensi.adapters.executors import executor_id
    from kompetensi.jobs import JobRunner

    app = create_app({"SECRET_KEY": "for tests only"})
    app.extensions["kompetensi"] = replace(state(app), renderer=SlowRenderer())
    print("process", executor_id(), flush=True)
    if sys.argv[1] == "run":
        JobRunner(app).run(sys.argv[2], executor_id())
        print("ended", flush=True)
        return
    engine = state(app).jobs
    engine.launch()
    print("launched", flush=True)
    for line in sys.stdin:
        engine.start(line.strip())
        print("started", flush=True)
    engine.close()
    print("closed", flush=True)


if __name__ == "__main__":
    main()
