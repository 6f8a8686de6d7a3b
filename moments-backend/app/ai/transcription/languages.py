"""Language codes of the engines; see `app.core.languages`."""

from app.core.languages import language_code

__all__ = ["language_code"]
