"""What a dedicated MirrorMaker's file says."""

from links import ENDPOINTS, RULES, answers, link

from kplan.sdk.planned import Planned
from kplan.sdk.values import Secret, make_map
from kplan_mirrormaker.file_config import properties
from kplan_mirrormaker.link_config import Link

LOGIN = make_map(
    {
        "protocol": "SASL_SSL",
        "mechanism": "SCRAM-SHA-512",
        "username": "replicator",
        "password": Secret("pw"),
        "ca": "PEM",
    }
)


def dedicated(**more):
    own = {
        "connect_cluster": None,
        "deployment": "dedicated",
        "path": "mm2.properties",
        **more.pop("own", {}),
    }
    return link(mirrormaker2=own, **more)


def made(**more):
    desired = dedicated(**more)
    return properties(Link(desired, ENDPOINTS["cluster.primary"], ENDPOINTS["cluster.dr"], (2, 5)))


def test_one_direction_and_nothing_the_other_way():
    said = made(groups={"names": ("billing",)})
    assert said["clusters"] == "primary, dr"
    assert said["primary.bootstrap.servers"] == "p1:9092,p2:9092"
    assert said["dr.bootstrap.servers"] == "d1:9092"
    assert said["primary->dr.enabled"] == "true"
    assert said["primary->dr.topics"] == "orders"
    assert said["primary->dr.groups"] == "billing"
    assert said["primary->dr.sync.topic.acls.enabled"] == "false"
    assert said["primary->dr.sync.group.offsets.enabled"] == "true"
    assert said["dr->primary.enabled"] == "false"
    assert said["dr->primary.emit.heartbeats.enabled"] == "false"
    assert not [key for key in said if "alias" in key or "converter" in key or key.startswith("source.")]


def test_all_seven_factors_by_the_brokers_of_the_cluster_that_each_is_for():
    said = {
        key: value for key, value in made(groups={"names": ("b",)}).items() if "replication.factor" in key
    }
    assert said == {
        "replication.factor": "3",
        "offset-syncs.topic.replication.factor": "2",
        "checkpoints.topic.replication.factor": "3",
        "heartbeats.topic.replication.factor": "3",
        "config.storage.replication.factor": "3",
        "offset.storage.replication.factor": "3",
        "status.storage.replication.factor": "3",
    }
    assert made(target_topics={"replication_factor": 1})["replication.factor"] == "1"


def test_without_groups_none_are_looked_at_and_without_heartbeats_none_are_written():
    said = made(own={"heartbeats": False})
    assert said["primary->dr.groups.exclude"] == ".*"
    assert said["primary->dr.sync.group.offsets.enabled"] == "false"
    assert said["primary->dr.emit.heartbeats.enabled"] == "false"
    assert made()["primary->dr.emit.heartbeats.enabled"] == "true"


def test_logins_stand_under_the_clusters_names_and_placeholders_are_looked_up():
    said = made(source_client={"security": LOGIN})
    assert said["primary.security.protocol"] == "SASL_SSL"
    assert 'password="pw"' in said["primary.sasl.jaas.config"].reveal()
    assert said["primary.ssl.truststore.certificates"] == "PEM"
    assert "config.providers" not in said
    told = make_map({**LOGIN, "password": "${file:/etc/mm2:password}${env:X}"})
    said = made(target_client={"security": told})
    assert said["config.providers"] == "file,env"
    assert (
        said["config.providers.env.class"] == "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
    )


def test_keys_of_the_link_and_of_the_file_as_a_whole():
    own = {"source_config": {"offset.lag.max": "0"}, "config": {"offset.flush.interval.ms": "1000"}}
    said = made(own={**own, "tasks_max": 4})
    assert said["primary->dr.offset.lag.max"] == "0"
    assert said["offset.flush.interval.ms"] == "1000"
    assert said["tasks.max"] == "4"


def test_it_comes_after_access_and_topics_and_its_own_workers_are_granted():
    desired = dedicated(
        source_client={"security": LOGIN}, target_client={"security": LOGIN}, target_topics={}
    )
    parts = RULES.expand_answered("replication_link", desired, ENDPOINTS, answers("orders"), Planned())
    assert [(one.leaf, one.on, one.key) for one in parts] == [
        ("grant", "cluster.primary", "source"),
        ("grant", "cluster.dr", "target"),
        ("topic", "cluster.dr", "topic:orders"),
        ("mirrormaker_file", "cluster.dr", "file"),
    ]
    *_, file = parts
    assert file.after == ("source", "target", "topic:orders")
    assert file.desired["path"] == "mm2.properties"
    assert sorted(file.desired["sensitive_config"].reveal()) == [
        "dr.sasl.jaas.config",
        "primary.sasl.jaas.config",
    ]
    assert "primary.sasl.jaas.config" not in file.desired["config"]
    assert parts[1].desired["connect"] == {
        "group_id": "primary-mm2",
        "config_topic": "mm2-configs.primary.internal",
        "offset_topic": "mm2-offsets.primary.internal",
        "status_topic": "mm2-status.primary.internal",
    }


def faults(**own):
    block = {key: value for key, value in own.items() if value is not None}
    desired = make_map({**link(), "mirrormaker2": make_map(block)})
    found = RULES.expand_answered("replication_link", desired, ENDPOINTS, None, Planned())
    return [(one.summary, one.path) for one in found]


def test_what_goes_with_each_deployment():
    workers = link()["mirrormaker2"]["connect_cluster"]
    assert faults(connect_cluster=workers) == []
    assert faults(deployment="dedicated", path="a.properties") == []
    assert faults(tasks_max=1) == [
        ("a link with deployment = connect needs connect_cluster", ("mirrormaker2",))
    ]
    assert faults(deployment="dedicated", connect_cluster=workers) == [
        ("a link with deployment = dedicated needs path", ("mirrormaker2",)),
        ("connect_cluster has no use with deployment = dedicated", ("mirrormaker2", "connect_cluster")),
    ]
    assert faults(connect_cluster=workers, path="x") == [
        ("path has no use with deployment = connect", ("mirrormaker2", "path"))
    ]
    assert faults(deployment="dedicated", path="a.properties", state="PAUSED") == [
        ("state has no use with deployment = dedicated", ("mirrormaker2", "state"))
    ]
    assert faults(connect_cluster=workers, state="paused") == []
    assert faults(connect_cluster=workers, state="HELD") == [
        ('state can\'t be "HELD"', ("mirrormaker2", "state"))
    ]
    for path in ("", "a/", ".."):
        assert faults(deployment="dedicated", path=path) == [
            (f'"{path}" is no name of a file', ("mirrormaker2", "path"))
        ]
    assert faults(deployment="cloud") == [('deployment can\'t be "cloud"', ("mirrormaker2", "deployment"))]
    own = {
        "clusters": "a",
        "a->b.enabled": "true",
        "replication.factor": "1",
        "x.password": "p",
        "x.keystore.key": "k",
    }
    assert [path[2] for _, path in faults(deployment="dedicated", path="x", config=own)] == [*own]
