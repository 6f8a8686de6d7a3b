"""Add the search index: folding and vectors of text, words, moments' titles, passages and the backlog.

No table of transcripts has rows at this revision's release, so its indexes are created at once; workers index
the transcripts of existing videos, which `search_backlog` lists.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Text search configurations by language code; those that the server lacks are left out."""

REMOVED = (
    r"\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    r"\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
)
"""Marks of letters, and characters without width."""
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u00d7\u00f7\u02b0-\u02ff\u055a-\u055f\u0589\u058a\u05be"
    r"\u05f3\u05f4\u060c-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965\u1680\u2000-\u200a\u2010-\u2029"
    r"\u202f-\u205f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d\u30fb"
    r"\ud7fc-\ud7ff\ue000-\uf8ff\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uff0f\uff61-\uff65\U0001f000-\U0001faff"
)
"""Punctuation, symbols and spaces, after normalisation and lower case."""
SINGLE = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\u303c"
    r"\u303e-\u30fa\u30fc-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Characters of scripts without spaces between words (and Hangul): each becomes a word of its own."""

FOLD = r"""
    CREATE FUNCTION {schema}.search_fold(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $function$
    DECLARE
        folded text := left(value, 100000);
    BEGIN
        IF strpos(folded, ',') > 0 THEN  -- thousands
            folded := regexp_replace(folded COLLATE "C", '([0-9]),(?=[0-9]{{3}}(?![0-9]))', '\1', 'g');
        END IF;
        IF octet_length(folded) = length(folded) THEN
            RETURN regexp_replace(lower(folded COLLATE "C") COLLATE "C", '[^a-z0-9]+', ' ', 'g');
        END IF;
        folded := lower(normalize(folded, NFKD) COLLATE {collation});
        folded := replace(folded, U&'\0438\0306', U&'\0439');
        folded := regexp_replace(folded COLLATE "C", '[{removed}]+', '', 'g');
        folded := translate(folded, 'øđłħıðŧς', 'odlhidtσ');
        folded := replace(replace(folded, 'ß', 'ss'), 'æ', 'ae');
        folded := replace(replace(folded, 'œ', 'oe'), 'þ', 'th');
        folded := normalize(regexp_replace(folded COLLATE "C", '[{separators}]+', ' ', 'g'), NFC);
        IF folded COLLATE "C" ~ '[{single}]' THEN
            folded := regexp_replace(folded COLLATE "C", '([{single}])', ' \1 ', 'g');
        END IF;
        RETURN folded;
    END $function$
"""
CONFIGURATION = """
    CREATE FUNCTION {schema}.search_configuration(language text) RETURNS regconfig
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $function$
    BEGIN
        RETURN CASE language {cases} END;
    END $function$
"""
VECTOR = """
    CREATE FUNCTION {schema}.search_vector(language text, value text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 2000 AS $function$
    DECLARE
        folded text := {schema}.search_fold(value);
        configuration regconfig := {schema}.search_configuration(language);
    BEGIN
        IF configuration IS NULL THEN
            RETURN to_tsvector('pg_catalog.simple', folded);
        END IF;
        RETURN to_tsvector('pg_catalog.simple', folded) || to_tsvector(configuration, folded);
    END $function$
"""
QUERY = """
    CREATE FUNCTION {schema}.search_query(value text, languages text[]) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 500 AS $function$
    DECLARE
        folded text := {schema}.search_fold(value);
        found tsquery := phraseto_tsquery('pg_catalog.simple', folded);
        stemmed tsquery;
        language text;
    BEGIN
        FOREACH language IN ARRAY languages LOOP
            stemmed := phraseto_tsquery({schema}.search_configuration(language), folded);
            IF numnode(stemmed) > 0 AND NOT found @> stemmed THEN
                found := found || stemmed;
            END IF;
        END LOOP;
        RETURN found;
    END $function$
"""
FUNCTIONS = (
    "search_query(text, text[])",
    "search_vector(text, text)",
    "search_configuration(text)",
    "search_fold(text)",
)

VIDEO_TEXT = (
    "coalesce(nullif(title, ''), identifier) || ' ' || coalesce(channel, '') || ' '"
    " || coalesce(description, '')"
)
"""The user's texts of a video, without `concat_ws`, which is not immutable."""

