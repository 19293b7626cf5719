"""What the client of a bucket raises where MLflow hands artifacts to it directly, in MLflow's terms."""

from __future__ import annotations

import sys

PASSING_CODES = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "503", "500"})
PASSING_NAMES = frozenset(
    {
        "EndpointConnectionError",
        "ConnectionClosedError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "HTTPClientError",
    }
)
VARIABLES = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL (MLFLOW_S3_ENDPOINT_URL)"


def is_of_bucket(error: BaseException) -> bool:
    """Return whether the client of a bucket raised it; where that was never imported, nothing was.

    >>> is_of_bucket(ValueError("no"))
    False
    """
    if "botocore.exceptions" not in sys.modules:
        return False
    return type(error).__module__.split(".")[0] in {"botocore", "boto3", "s3transfer"}


def passes_by_itself(error: BaseException) -> bool:
    """Return whether the bucket may take it later: it does not answer, or says that it is busy."""
    return _code(error) in PASSING_CODES or bool(PASSING_NAMES & _names(error))


def bucket_words(error: BaseException) -> str:
    """Return what is wrong, as the end of a sentence, with what to set."""
    if passes_by_itself(error):
        return "the bucket's server does not answer"
    code = _code(error)
    if code in {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403", "Forbidden"}:
        return f"the bucket does not accept the keys: set {VARIABLES}"
    if code in {"NoSuchBucket", "404"}:
        return "there is no such bucket: have it made, or name another where the MLflow server is started"
    if _names(error) & {"NoCredentialsError", "PartialCredentialsError"}:
        return f"artifacts go to a bucket and there are no keys: set {VARIABLES}"
    return f"the bucket says: {' '.join(str(error).split())[:160]}"


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _names(error: BaseException) -> set[str]:
    return {each.__name__ for one in _chain(error) for each in type(one).__mro__}


def _code(error: BaseException) -> str:
    for one in _chain(error):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return ""
