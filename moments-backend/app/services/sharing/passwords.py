"""Passwords of share links, and the cookies of visitors who entered them."""

import base64
import hashlib
import hmac
import secrets
import time

COST, BLOCK_SIZE, PARALLEL = 2**14, 8, 5
"""Parameters of scrypt: about 0.2 s and 16 MiB.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""
SALT_BYTES = 16
COOKIE_SECONDS = 12 * 3600
"""Time for which a visitor need not enter the password again."""


def hash_password(password: str) -> str:
    """Return salt and hash as text. Blocks for a fraction of a second."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"scrypt${_encode(salt)}${_encode(_derive(password, salt))}"


def verify_password(password: str, stored: str) -> bool:
    """Return whether `stored` is the hash of `password`. Blocks for a fraction of a second."""
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_derive(password, base64.b64decode(salt)), base64.b64decode(expected))


def issue_cookie(stored: str, *, now: float | None = None) -> str:
    """Return the value of a cookie that proves that the password was entered.

    Another password ends all cookies, because the stored hash is the key of their signatures.
    """
    expires_at = int((time.time() if now is None else now) + COOKIE_SECONDS)
    return f"{expires_at}.{_sign(stored, expires_at)}"


def verify_cookie(value: str, stored: str) -> bool:
    """Return whether a cookie was issued for this password and has not expired."""
    expires, _, signature = value.partition(".")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= len(str(2**63))):
        return False
    expected = _sign(stored, int(expires))
    return hmac.compare_digest(signature.encode(), expected.encode()) and int(expires) > time.time()


def _sign(stored: str, expires_at: int) -> str:
    return hmac.new(stored.encode(), str(expires_at).encode(), hashlib.sha256).hexdigest()


def _derive(password: str, salt: bytes) -> bytes:
    # A visitor may enter unpaired surrogates, which no stored password contains.
    entered = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(entered, salt=salt, n=COST, r=BLOCK_SIZE, p=PARALLEL, maxmem=64 * 1024**2)


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()
