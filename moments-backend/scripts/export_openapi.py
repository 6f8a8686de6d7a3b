"""Writes the API's OpenAPI document: `python -m scripts.export_openapi [--check] FILE`.

The types of the web app are generated from it. No server is needed. `--check` compares FILE with the document
instead of writing it.
"""

import argparse
import json
import sys
from pathlib import Path

from app.main import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.export_openapi")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 if FILE differs from the document")
    arguments = parser.parse_args()
    document = json.dumps(create_app().openapi(), indent=2) + "\n"
    if not arguments.check:
        arguments.file.write_text(document, encoding="utf-8")
    elif arguments.file.read_text(encoding="utf-8") != document:
        sys.exit(f"{arguments.file} differs from the API; delete it and run `make web`")


if __name__ == "__main__":
    main()
