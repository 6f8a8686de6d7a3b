"""The vocabulary of the library: the terms of the table, and those of the setting VOCABULARY."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.exceptions import InvalidRequestError
from app.database.session import transaction
from app.models.vocabulary import MAX_TERMS, Vocabulary, merge_terms
from app.repositories import vocabulary_repository


async def load(settings: Settings) -> Vocabulary:
    """Return all terms of the library."""
    async with transaction() as session:
        return await _vocabulary(session, settings)


async def replace(terms: Sequence[str], *, settings: Settings) -> Vocabulary:
    """Replace the terms of the table; unchanged ones keep their rows."""
    async with transaction() as session:
        await vocabulary_repository.lock(session)
        await _replace(session, terms)
        return await _vocabulary(session, settings)


async def change(added: Sequence[str], removed: Sequence[str], *, settings: Settings) -> Vocabulary:
    """Add and remove terms; case does not distinguish them.

    Raises:
        InvalidRequestError: the library would have more than `MAX_TERMS` terms.
    """
    async with transaction() as session:
        await vocabulary_repository.lock(session)
        gone = {term.casefold() for term in removed}
        kept = [
            term for term in await vocabulary_repository.list_terms(session) if term.casefold() not in gone
        ]
        terms = merge_terms([*kept, *added])
        if len(terms) > MAX_TERMS:
            raise InvalidRequestError(
                f"the vocabulary would have {len(terms)} terms; at most {MAX_TERMS} are possible",
                remedy="remove some with `videomoments vocabulary --remove TERM`",
            )
        await _replace(session, terms)
        return await _vocabulary(session, settings)


async def _replace(session: AsyncSession, terms: Sequence[str]) -> None:
    existing = set(await vocabulary_repository.list_terms(session))
    wanted = set(terms)
    await vocabulary_repository.remove(session, existing - wanted)
    await vocabulary_repository.add(session, sorted(wanted - existing))


async def _vocabulary(session: AsyncSession, settings: Settings) -> Vocabulary:
    terms = await vocabulary_repository.list_terms(session)
    return Vocabulary(
        terms=sorted(terms, key=lambda term: (term.casefold(), term)),
        settings_terms=merge_terms(settings.vocabulary),
    )
