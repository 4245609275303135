"""Whom this machine trusts, read when somebody is first called over TLS: it takes 80 ms and some memory."""

import ssl
from functools import cache


@cache
def system_trust() -> ssl.SSLContext:
    """Return what checks a receiver's certificate by the authorities of this machine."""
    return ssl.create_default_context()
