"""`videomoments vocabulary`: names and terms that the recogniser should prefer."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.vocabulary import Vocabulary

EPILOG = """
Later transcriptions use the terms. To apply them to an existing transcript, run `videomoments transcribe ID`.
A term has at most 100 characters, and a library at most 100 terms.

**Examples**

    videomoments vocabulary                                   list the terms
    videomoments vocabulary --add "Sydney Carton" --add Manette
    videomoments vocabulary --remove Manette

**Exit codes**

    0    done
    2    usage error, too many terms, or a term that is too long
    3    database unavailable
"""


def vocabulary(
    *,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="TERM", help="Add a term; may be repeated.", show_default=False),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="TERM", help="Remove a term; may be repeated.", show_default=False),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """List or change the vocabulary of the library."""
    output.force_utf8_streams()
    found = asyncio.run(_run(add or [], remove or []))
    if json_output:
        output.print_json(found.model_dump(mode="json"))
        return
    lines = [*found.terms, *(f"{term}  (setting VOCABULARY)" for term in found.settings_terms)]
    output.print_stdout("".join(f"{line}\n" for line in lines))
    if not lines:
        output.print_stderr("No terms; add one with --add TERM")


async def _run(added: list[str], removed: list[str]) -> "Vocabulary":
    # Not needed for help and usage errors.
    from app.services.transcripts import vocabulary as library  # noqa: PLC0415
    from cli.audit_record import open_database, record_change  # noqa: PLC0415

    terms = _terms(added)
    async with open_database() as settings:
        if not added and not removed:
            return await library.load(settings)
        changed = await library.change(terms, removed, settings=settings)
        await record_change(settings, "vocabulary.update", "vocabulary", None, terms=len(changed.terms))
    return changed


def _terms(added: list[str]) -> list[str]:
    from pydantic import ValidationError  # noqa: PLC0415

    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415
    from app.models.vocabulary import VocabularyUpdate  # noqa: PLC0415

    try:
        return VocabularyUpdate(terms=added).terms
    except ValidationError as error:
        problem = error.errors()[0]
        raise InvalidRequestError(f"invalid term: {problem['msg'].removeprefix('Value error, ')}") from error
