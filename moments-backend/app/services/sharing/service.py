"""Share links: pages that play one video, moment or passage without a key.

A link to a moment or a passage plays an export of exactly this range, so that a visitor cannot reach the rest
of the video. Visitors get bytes only from this server, never a signed URL, which would name the bucket.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from redis.asyncio import Redis

from app.core.clock import utc_now
from app.core.concurrency import run_in_thread
from app.core.exceptions import (
    BucketConflictError,
    ExportFileMissingError,
    ExportNotFoundError,
    InvalidRequestError,
    ObjectNotFoundError,
    ResultNotFoundError,
    ShareLinkNotFoundError,
    SharePasswordRequiredError,
    TooManyShareFailuresError,
)
from app.database.models import ShareLink, Video
from app.database.session import transaction
from app.models.export import ExportCreate, ExportRead
from app.models.playback import Playback
from app.models.share import ShareCreate, SharedChapter, SharedState, SharedVideo, ShareRead, ShareState
from app.models.transcript import Transcript
from app.repositories import export_repository, share_link_repository as share_links
from app.repositories.share_link_repository import SharedLink
from app.services.access.failure_limiter import FailureLimiter
from app.services.chapters.service import ChapterService
from app.services.exports.captions import excerpt
from app.services.exports.selection import video_title
from app.services.exports.service import ExportService
from app.services.library.local_files import get_video_or_404
from app.services.sharing.passwords import hash_password, issue_cookie, verify_cookie, verify_password
from app.services.sharing.sentences import whole_sentences
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url
from app.services.storage.object_store import StoredObject
from app.services.storage.timeouts import with_request_timeout
from app.services.transcripts.captions import to_vtt
from app.services.transcripts.store import TranscriptStore

logger = logging.getLogger(__name__)

TOKEN_BYTES = 32
FAILURES_PREFIX = "videomoments:share-failures:"
PARALLEL_PASSWORD_CHECKS = 2
"""Visitors need no key, so their password checks must not take all threads."""

DescribePlayback = Callable[[Video], Awaitable[Playback]]


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link with its token, which is stored nowhere."""

    share: ShareRead
    token: str


