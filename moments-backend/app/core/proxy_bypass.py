"""The addresses of this machine itself, which no proxy stands in front of."""

import os

OWN_ADDRESSES = ("127.0.0.1", "localhost", "::1")


def exempt_loopback_from_proxies() -> None:
    """Reach servers on this machine directly, whatever proxy the environment names for the web.

    HTTP clients, FFmpeg's among them, send what is for 127.0.0.1 to `http_proxy` too, unless `no_proxy`
    says otherwise.
    """
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if exempt.strip() == "*":
        return
    names = [name for part in exempt.split(",") if (name := part.strip())]
    names += [address for address in OWN_ADDRESSES if address not in names]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(names)
