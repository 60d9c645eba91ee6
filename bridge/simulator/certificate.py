"""The certificate that every gateway makes for itself, and the TLS server that shows it."""

import os
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)
_YEARS_25 = timedelta(days=25 * 365)
_KNOWN_NAMES = (None, "powerwall", "teg", "powerpack")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A chain of two, leaf first, and the key of the leaf, all as PEM."""

    chain: bytes
    key: bytes
    fingerprint: str  # SHA-256 of the leaf, hex


def make_certificate(lasts: timedelta = _YEARS_25) -> Certificate:
    """Make a leaf and the authority that signed it, with the names that Tesla uses.

    They last since yesterday.
    """
    word = secrets.token_hex(16)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name(f"{word} CA"), _name(word)
    until = datetime.now(UTC) - _DAY + lasts
    ca = _sign(_Signed(ca_name, ca_key, until, authority=True), ca_name, ca_key)
    leaf = _sign(_Signed(name, key, until), ca_name, ca_key)
    pem = serialization.Encoding.PEM
    return Certificate(
        chain=leaf.public_bytes(pem) + ca.public_bytes(pem),
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
    )


def kept_certificate(file: Path) -> Certificate:
    """Return the certificate that a PEM file keeps; one that is not there yet is made.

    Raises ValueError in words when the file cannot be used.
    """
    try:
        if not file.exists():
            keep_certificate(file, make_certificate())
        pem = file.read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot keep the certificate: {error.strerror}") from error
    leaf = _leaf(pem)
    if leaf is None:
        raise ValueError(f"{file} cannot keep the certificate: it holds none with its key")
    return Certificate(pem, pem, leaf.fingerprint(hashes.SHA256()).hex())


def _leaf(pem: bytes) -> x509.Certificate | None:
    """Return the certificate that stands there with its key, None where not both do."""
    try:
        leaf = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError):  # TypeError: the key wants a password
        return None
    return leaf if key.public_key() == leaf.public_key() else None


def keep_certificate(file: Path, certificate: Certificate) -> None:
    """Put a certificate with its key into a file that is readable by us only; raises OSError."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as pem:
        pem.write(certificate.chain + certificate.key)


def tls_context(certificate: Certificate) -> ssl.SSLContext:
    """Return a server side that ends the handshake with whoever asks for a foreign name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.sni_callback = _check_name
    # The ssl module reads keys from files only.
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(certificate.chain)
        key.write_bytes(certificate.key)
        context.load_cert_chain(chain, key)
    return context


def _check_name(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
    return None if name in _KNOWN_NAMES else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "California"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Palo Alto"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tesla"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Tesla Energy Products"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a certificate vouches for."""

    subject: x509.Name
    key: ec.EllipticCurvePrivateKey
    until: datetime
    authority: bool = False


def _sign(
    signed: _Signed, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    constraints = x509.BasicConstraints(ca=signed.authority, path_length=None)
    return (
        x509.CertificateBuilder()
        .subject_name(signed.subject)
        .issuer_name(issuer)
        .public_key(signed.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), signed.until) - _DAY)
        .not_valid_after(signed.until)
        .add_extension(constraints, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
