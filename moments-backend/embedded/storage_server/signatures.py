"""Verification of V4 signed URLs.

https://cloud.google.com/storage/docs/authentication/canonical-requests
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from embedded.storage_server.api_errors import ApiError
from embedded.storage_server.http import MAX_PARAMETERS, Request

ALGORITHM = "GOOG4-RSA-SHA256"
MAX_VERIFIED = 1024
MAX_LIFETIME = timedelta(days=7)
CLOCK_TOLERANCE = timedelta(minutes=15)

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_SCOPE = re.compile(r"(?P<date>\d{8})/[a-z0-9-]+/storage/goog4_request")
_REQUIRED = (
    "X-Goog-Algorithm",
    "X-Goog-Credential",
    "X-Goog-Date",
    "X-Goog-Expires",
    "X-Goog-SignedHeaders",
    "X-Goog-Signature",
)


@dataclass(frozen=True, slots=True)
class Validity:
    """The time in which a link may be used."""

    start: datetime
    end: datetime

    def check(self, now: datetime) -> None:
        """Raise if `now` is outside.

        Raises:
            ApiError: 403.
        """
        if now > self.end:
            message = f"The link expired at {self.end.isoformat()}."
            raise ApiError(HTTPStatus.FORBIDDEN, "expired", message, code="ExpiredToken")
        if now < self.start - CLOCK_TOLERANCE:
            raise _denied("The link is not valid yet.")


class SignatureVerifier:
    """Accepts links signed with one service account key, given as the parsed key file.

    Verified links are kept, because a player requests many ranges with the same one.
    """

    def __init__(self, key: Mapping[str, Any]) -> None:
        private_key = load_pem_private_key(str(key["private_key"]).encode(), password=None)
        if not isinstance(private_key, RSAPrivateKey):
            raise TypeError("the service account key is not an RSA key")
        self._public_key = private_key.public_key()
        self._account = str(key["client_email"])
        self._verified: OrderedDict[tuple[str, ...], Validity] = OrderedDict()

    def verify(self, request: Request, now: datetime | None = None) -> None:
        """Check the signature, method, host, signed headers and expiry of a request.

        Raises:
            ApiError: 403; 400 for parameters that are signed but invalid.
        """
        # The key has every signed value, because only links that sign no other header are kept.
        key = (request.method, request.raw_path, request.raw_query, request.host)
        validity = self._verified.get(key)
        if validity is None:
            validity = self._verify(request)
            if request.query["X-Goog-SignedHeaders"] == "host":
                self._verified[key] = validity
                if len(self._verified) > MAX_VERIFIED:
                    self._verified.popitem(last=False)
        validity.check(now or datetime.now(UTC))

    def _verify(self, request: Request) -> Validity:
        query = request.query
        missing = [name for name in _REQUIRED if name not in query]
        if missing:
            raise _denied(f"Access denied: the link has no {missing[0]}.")
        account, _, scope = query["X-Goog-Credential"].partition("/")
        signed_headers = query["X-Goog-SignedHeaders"].split(";")
        canonical = canonical_request(request, signed_headers)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        string_to_sign = "\n".join((query["X-Goog-Algorithm"], query["X-Goog-Date"], scope, digest))
        try:
            signature = bytes.fromhex(query["X-Goog-Signature"])
            self._public_key.verify(signature, string_to_sign.encode(), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            raise _signature_mismatch() from None
        if account != self._account or query["X-Goog-Algorithm"] != ALGORITHM:
            raise _signature_mismatch()
        if "host" not in signed_headers:
            raise _malformed("X-Goog-SignedHeaders", query["X-Goog-SignedHeaders"])
        return _validity(query["X-Goog-Date"], query["X-Goog-Expires"], scope)


def _validity(date: str, expires: str, scope: str) -> Validity:
    matched = _SCOPE.fullmatch(scope)
    if matched is None or matched["date"] != date[:8]:
        raise _malformed("X-Goog-Credential", scope)
    try:
        start = datetime.strptime(date, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _malformed("X-Goog-Date", date) from None
    seconds = int(expires) if re.fullmatch(r"[0-9]{1,9}", expires) else 0
    if not 0 < seconds <= MAX_LIFETIME.total_seconds():
        raise _malformed("X-Goog-Expires", expires)
    return Validity(start, start + timedelta(seconds=seconds))


def canonical_request(request: Request, signed_headers: list[str]) -> str:
    """Return the canonical form of a request, which the signature covers."""
    pairs = parse_qsl(request.raw_query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    encoded = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in pairs
        if name != "X-Goog-Signature"
    )
    headers = "".join(f"{name}:{_folded(request.headers.get(name, ''))}\n" for name in signed_headers)
    payload = request.headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD")
    return "\n".join(
        (
            request.method,
            quote(unquote(request.raw_path), safe="/~"),
            "&".join(f"{name}={value}" for name, value in encoded),
            headers,
            ";".join(signed_headers),
            payload,
        )
    )


def _folded(value: str) -> str:
    return re.sub(r"\s+", " ", value.strip())


def _denied(message: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, "forbidden", message, code="AccessDenied")


def _signature_mismatch() -> ApiError:
    message = "The request signature we calculated does not match the signature you provided."
    return ApiError(HTTPStatus.FORBIDDEN, "forbidden", message, code="SignatureDoesNotMatch")


def _malformed(name: str, value: str) -> ApiError:
    message = f"Invalid query parameter {name}: {value[:200]}"
    return ApiError(HTTPStatus.BAD_REQUEST, "invalid", message, code="InvalidQueryParameterValue")
