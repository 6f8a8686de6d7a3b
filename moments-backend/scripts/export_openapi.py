"""Writes the API's OpenAPI document: `python -m scripts.export_openapi FILE`.

The types of the web app are generated from it. No server is needed.
"""

import json
import sys
from pathlib import Path

from app.main import create_app


def main() -> None:
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and FILE
        sys.exit("usage: python -m scripts.export_openapi FILE")
    Path(sys.argv[1]).write_text(json.dumps(create_app().openapi(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
