"""Normalisation of source URLs, and the video ids derived from them.

Two links are the same source if they differ only in spelling (RFC 3986, section 6.2.2), tracking parameters
or temporary signatures. In doubt they are different: a second download costs time, a mix-up loses a video.

Rejected libraries: `docs/decisions/0004-source-url-normalization.md`.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from posixpath import basename
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

import idna
from slugify import slugify

from app.core.exceptions import InvalidRequestError
from app.core.terminal_text import is_unicode
from app.core.urls.video_sites import site_video

MAX_SLUG_LENGTH = 50
MAX_IDENTIFIER_LENGTH = 255
GENERIC_NAMES = frozenset(
    {"video", "clip", "output", "download", "untitled", "temp", "file", "movie", "media"}
)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_PATH_SAFE = "/!$&'()*+,;=:@%"
_QUERY_SAFE = "/?!$'()*+,;:@%"
_DIGITS = 8

TRACKING_PREFIX = "utm_"
TRACKING = frozenset(
    {"_ga", "_gl", "_hsenc", "_hsmi", "dclid", "fbclid", "gad_source", "gbraid", "gclid", "gclsrc", "igsh"}
    | {"igshid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id", "oly_enc_id"}
    | {"srsltid", "ttclid", "twclid", "vero_id", "wbraid", "yclid", "ysclid"}
)
"""Parameters that track the origin of a visitor."""

YOUTUBE_TRACKING = frozenset({"si", "feature", "pp"})
_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com", "youtu.be")


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """Query parameters of a service's signed links; they are dropped if all `marks` are present."""

    marks: frozenset[str]
    names: frozenset[str] = frozenset()
    prefix: str | None = None

    def covers(self, name: str) -> bool:
        by_prefix = self.prefix is not None and name.startswith(self.prefix)
        return by_prefix or name in self.marks or name in self.names


SIGNATURE_SCHEMES = (
    # https://cloud.google.com/storage/docs/authentication/signatures
    SignatureScheme(frozenset(), prefix="x-goog-"),
    SignatureScheme(frozenset({"googleaccessid", "signature"}), frozenset({"expires"})),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    SignatureScheme(frozenset(), prefix="x-amz-"),
    SignatureScheme(frozenset({"x-amz-signature"}), frozenset({"x-id"})),
    SignatureScheme(
        frozenset({"awsaccesskeyid", "signature"}), frozenset({"expires", "x-amz-security-token"})
    ),
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
    SignatureScheme(
        frozenset({"key-pair-id", "signature"}), frozenset({"expires", "policy", "hash-algorithm"})
    ),
    # https://cloud.google.com/cdn/docs/using-signed-urls
    SignatureScheme(frozenset({"keyname", "signature"}), frozenset({"expires"})),
    # https://learn.microsoft.com/rest/api/storageservices/create-service-sas and create-user-delegation-sas
    SignatureScheme(
        frozenset({"sig", "sv"}),
        frozenset({"sdd", "se", "si", "sip", "sp", "spr", "sr", "srt", "ss", "st", "ses"})
        | {"skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid"},
    ),
)
"""Known signatures only: `token`, `key` or a lone `expires` may identify the video and are kept."""


def normalise_source_url(url: str) -> str:
    """Return the URL under which a source is stored and looked up.

    Scheme and host become lower-case ASCII; default port, fragment, credentials, unneeded escapes, tracking
    and signature parameters are removed; parameters are sorted by name. The path keeps its case and slashes.
    All URLs of one video on a known site become one URL. `gs://bucket/name` keeps the object name.

    Raises:
        InvalidRequestError: not an http, https or gs URL.
    """
    text = url.strip()
    if _CONTROL.search(text) or not is_unicode(text):
        raise _invalid("it contains an invalid character")
    try:
        parts = urlsplit(text)
        if parts.scheme == "gs":
            return _normalise_gs(text)
        parts = _normalise_parts(parts)
    except ValueError as error:
        raise _invalid(str(error)) from error
    known = site_video(parts)
    return known.url if known else urlunsplit(parts)


