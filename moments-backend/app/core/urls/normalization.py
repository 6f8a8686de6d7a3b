"""The one address of a source, and the id of a video made from it.

Two links are one source when nothing tells them apart but the way they are written (RFC 3986, section 6.2.2),
who passed them on, or a signature that lets its bearer in for a while. A link that cannot be shown to be
another's twin stays its own: fetching a video twice costs time, taking one for another loses it.

Why no library does this: `docs/decisions/0004-source-url-normalization.md`.
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
"""Parameters that tell a site where its visitor came from."""

YOUTUBE_TRACKING = frozenset({"si", "feature", "pp"})
_YOUTUBE_HOSTS = ("youtube.com", "youtube-nocookie.com", "youtu.be")


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """How a service signs a link: what to leave out of one that has all the `marks`."""

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
"""Only what is known to sign: `token`, `key` or a lone `expires` may as well name the video, so they stay."""


def normalise_source_url(url: str) -> str:
    """The address under which a source is kept and looked up.

    Scheme and host in lower case and ASCII, no default port, no fragment, no user name or password, escapes
    only where they are needed, parameters in the order of their names, without those that track or sign. The
    path keeps its case and its slashes. Addresses of one video on a site that we know become one address.
    `gs://bucket/name` is kept letter by letter: in an object's name everything counts.

    Raises:
        InvalidRequestError: no http, https or gs address.
    """
    text = url.strip()
    if _CONTROL.search(text) or not _is_encodable(text):
        raise _refused("a character in it cannot stand in a link")
    try:
        parts = urlsplit(text)
        if parts.scheme == "gs":
            return _normalise_gs(text)
        parts = _normalise_parts(parts)
    except ValueError as error:
        raise _refused(str(error)) from error
    known = site_video(parts)
    return known.address if known else urlunsplit(parts)


def video_id_from_url(url: str) -> str:
    """The id of the video that comes from this link, before anybody looked whether it is taken.

    For a site's video `{site}-{the site's own id}`; else the file's name as a slug, cut between words; and
    for a file without a telling name `video-` and eight digits of the normalised link's SHA-256.

    Raises:
        InvalidRequestError: no http, https or gs address.
    """
    address = normalise_source_url(url)
    parts = urlsplit(address)
    known = site_video(parts)
    if known:
        return known.video_id
    name = address.rpartition("/")[2] if parts.scheme == "gs" else unquote(basename(parts.path))
    slug = slug_from_url(name)
    return f"video-{hash_suffix(address)}" if len(slug) <= 1 or slug in GENERIC_NAMES else slug


def with_hash_suffix(slug: str, url: str) -> str:
    """`slug` with the link's digits, for when another video holds the slug alone. At most 255 characters."""
    room = MAX_IDENTIFIER_LENGTH - _DIGITS - 1
    return f"{slug[:room].rstrip('-')}-{hash_suffix(normalise_source_url(url))}"


def hash_suffix(address: str) -> str:
    """Eight hex digits that stand for a normalised link."""
    return hashlib.sha256(address.encode()).hexdigest()[:_DIGITS]


def slug_from_url(filename: str) -> str:
    """A file name without its ending, as lower-case ASCII words; empty when it holds none."""
    stem = os.path.splitext(f"x{filename}")[0][1:]  # noqa: PTH122 - with the x, `.mp4` is an ending too
    # The transliteration is named, because another one that happens to be installed would change the ids.
    return slugify(
        stem, max_length=MAX_SLUG_LENGTH, word_boundary=True, save_order=True, backend="text-unidecode"
    )


def _refused(cause: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the link cannot be used: {cause}", remedy="give one that begins with https://, http:// or gs://"
    )


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character, as a damaged JSON text may hold
        return False
    return True


def _normalise_gs(text: str) -> str:
    bucket, slash, name = text.partition("://")[2].partition("/")
    if not bucket or not slash or not name or name.endswith("/"):
        raise ValueError("gs://bucket/name is expected")
    return f"gs://{bucket.lower()}/{name}"


def _normalise_parts(parts: SplitResult) -> SplitResult:
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("its scheme is not http, https or gs" if parts.scheme else "it has no scheme")
    host = _normalise_host(parts.hostname or "")
    port = parts.port  # raises ValueError for what is no port
    netloc = host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"
    path = _without_dots(_normalise_escapes(parts.path, _PATH_SAFE)) or "/"
    return SplitResult(parts.scheme, netloc, path, _normalise_query(parts.query, host), "")


def _normalise_host(host: str) -> str:
    """Raises ValueError for what is no host."""
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
        raise ValueError("its host is not valid" if name else "it names no host")
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

    # Sorted by name alone: several values of one name keep their order, which may mean something.
    kept = [pair for name, pair in named if not is_dropped(name)]
    return "&".join(sorted(kept, key=lambda pair: pair.partition("=")[0]))


def _normalise_escapes(text: str, safe: str) -> str:
    """Every character escaped that has to be, none that need not be, and all escapes in capitals."""

    def rewritten(escape: re.Match[str]) -> str:
        character = chr(int(escape.group(1), 16))
        return character if _UNRESERVED.fullmatch(character) else escape.group().upper()

    return quote(_ESCAPE.sub(rewritten, _STRAY_PERCENT.sub("%25", text)), safe=safe)


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986, section 5.2.4). Empty segments stay, for they are names too."""
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
