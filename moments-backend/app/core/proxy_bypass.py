"""Exemption of loopback addresses from proxies."""

import os

LOOPBACK_ADDRESSES = ("127.0.0.1", "localhost", "::1")


def exempt_loopback_from_proxies() -> None:
    """Add the loopback addresses to `no_proxy`.

    HTTP clients, including FFmpeg's, send requests for 127.0.0.1 to `http_proxy` unless `no_proxy` lists it.
    """
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if exempt.strip() == "*":
        return
    names = [name for part in exempt.split(",") if (name := part.strip())]
    names += [address for address in LOOPBACK_ADDRESSES if address not in names]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(names)