class SharingService:
    """Creates and revokes links for users, and serves their content to visitors."""

    def __init__(
        self,
        redis: Redis,
        uploader: GCSUploader,
        exports: ExportService,
        transcripts: TranscriptStore,
        chapters: ChapterService,
        describe_playback: DescribePlayback,
    ) -> None:
        self._uploader = uploader
        self._exports = exports
        self._transcripts = transcripts
        self._chapters = chapters
        self._describe_playback = describe_playback
        self._failures = FailureLimiter(redis, FAILURES_PREFIX)
        self._password_checks = asyncio.Semaphore(PARALLEL_PASSWORD_CHECKS)

    # For users

    async def create(self, video_id: str, wanted: ShareCreate) -> NewShare:
        """Create a link; one to a moment or a passage queues the export that it plays.

        Raises:
            VideoNotFoundError: no row has this identifier.
            ResultNotFoundError: the moment does not exist.
            InvalidRequestError: the start or the passage is outside the video, or too short.
            ExportQueueFullError: too many exports would be active.
            DatabaseError, StorageError, LocalFileError: as named.
        """
        video = await get_video_or_404(video_id)
        _check_start(video, wanted)
        if wanted.whole_sentences:
            wanted = await self._with_whole_sentences(video, wanted)
        export = await self._request_export(video, wanted)
        stored = None
        if wanted.password is not None:
            stored = await run_in_thread(hash_password, wanted.password.get_secret_value())
        token, now = secrets.token_urlsafe(TOKEN_BYTES), utc_now()
        days = wanted.expires_in_days
        async with transaction() as session:
            link = await share_links.create(
                session,
                id=uuid4().hex,
                token_hash=_digest(token),
                video_id=video.id,
                moment_id=wanted.moment_id,
                start_time=wanted.start_time if export is None else export.start_time,
                end_time=None if export is None else export.end_time,
                export_id=None if export is None else export.id,
                title=wanted.title or (video_title(video) if export is None else export.title),
                password_hash=stored,
                expires_at=None if days is None else now + timedelta(days=days),
            )
            return NewShare(_to_read(SharedLink(link, video)), token)

    async def list_links(self, video_id: str | None = None) -> list[ShareRead]:
        """Return the newest links, of all videos or of one.

        Raises:
            VideoNotFoundError: no row has this identifier.
        """
        number = None if video_id is None else (await get_video_or_404(video_id)).id
        async with transaction() as session:
            return [_to_read(row) for row in await share_links.list_links(session, video_id=number)]

    async def revoke(self, share_id: str) -> None:
        """Revoke a link at once; repeating it changes nothing.

        Raises:
            ShareLinkNotFoundError: no link has this id.
        """
        async with transaction() as session:
            if await share_links.revoke(session, share_id, utc_now()) is None:
                raise ShareLinkNotFoundError
        await self._exports.delete_unshared()

    # For visitors

    async def open(self, token: str, client: str | None, cookie: str | None) -> SharedLink:
        """Return the link of a token.

        Args:
            cookie: what `enter_password` returned.

        Raises:
            ShareLinkNotFoundError: wrong, revoked or expired token, or the video was deleted.
            SharePasswordRequiredError: the link has a password, and the cookie does not prove it.
            TooManyShareFailuresError: the client guesses.
        """
        shared = await self._find(token, client)
        stored = shared.link.password_hash
        if stored is not None and not (cookie and verify_cookie(cookie, stored)):
            raise SharePasswordRequiredError("this link has a password", remedy="enter the password")
        return shared

    async def ensure_active(self, shared: SharedLink) -> None:
        """Check an opened link again with one query, for responses that last.

        Raises:
            ShareLinkNotFoundError: it was revoked or has expired, or the video was deleted.
        """
        async with transaction() as session:
            _ensure_active(await share_links.find_by_token(session, shared.link.token_hash))

    async def enter_password(self, token: str, client: str | None, password: str) -> str | None:
        """Verify the password of a link; return the value of the visitor's cookie, None without a password.

        Raises:
            ShareLinkNotFoundError, TooManyShareFailuresError: see `open`.
            SharePasswordRequiredError: the password is wrong.
        """
        stored = (await self._find(token, client)).link.password_hash
        if stored is None:
            return None
        async with self._password_checks:
            # Again: guesses that arrive together have all passed the first check.
            self._refuse_guessing(client)
            if not await run_in_thread(verify_password, password, stored):
                await self._count_failure(client, "Wrong password of a share link")
                raise SharePasswordRequiredError("the password is wrong", remedy="enter the password again")
        return issue_cookie(stored)

    async def describe(self, shared: SharedLink) -> SharedVideo:
        """Return what the page shows, and count the view."""
        link, video = shared
        async with transaction() as session:
            await share_links.count_view(session, link.id, utc_now())
        transcript = await self._transcript(shared)
        common = {
            "title": link.title,
            "has_captions": transcript is not None and bool(transcript.word_timestamps),
            "language": transcript.language if transcript is not None else None,
        }
        if link.end_time is None:
            playback = await self._describe_playback(video)
            chapters = (await self._chapters.list_for(video.identifier)).chapters
            return SharedVideo(
                **common,
                state=_playback_state(playback),
                percent=playback.percent if playback.percent is not None else 100,
                duration_seconds=video.duration_seconds,
                start_time=link.start_time or 0,
                chapters=[SharedChapter(start_time=each.start_time, title=each.title) for each in chapters],
            )
        export = await self._export(shared)
        states: dict[str, SharedState] = {"completed": "ready", "failed": "failed", "cancelled": "failed"}
        return SharedVideo(
            **common,
            state=states.get(export.state, "preparing"),
            percent=export.percent,
            duration_seconds=link.end_time - (link.start_time or 0),
        )

    async def captions(self, shared: SharedLink) -> str:
        """Return the captions of the shared range as WebVTT.

        Raises:
            ResultNotFoundError: the video has no transcript.
        """
        transcript = await self._transcript(shared)
        if transcript is None:
            raise ResultNotFoundError("transcript", shared.link.title)
        link = shared.link
        until = None if link.end_time is None else link.end_time - (link.start_time or 0)
        return await run_in_thread(lambda: to_vtt(transcript, until=until))

    async def stored_object(self, shared: SharedLink) -> StoredObject:
        """Return the object that the link plays: an export, a playback copy or the original.

        Raises:
            ExportNotReadyError, ObjectNotFoundError, BucketConflictError: it cannot be played now.
            StorageError, DatabaseError: as named.
        """
        path = await self._path(shared)
        stored = await with_request_timeout(self._uploader.describe_object(path))
        if stored is None:
            raise ObjectNotFoundError("the file of this link does not exist", remedy="ask the sender")
        return stored

    async def _path(self, shared: SharedLink) -> str:
        link, video = shared
        if link.end_time is not None:
            export = await self._export(shared)
            async with transaction() as session:
                row = await export_repository.get(session, export.id)
            if row is None or row.state != "completed" or row.gcs_path is None:
                raise ExportFileMissingError(export.id, "the shared file")
            return row.gcs_path
        playback = await self._describe_playback(video)
        if (playback.source, playback.state) == ("copy", "ready"):
            return self._uploader.playback_path(video.identifier)
        bucket, path = parse_cloud_url(video.cloud_url)
        if bucket != self._uploader.bucket_name:
            raise BucketConflictError(video.identifier, video.cloud_url, self._uploader.bucket_name)
        return path

    async def _export(self, shared: SharedLink) -> ExportRead:
        """Return the export of a range; a deleted one is requested again."""
        link, video = shared
        if link.export_id is not None:
            try:
                return await self._exports.get(link.export_id)
            except ExportNotFoundError:
                logger.info("Export of a share link requested again", extra={"share_id": link.id})
        start, end = link.start_time or 0, link.end_time
        wanted = ExportCreate(start_time=start, end_time=end, title=link.title)
        (export,) = await self._exports.request(video.identifier, wanted, for_share=True)
        async with transaction() as session:
            await share_links.set_export(session, link.id, export.id)
        return export

    async def _request_export(self, video: Video, wanted: ShareCreate) -> ExportRead | None:
        if wanted.moment_id is not None:
            request = ExportCreate(moment_ids=[wanted.moment_id])
        elif wanted.end_time is not None:
            title = wanted.title or video_title(video)
            request = ExportCreate(start_time=wanted.start_time or 0, end_time=wanted.end_time, title=title)
        else:
            return None
        await self._exports.delete_unshared()
        (export,) = await self._exports.request(video.identifier, request, for_share=True)
        return export

    async def _with_whole_sentences(self, video: Video, wanted: ShareCreate) -> ShareCreate:
        """Return the request for the passage that is widened to whole sentences, and named by them."""
        document = await self._transcripts.read_local_first(video.identifier)
        start, end = wanted.start_time or 0, wanted.end_time
        if document is None or end is None:
            return wanted
        passage = await run_in_thread(whole_sentences, document.content, start, end)
        if passage is None:
            return wanted
        length = video.duration_seconds
        until = passage.end if length is None else max(end, min(passage.end, length))
        changes = {
            "start_time": passage.start,
            "end_time": until,
            "title": wanted.title or passage.text or None,
        }
        return wanted.model_copy(update=changes)

    async def _transcript(self, shared: SharedLink) -> Transcript | None:
        link = shared.link
        document = await self._transcripts.read_local_first(shared.video.identifier)
        if document is None or link.end_time is None:
            return None if document is None else document.content
        return excerpt(document.content, link.start_time or 0, link.end_time)

    async def _find(self, token: str, client: str | None) -> SharedLink:
        self._refuse_guessing(client)
        async with transaction() as session:
            shared = await share_links.find_by_token(session, _digest(token))
        if shared is None:
            await self._count_failure(client, "Unknown share link")
        return _ensure_active(shared)

    def _refuse_guessing(self, client: str | None) -> None:
        if delay := self._failures.delay(client):
            raise TooManyShareFailuresError(math.ceil(delay))

    async def _count_failure(self, client: str | None, message: str) -> None:
        delay = await self._failures.add_failure(client)
        logger.warning(message, extra={"client": client, "refused_seconds": math.ceil(delay)})


def _check_start(video: Video, wanted: ShareCreate) -> None:
    start, duration = wanted.start_time or 0, video.duration_seconds
    if duration is not None and start >= duration:
        raise InvalidRequestError(
            f"start_time is {start:g} s, and the video lasts {duration:g} s",
            remedy="choose a time within the video",
        )


def _playback_state(playback: Playback) -> SharedState:
    if playback.source == "copy" and playback.state in {"queued", "processing"}:
        return "preparing"
    return "ready"


def _ensure_active(shared: SharedLink | None) -> SharedLink:
    if shared is None or _state(shared.link) != "active":
        raise ShareLinkNotFoundError
    return shared


def _state(link: ShareLink) -> ShareState:
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.expires_at is not None and link.expires_at <= utc_now() else "active"


def _to_read(shared: SharedLink) -> ShareRead:
    link, video = shared
    return ShareRead(
        id=link.id,
        video_id=video.identifier,
        video_title=video_title(video),
        moment_id=link.moment_id,
        start_time=link.start_time,
        end_time=link.end_time,
        title=link.title,
        state=_state(link),
        has_password=link.password_hash is not None,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        views=link.views,
        last_viewed_at=link.last_viewed_at,
        created_at=link.created_at,
    )


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
