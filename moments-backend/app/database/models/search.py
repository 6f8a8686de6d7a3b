"""Tables of the search index, derived from documents and rows; `videomoments reindex` rebuilds them."""

from sqlalchemy import BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class SearchWord(Base):
    """One distinct word of the indexed transcripts; words of deleted transcripts remain."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index(
            "ix_search_words_trigrams",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )

    word: Mapped[str] = mapped_column(Text, primary_key=True)


class MomentTitle(Base):
    """The title of one moment as the user sees it; times in seconds."""

    __tablename__ = "moment_titles"
    __table_args__ = (
        Index("ix_moment_titles_words", text("search_vector('en', title)"), postgresql_using="gin"),
    )

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    moment_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    start_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float] = mapped_column(Double)
    title: Mapped[str] = mapped_column(Text)


class SearchBacklog(Base):
    """A video whose documents are not indexed yet; workers index it and delete the row."""

    __tablename__ = "search_backlog"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)


class TranscriptPassage(Base):
    """The vectors of some neighbouring segments; exists only where pgvector is available.

    `app/services/search/vectors.py` defines the formats.
    """

    __tablename__ = "transcript_passages"
    __table_args__ = (
        Index(
            "ix_transcript_passages_sketch",
            "sketch",
            postgresql_using="hnsw",
            postgresql_ops={"sketch": "bit_hamming_ops"},
            postgresql_with={"m": 12},
        ),
    )

    text_hash: Mapped[int] = mapped_column(BigInteger)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    first_segment: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_segment: Mapped[int] = mapped_column(Integer)
    sketch: Mapped[str] = mapped_column(BIT(384))
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    segment_sketches: Mapped[bytes] = mapped_column(LargeBinary)


class PassageBacklog(Base):
    """A video with passages that have no vectors yet; exists together with `transcript_passages`."""

    __tablename__ = "passage_backlog"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
