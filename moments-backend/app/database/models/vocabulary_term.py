"""Table `vocabulary_terms`: names and terms that the recogniser should prefer."""

from datetime import datetime

from sqlalchemy import DateTime, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class VocabularyTerm(Base):
    """One name or term of the library's vocabulary."""

    __tablename__ = "vocabulary_terms"

    term: Mapped[str] = mapped_column(String(100), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
