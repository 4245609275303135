"""A Kafka that checks who calls: its papers (keys and certificates in PEM files), and what it is told."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from klantbus.bus.clock import now


class Papers(NamedTuple):
    """Paths of PEM files."""

    authority: str
    certificate: str
    key: str
    both: str


class Secured(NamedTuple):
    plain: str
    by_password: str
    by_certificate: str
    authority: Papers
    workshop: Papers


def signed(folder: Path, name: str, issuer=None):
    """Make a key and a certificate for `name`, signed by `issuer` (or by itself), valid for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by, by_key = issuer or (subject, key)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now() - dt.timedelta(hours=1)).not_valid_after(
        now() + dt.timedelta(hours=1)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    certificate = builder.add_extension(loopback, critical=False).sign(by_key, hashes.SHA256())
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate_pem = certificate.public_bytes(Encoding.PEM)
    for ending, content in (("key", key_pem), ("crt", certificate_pem), ("both", key_pem + certificate_pem)):
        (folder / f"{name}.{ending}").write_bytes(content)
    return subject, key


def papers(folder: Path, name: str) -> Papers:
    return Papers(*(str(folder / file) for file in ("ca.crt", f"{name}.crt", f"{name}.key", f"{name}.both")))


def checks(broker: Papers) -> dict[str, str]:
    """Return the settings of a Kafka that checks everybody but its own loopback listener in plain text."""
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.ssl.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": broker.both,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": broker.authority,
    }
