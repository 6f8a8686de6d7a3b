"""`/api/vocabulary`: names and terms that the recogniser should prefer."""

from fastapi import APIRouter

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.vocabulary import Vocabulary, VocabularyUpdate
from app.services.transcripts import vocabulary

router = APIRouter(prefix="/vocabulary", tags=["transcripts"])


@router.get("", responses=problem_responses(503))
async def get_vocabulary(container: ContainerDep) -> Vocabulary:
    """Return the vocabulary of the library."""
    return await vocabulary.load(container.settings)


@router.put("", responses=problem_responses(422, 503))
async def replace_vocabulary(
    new: VocabularyUpdate, container: ContainerDep, event: AuditEventDep
) -> Vocabulary:
    """Replace the terms of the library. Later transcriptions use them; existing transcripts do not change."""
    replaced = await vocabulary.replace(new.terms, settings=container.settings)
    event.set(terms=len(replaced.terms))
    return replaced