INDEXES = {
    "transcript_segments": "search_vector(language, text)",
    "videos": f"search_vector(coalesce(language, 'en'), {VIDEO_TEXT})",
    "moment_titles": "search_vector('en', title)",
    "chapters": "search_vector('en', title)",
}
"""Indexed expressions; the index of a table is named `ix_{table}_words`."""


def upgrade() -> None:
    _create_functions()
    _create_tables()
    for table, expression in INDEXES.items():
        # With the pending list of `fastupdate`, searches after each write would be slow.
        op.execute(
            f"CREATE INDEX ix_{table}_words ON {table} USING gin ({expression}) WITH (fastupdate = off)"
        )
    if (schema := _extension_schema("pg_trgm")) is not None:
        op.execute(
            "CREATE INDEX ix_search_words_trigrams ON search_words"
            f" USING gin (word {schema}.gin_trgm_ops) WITH (fastupdate = off)"
        )
    if (schema := _extension_schema("vector")) is not None:
        _create_passages(schema)
    op.execute("INSERT INTO search_backlog (video_id) SELECT id FROM videos")


def _create_functions() -> None:
    connection = op.get_bind()
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    existing = set(connection.exec_driver_sql("SELECT cfgname FROM pg_ts_config").scalars())
    collations = set(connection.exec_driver_sql("SELECT collname FROM pg_collation").scalars())
    # Lower case independent of the database's locale, which may support ASCII only.
    collation = next((f'"{name}"' for name in ("pg_c_utf8", "und-x-icu") if name in collations), '"default"')
    cases = " ".join(
        f"WHEN '{language}' THEN 'pg_catalog.{name}'::regconfig"
        for language, name in LANGUAGES.items()
        if name in existing
    )
    values = {"schema": schema, "collation": collation, "cases": cases}
    values |= {"removed": REMOVED, "separators": SEPARATORS, "single": SINGLE}
    for function in (FOLD, CONFIGURATION, VECTOR, QUERY):
        connection.exec_driver_sql(function.format(**values))


def _create_tables() -> None:
    op.add_column(
        "transcript_segments",
        sa.Column("language", sa.String(8), nullable=False, server_default="und"),
    )
    op.create_table("search_words", sa.Column("word", sa.Text, primary_key=True))
    op.create_table(
        "moment_titles",
        _video_id(),
        sa.Column("moment_id", sa.String(16), primary_key=True),
        sa.Column("start_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
    )
    op.create_table("search_backlog", _video_id())


def _create_passages(schema: str) -> None:
    op.execute("""
        CREATE TABLE transcript_passages (
            text_hash bigint NOT NULL,
            video_id integer NOT NULL
                CONSTRAINT fk_transcript_passages_video_id_videos REFERENCES videos (id) ON DELETE CASCADE,
            first_segment integer NOT NULL,
            last_segment integer NOT NULL,
            sketch bit(384) NOT NULL,
            embedding bytea NOT NULL,
            segment_sketches bytea NOT NULL,
            CONSTRAINT pk_transcript_passages PRIMARY KEY (video_id, first_segment)
        )
    """)
    op.execute(f"""
        CREATE INDEX ix_transcript_passages_sketch ON transcript_passages
        USING hnsw (sketch {schema}.bit_hamming_ops) WITH (m = 12)
    """)
    op.create_table("passage_backlog", _video_id())


def _extension_schema(name: str) -> str | None:
    """Return the schema of an extension, created if the server and the role permit; None without it."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
    except DBAPIError:  # not installed on the server, or reserved for superusers
        return None
    find = sa.text(
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
        " WHERE extname = :name"
    )
    return connection.execute(find, {"name": name}).scalar_one_or_none()


def _video_id() -> sa.Column[int]:
    return sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS transcript_passages, passage_backlog")
    for table in ("chapters", "videos", "transcript_segments"):
        op.drop_index(f"ix_{table}_words", table)
    for table in ("search_backlog", "moment_titles", "search_words"):
        op.drop_table(table)
    op.drop_column("transcript_segments", "language")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
