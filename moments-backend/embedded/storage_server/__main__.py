"""Runs the storage server: `python -m embedded.storage_server CONFIGURATION`.

The configuration is a JSON file that only its owner can read, because it holds the bearer token.
"""

import json
import logging
import sys
from pathlib import Path

import uvicorn

from app.core.http_protocol import LimitedHttpProtocol
from embedded.storage_server.application import StorageServer
from embedded.storage_server.signatures import SignatureVerifier
from embedded.storage_server.store import Store


def main(configuration: Path) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    options = json.loads(configuration.read_text())
    port = int(options["port"])
    store = Store(Path(options["data"]), durable=bool(options["durable"]))
    verifier = SignatureVerifier(json.loads(Path(options["key_file"]).read_text()))
    application = StorageServer(store, verifier, token=options["token"])
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        http=LimitedHttpProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
