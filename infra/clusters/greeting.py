"""What listens at an address, found out before anything is written: Dask's own client would wait, or say little."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from matsluice.infra.mistakes import InvalidInput

CONNECT_WAIT_S = 5.0
GREETING_WAIT_S = 10.0  # a scheduler under load takes some seconds

ANSWERS_OTHERWISE: Final = (
    "what listens there does not answer as a Dask scheduler does; look at the port, or at the scheduler's log"
)
SPEAKS_PLAINLY: Final = (
    "what listens there is not encrypted; start the scheduler with its certificates, or write tcp:// and leave "
    "cluster.tls out"
)
SPEAKS_TLS: Final = (
    "what listens there is encrypted; write tls:// in the address, and tls = the folder with the cluster's "
    "certificates"
)
REFUSES: Final = (
    "the scheduler does not accept the certificate in the folder cluster.tls ({}); take the folder that it was "
    "started with"
)
# What is wrong with the scheduler's certificate, by OpenSSL's code (X509_V_ERR_…).
THEIRS: Final = {
    9: "its certificate is not valid yet; look at the clocks of both hosts",
    10: "its certificate has expired; make new ones with `matsluice cluster certs`, and start it again",
    26: "its certificate is one for clients; whoever listens there is no scheduler",
}
OF_ANOTHER: Final = (
    "its certificate is not of the authority in the folder cluster.tls ({}); take the folder that the scheduler "
    "was started with"
)
# OpenSSL's words for bytes that are no TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")


def check_greeting(address: str, context: ssl.SSLContext | None = None) -> None:
    """Return where a Dask scheduler speaks at the address; encrypted, if a context is given.

    Parameters
    ----------
    address
        tcp://host:port or tls://host:port.
    context
        The certificates to show and to ask for.

    Raises
    ------
    InvalidInput
        Nobody listens, somebody else does, or one side does not accept the other's certificate.
    """
    host, _, port = address.partition("://")[2].rpartition(":")
    place = (host.strip("[]"), int(port))
    try:
        wrong = _encrypted(place, context) if context else _plain(place)
    except OSError as error:
        raise InvalidInput(
            f'cluster.address "{address}": nothing answers there ({error}); start it with '
            f'`dask scheduler --port {port}`, or write kind = "local"'
        ) from error
    if wrong:
        raise InvalidInput(f'cluster.address "{address}": {wrong}')


def _plain(place: tuple[str, int]) -> str:
    with socket.create_connection(place, CONNECT_WAIT_S) as connection:
        connection.settimeout(GREETING_WAIT_S)
        try:
            if connection.recv(1):
                return ""
        except OSError:  # it waits for us to begin
            pass
    return SPEAKS_TLS if _speaks_tls(place) else ANSWERS_OTHERWISE


def _speaks_tls(place: tuple[str, int]) -> bool:
    asks_nothing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asks_nothing.check_hostname = False
    asks_nothing.verify_mode = ssl.CERT_NONE
    with socket.create_connection(place, CONNECT_WAIT_S) as connection:
        try:
            asks_nothing.wrap_socket(connection).close()
        except ssl.SSLError as error:
            return "ALERT" in (error.reason or "")
        except OSError:
            return False
    return True


def _encrypted(place: tuple[str, int], context: ssl.SSLContext) -> str:
    with socket.create_connection(place, CONNECT_WAIT_S) as connection:
        connection.settimeout(GREETING_WAIT_S)
        try:
            with context.wrap_socket(connection) as encrypted:
                # By TLS 1.3 a certificate is refused only after the hands were shaken.
                return "" if encrypted.recv(1) else ANSWERS_OTHERWISE
        except ssl.SSLCertVerificationError as error:
            return THEIRS.get(error.verify_code, OF_ANOTHER.format(error.verify_message))
        except ssl.SSLError as error:
            reason = error.reason or ""
            if any(word in reason for word in _NO_TLS):
                return SPEAKS_PLAINLY
            if "ALERT" in reason:
                return REFUSES.format(reason.partition("ALERT_")[2].replace("_", " ").lower())
            return ANSWERS_OTHERWISE
        except OSError:
            return ANSWERS_OTHERWISE
