"""The bus's own way of showing Kafka who we are, as Faust wants it."""

import ssl
from typing import Any

import faust

from klantbus.bus.kafka import Protocol, Security


def credentials_of(security: Security) -> Any:  # noqa: ANN401  Faust's credentials have no common type
    """Return Faust's credentials, always with TLS (Faust would do without); None for plain text."""
    if security.protocol is Protocol.PLAINTEXT:
        return None
    context = ssl.create_default_context(cafile=security.authority or None)
    if security.protocol is Protocol.SSL:
        context.load_cert_chain(security.certificate, security.key, security.key_password or None)
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=security.username,
        password=security.password,
        ssl_context=context,
        mechanism=security.mechanism.value,
    )
