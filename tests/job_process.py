"""A process that runs jobs and can be killed: prints what it does, and takes its time over each certificate.

``python job_process.py serve`` starts the engine and stays; ``… run JOB`` runs one job here. The application's database
and folder are those of the environment.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from graduates import OneByOne

from kompetensi.adapters.executors import executor_id
from kompetensi.app import create_app
from kompetensi.context import state
from kompetensi.jobs import JobRunner
from kompetensi.rules.certificates import CertificateFacts, canonical_json


def tell(*words: object) -> None:
    """Say something to the test that reads along."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class SlowRenderer(OneByOne):
    """Tells each certificate that it makes."""

    def render_certificate(self, facts: CertificateFacts, design=None) -> bytes:
        tell("rendering", facts.number)
        time.sleep(0.15)
        return b"%PDF-1.7\n" + canonical_json(facts) + f"\n/ID [({facts.token}) (x)]\nstartxref\n%%EOF\n".encode()


def main() -> None:
    """Do what the command line asks."""
    app = create_app({"SECRET_KEY": "for tests only"})
    app.extensions["kompetensi"] = replace(state(app), renderer=SlowRenderer())
    tell("process", executor_id())
    if sys.argv[1] == "run":
        JobRunner(app).run(sys.argv[2], executor_id())
        tell("ended")
        return
    engine = state(app).jobs
    engine.launch()
    tell("launched")
    for line in sys.stdin:
        engine.start(line.strip())
        tell("started")
    engine.close()
    tell("closed")


if __name__ == "__main__":
    main()
