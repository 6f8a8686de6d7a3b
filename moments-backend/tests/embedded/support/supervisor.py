"""Runs the embedded servers until terminated.

python -m tests.embedded.support.supervisor DIRECTORY [no-storage]
"""

import signal
import sys
from pathlib import Path

from embedded.stack import EmbeddedStack

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    storage = "no-storage" not in sys.argv
    address = "http://127.0.0.1:1"
    with EmbeddedStack(Path(sys.argv[1]), bucket="kept", storage=storage, durable=False, address=address):
        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        signal.pause()
