import pytest
from sqlalchemy.engine import make_url

from app.core.urls.database import normalise_database_url


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("postgresql+psycopg://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgresql://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d?ssl=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+asyncpg://u:p@h/d?ssl=verify-full", "postgresql+psycopg://u:p@h/d?sslmode=verify-full"),
        ("postgresql+asyncpg://u:p@h/d?ssl=true", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+asyncpg://u:p@h/d?ssl=False", "postgresql+psycopg://u:p@h/d?sslmode=disable"),
        ("postgresql://u@h/d?ssl=require&sslmode=disable", "postgresql+psycopg://u@h/d?sslmode=disable"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+psycopg://u@h/d?sslmode=require"),
        (
            "postgresql+asyncpg://u@h/d?statement_cache_size=0&command_timeout=5&application_name=x",
            "postgresql+psycopg://u@h/d?application_name=x",
        ),
        ("postgresql://u:a%40b%2Fc%25@h/d", "postgresql+psycopg://u:a%40b%2Fc%25@h/d"),
        ("postgresql://u@/d?host=/run/postgresql", "postgresql+psycopg://u@/d?host=%2Frun%2Fpostgresql"),
        ("postgresql://u@[::1]:5433/d", "postgresql+psycopg://u@[::1]:5433/d"),
    ],
)
def test_spellings_of_one_server_are_normalised(given: str, normal: str) -> None:
    assert make_url(normalise_database_url(given)) == make_url(normal)
    assert normalise_database_url(normalise_database_url(given)) == normalise_database_url(given)


@pytest.mark.parametrize("given", ["", "localhost:5432", "postgresql:/", "://u@h/d", "postgresql://h:port/d"])
def test_invalid_url_is_rejected(given: str) -> None:
    with pytest.raises(ValueError, match=r"not a database URL; expected postgresql://"):
        normalise_database_url(given)


@pytest.mark.parametrize("given", ["mysql://u:secret@h/d", "sqlite:///x.db", "postgresql+pg8000://h/d"])
def test_other_databases_are_rejected(given: str) -> None:
    with pytest.raises(ValueError, match="is not a PostgreSQL URL") as caught:
        normalise_database_url(given)
    assert "secret" not in str(caught.value)
