"""kafka-python, in the one place that imports it: its message classes and logins, and nothing of its clients."""

import importlib.util
import logging
import sys
import warnings
from typing import Any


def _clients_on_demand() -> None:
    """Have kafka-python's package load its three clients when one is asked for: they are half of what its import takes."""
    spec = importlib.util.find_spec("kafka")
    if spec is None or spec.loader is None or "kafka" in sys.modules:
        return
    package, load = importlib.util.module_from_spec(spec), spec.loader.exec_module

    def whole(name: str) -> Any:
        del vars(package)["__getattr__"]
        load(package)
        return getattr(package, name)

    vars(package)["__getattr__"] = whole  # asked for what it lacks so far
    sys.modules["kafka"] = package


with warnings.catch_warnings():
    # It reads its schemas by a function of importlib that Python 3.11 and 3.12 deprecate, and 3.13 does not.
    warnings.simplefilter("ignore", DeprecationWarning)
    _clients_on_demand()
    from kafka.errors import IncompatibleBrokerVersion, for_code
    from kafka.protocol.admin import (
        AlterUserScramCredentialsRequest,
        CreateAclsRequest,
        CreatePartitionsRequest,
        CreateTopicsRequest,
        DeleteAclsRequest,
        DeleteTopicsRequest,
        DescribeAclsRequest,
        DescribeClusterRequest,
        DescribeConfigsRequest,
        DescribeUserScramCredentialsRequest,
        IncrementalAlterConfigsRequest,
        ListGroupsRequest,
        ListPartitionReassignmentsRequest,
    )
    from kafka.protocol.broker_version_data import BrokerVersionData
    from kafka.protocol.consumer import ListOffsetsRequest, OffsetFetchRequest
    from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest
    from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)


def sasl_mechanism(name: str) -> Any:
    """Give the class that takes part in a login by one mechanism."""
    from kafka.net.sasl import get_sasl_mechanism

    return get_sasl_mechanism(name)


def bearer(token: str) -> Any:
    """Give what kafka-python asks a token of."""
    from kafka.net.sasl.oauth import AbstractTokenProvider

    class Given(AbstractTokenProvider):  # type: ignore[misc]
        def token(self) -> str:
            return token

    return Given()


__all__ = [
    "AlterUserScramCredentialsRequest",
    "ApiVersionsRequest",
    "BrokerVersionData",
    "CreateAclsRequest",
    "CreatePartitionsRequest",
    "CreateTopicsRequest",
    "DeleteAclsRequest",
    "DeleteTopicsRequest",
    "DescribeAclsRequest",
    "DescribeClusterRequest",
    "DescribeConfigsRequest",
    "DescribeUserScramCredentialsRequest",
    "IncompatibleBrokerVersion",
    "IncrementalAlterConfigsRequest",
    "ListGroupsRequest",
    "ListOffsetsRequest",
    "ListPartitionReassignmentsRequest",
    "MetadataRequest",
    "OffsetFetchRequest",
    "SaslAuthenticateRequest",
    "SaslHandshakeRequest",
    "bearer",
    "for_code",
    "sasl_mechanism",
]
