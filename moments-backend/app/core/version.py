"""Version of the product, as in `pyproject.toml`."""

VERSION = "0.1.0"
