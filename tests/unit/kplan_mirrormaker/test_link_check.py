"""A link that can't work is told before anything is asked, where it stands."""

import pytest
from links import DR, ENDPOINTS, PRIMARY, RULES, WORKERS, link

from kplan.sdk.session import Fault
from kplan.sdk.values import Secret, Unknown, make_map

SECURED = {
    **ENDPOINTS,
    "cluster.primary": {**ENDPOINTS["cluster.primary"], "security": {"protocol": "SASL_SSL"}},
}


def faults(desired, endpoints=ENDPOINTS):
    return list(RULES.asks("replication_link", desired, endpoints))


def login(**more):
    return {
        "security": {
            "protocol": "SASL_SSL",
            "mechanism": "PLAIN",
            "username": "u",
            "password": Secret("p"),
            **more,
        }
    }


@pytest.mark.parametrize(
    ("more", "summary", "path"),
    [
        ({"target": PRIMARY}, "a cluster can't be copied to itself", ("target",)),
        ({"engine": "mm3"}, 'there is no engine "mm3"', ("engine",)),
        ({"naming": "upper"}, 'naming can\'t be "upper"', ("naming",)),
        ({"topics": None}, "the link doesn't say what it copies", ()),
        ({"topics": {"exclude_names": ("x",)}}, "topics means nothing", ("topics",)),
        ({"groups": {}}, "groups means nothing", ("groups",)),
        ({"topics": {"names": ("",)}}, "names has an empty text", ("topics", "names", 0)),
        (
            {"groups": {"names": ("a",), "exclude_prefixes": ("",)}},
            "Empty prefix",
            ("groups", "exclude_prefixes", 0),
        ),
        ({"topics": {"patterns": ("a", "(?i)b")}}, "Invalid pattern", ("topics", "patterns", 1)),
        ({"groups": {"patterns": ("(?<x>b)",)}}, "Invalid pattern", ("groups", "patterns", 0)),
        (
            {"topics": {"patterns": ("a{1,2}",)}},
            'patterns has "a{1,2}", which has a comma',
            ("topics", "patterns", 0),
        ),
        ({"sync": {"interval_seconds": 0}}, "interval_seconds can't be 0", ("sync", "interval_seconds")),
        (
            {"source_client": login(protocol="TLS")},
            'there is no protocol "TLS"',
            ("source_client", "security"),
        ),
        (
            {"target_client": login(mechanism="GSSAPI")},
            "SASL_SSL needs a mechanism",
            ("target_client", "security"),
        ),
        ({"source_client": login(password=None)}, "SASL_SSL needs password", ("source_client", "security")),
        (
            {"source_client": login(protocol="SSL")},
            "nobody logs in without SASL, so mechanism has no use",
            ("source_client", "security"),
        ),
        (
            {"source_client": {"bootstrap_servers": ()}},
            "bootstrap_servers names no broker",
            ("source_client", "bootstrap_servers"),
        ),
        (
            {"target_client": {"bootstrap_servers": ("d1:9092", "d2")}},
            "'d2' is not host:port",
            ("target_client", "bootstrap_servers"),
        ),
        (
            {"mirrormaker2": {"source_config": {"topics": "x"}}},
            "topics can't be set here",
            ("mirrormaker2", "source_config", "topics"),
        ),
        (
            {"mirrormaker2": {"checkpoint_config": {"source.admin.ssl.key.password": "x"}}},
            "source.admin.ssl.key.password would be stored in plain text",
            ("mirrormaker2", "checkpoint_config", "source.admin.ssl.key.password"),
        ),
    ],
)
def test_what_is_wrong_is_told_with_a_remedy(more, summary, path):
    desired = make_map({name: value for name, value in link(**more).items() if value is not None})
    [fault] = faults(desired)
    assert (fault.summary, fault.path) == (summary, path)
    assert fault.remedy


def test_a_secured_cluster_needs_credentials_of_the_replicators_own():
    [fault] = faults(link(), SECURED)
    assert "the source is reached by SASL_SSL" in fault.summary
    assert fault.remedy == "Add source_client with a block security."
    assert faults(link(source_client=login()), SECURED)[0].source == "topics"
    plain = {**ENDPOINTS, "cluster.dr": {**ENDPOINTS["cluster.dr"], "security": {"protocol": "PLAINTEXT"}}}
    assert len(faults(link(), plain)) == 3


def test_without_workers_the_way_to_state_them_is_told():
    desired = {name: value for name, value in link().items() if name != "mirrormaker2"}
    [fault] = faults(make_map(desired))
    assert fault.remedy == "Add a block mirrormaker2 with connect_cluster, or with deployment and path."


def test_a_placeholder_and_a_secret_may_stand_in_further_keys():
    keys = {"a.password": "${file:x:y}", "b.password": Secret("s")}
    assert len(faults(link(mirrormaker2={"source_config": make_map(keys)}))) == 3


def test_everything_wrong_is_told_at_once():
    found = faults(link(target=PRIMARY, naming="x", engine="y", topics={}))
    assert len(found) == 4


def test_a_fate_of_copies_that_does_not_exist():
    [fault] = faults(link(target_topics={"on_destroy": "archive"}))
    assert fault.path == ("target_topics", "on_destroy")


def test_addresses_may_be_of_any_kind_and_looked_up_by_workers():
    servers = ("[::1]:9092", "SASL_SSL://p1:9092", "${file:/etc/connect/p:servers}", Unknown("string"))
    assert len(faults(link(source_client={"bootstrap_servers": servers}))) == 3


def test_workers_write_to_the_target():
    def of(cluster):
        return {**ENDPOINTS, WORKERS.address: {**ENDPOINTS[WORKERS.address], "cluster": cluster}}

    [fault] = faults(link(), of(PRIMARY))
    assert (fault.code, fault.path) == ("workers_elsewhere", ("mirrormaker2", "connect_cluster"))
    assert "cluster.primary" in fault.detail
    assert "cluster.dr" in fault.remedy
    assert len(faults(link(), of(DR))) == 3


def transformed(attribute="source_config", **keys):
    given = {"transforms": "a, b", **{f"transforms.{key}": value for key, value in keys.items()}}
    found = faults(link(mirrormaker2={attribute: make_map(given)}))
    return [(one.code, one.path) for one in found if isinstance(one, Fault)]


@pytest.mark.parametrize(
    ("class_", "code"),
    [
        ("InsertField$Value", "not_on_bytes"),
        ("HoistField$Key", "not_on_bytes"),
        ("InsertHeader", "not_on_bytes"),
        ("RegexRouter", "renames_copies"),
        ("Filter", "drops_all"),
    ],
)
@pytest.mark.parametrize("package", ["", "org.apache.kafka.connect.transforms."])
@pytest.mark.parametrize("attribute", ["source_config", "checkpoint_config"])
def test_transformations_that_come_to_nothing(class_, code, package, attribute):
    found = transformed(attribute, **{"b.type": f"{package}{class_}"})
    assert found == [(code, ("mirrormaker2", attribute, "transforms.b.type"))]


@pytest.mark.parametrize(
    "keys",
    [
        {"a.type": "DropHeaders"},
        {"a.type": "Filter", "a.predicate": "p"},
        {"a.type": "org.acme.InsertField$Value"},
        {"a.type": Unknown("string")},
        {"c.type": "InsertField$Value"},  # not in the list
        {},
    ],
)
def test_transformations_that_may_work(keys):
    assert transformed(**keys) == []
