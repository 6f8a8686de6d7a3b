"""Table `chapters`: the index of the authoritative JSON documents."""

from sqlalchemy import Double, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class VideoChapter(Base):
    """One chapter of a video; times in seconds."""

    __tablename__ = "chapters"
    __table_args__ = (Index("ix_chapters_words", text("search_vector('en', title)"), postgresql_using="gin"),)

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    start_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float] = mapped_column(Double)
    title: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(10))