def video_id_from_url(url: str) -> str:
    """Derive a video id from a link, without checking whether it is in use.

    The id is `{site}-{id on the site}` for known sites, otherwise the slug of the file name, or `video-` and
    eight hex digits of the normalised link's SHA-256 for generic file names.

    Raises:
        InvalidRequestError: not an http, https or gs URL.
    """
    normalised = normalise_source_url(url)
    parts = urlsplit(normalised)
    known = site_video(parts)
    if known:
        return known.video_id
    name = normalised.rpartition("/")[2] if parts.scheme == "gs" else unquote(basename(parts.path))
    slug = slug_from_url(name)
    return f"video-{hash_suffix(normalised)}" if len(slug) <= 1 or slug in GENERIC_NAMES else slug


def with_hash_suffix(slug: str, url: str) -> str:
    """Append the hash of the link to a slug that is in use. The result has at most 255 characters."""
    room = MAX_IDENTIFIER_LENGTH - _DIGITS - 1
    return f"{slug[:room].rstrip('-')}-{hash_suffix(normalise_source_url(url))}"


def hash_suffix(normalised_url: str) -> str:
    """Return eight hex digits of the hash of a normalised link."""
    return hashlib.sha256(normalised_url.encode()).hexdigest()[:_DIGITS]


def slug_from_url(filename: str) -> str:
    """Return the file name without its suffix as lower-case ASCII words; may be empty."""
    stem = os.path.splitext(f"x{filename}")[0][1:]  # noqa: PTH122 - with the x, `.mp4` is a suffix too
    # Fix the transliteration backend: another installed one would change the ids.
    return slugify(
        stem, max_length=MAX_SLUG_LENGTH, word_boundary=True, save_order=True, backend="text-unidecode"
    )


def _invalid(cause: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"invalid link: {cause}", remedy="use a link that starts with https://, http:// or gs://"
    )


def _normalise_gs(text: str) -> str:
    bucket, slash, name = text.partition("://")[2].partition("/")
    if not bucket or not slash or not name or name.endswith("/"):
        raise ValueError("expected gs://bucket/name")
    return f"gs://{bucket.lower()}/{name}"


def _normalise_parts(parts: SplitResult) -> SplitResult:
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("its scheme is not http, https or gs" if parts.scheme else "it has no scheme")
    host = _normalise_host(parts.hostname or "")
    port = parts.port  # raises ValueError for an invalid port
    netloc = host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"
    path = _without_dots(_normalise_escapes(parts.path, _PATH_SAFE)) or "/"
    return SplitResult(parts.scheme, netloc, path, _normalise_query(parts.query, host), "")


def _normalise_host(host: str) -> str:
    """Return the host in lower-case ASCII; raise ValueError for an invalid one."""
    if ":" in host:
        return f"[{IPv6Address(host).compressed}]"
    name = unquote(host).rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"its host is not valid ({error})") from error
    name = name.lower()
    if not _HOST.fullmatch(name) or ".." in name:
        raise ValueError("its host is not valid" if name else "it has no host")
    return name


def _normalise_query(query: str, host: str) -> str:
    pairs = [_normalise_escapes(pair, f"{_QUERY_SAFE}=") for pair in query.split("&") if pair]
    named = [(unquote(pair.partition("=")[0]).lower(), pair) for pair in pairs]
    names = {name for name, _ in named}
    schemes = [scheme for scheme in SIGNATURE_SCHEMES if scheme.marks <= names]
    on_youtube = any(host == known or host.endswith(f".{known}") for known in _YOUTUBE_HOSTS)

    def is_dropped(name: str) -> bool:
        return (
            name.startswith(TRACKING_PREFIX)
            or name in TRACKING
            or (on_youtube and name in YOUTUBE_TRACKING)
            or any(scheme.covers(name) for scheme in schemes)
        )

    # Sort by name only: the order of several values of one name may matter.
    kept = [pair for name, pair in named if not is_dropped(name)]
    return "&".join(sorted(kept, key=lambda pair: pair.partition("=")[0]))


def _normalise_escapes(text: str, safe: str) -> str:
    """Escape exactly the characters that need it, in upper case."""

    def rewritten(escape: re.Match[str]) -> str:
        character = chr(int(escape.group(1), 16))
        return character if _UNRESERVED.fullmatch(character) else escape.group().upper()

    return quote(_ESCAPE.sub(rewritten, _STRAY_PERCENT.sub("%25", text)), safe=safe)


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986, section 5.2.4). Empty segments are kept."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "".join(f"/{segment}" for segment in kept)
