"""What kplan says of transformations on mirrored records is what a real worker does with them."""

from kplan_run import Workspace, wait_for
from link_files import Side, read, write

from kplan_mirrormaker.link_transforms import NEEDS_FIELDS

PACKAGE = "org.apache.kafka.connect"
# Of Kafka's own, with what each must be given; $Value where it is of a part of the record.
KEYS = {
    "Cast$Value": {"spec": "string"},
    "DropHeaders": {"headers": "h"},
    "ExtractField$Value": {"field": "a"},
    "Flatten$Value": {},
    "HeaderFrom$Value": {"fields": "a", "headers": "b", "operation": "copy"},
    "HoistField$Value": {"field": "a"},
    "InsertField$Value": {"topic.field": "a"},
    "InsertHeader": {"header": "h", "value.literal": "v"},
    "MaskField$Value": {"fields": "a"},
    "ReplaceField$Value": {"exclude": "a"},
    "SetSchemaMetadata$Value": {"schema.name": "a"},
    "TimestampConverter$Value": {"target.type": "unix"},
    "ValueToKey": {"fields": "a"},
}
WORKS = "DropHeaders"


def test_those_fail_that_links_refuse(workspace: Workspace, sides: tuple[Side, Side], primary, dr):
    source, target = sides
    name, worker = f"{workspace.prefix}orders", target.worker
    primary.create(name)
    write(source.bootstrap, name, ["k"])
    made = {class_: f"{workspace.prefix}{class_.replace('$', '-')}" for class_ in KEYS}
    for class_, connector in made.items():
        body = {"name": connector, "config": mirror(sides, connector, name, class_)}
        worker.ask("POST", "/connectors", body)
    copy = f"{made[WORKS]}.{name}"
    wait_for(lambda: copy in dr.names())
    assert read(target.bootstrap, copy, bool) == ["k"]
    refused = {class_ for class_ in KEYS if class_.partition("$")[0] in NEEDS_FIELDS}
    assert refused == {*KEYS} - {WORKS}
    wait_for(lambda: {one for one in made if worker.tasks(made[one]) == ["FAILED"]} >= refused)
    assert worker.tasks(made[WORKS]) == ["RUNNING"]


def mirror(sides: tuple[Side, Side], alias: str, topic: str, class_: str) -> dict[str, str]:
    """Give a connector that copies a topic under a name of its own, as links configure theirs, with one transformation."""
    converters = dict.fromkeys(
        ("key.converter", "value.converter", "header.converter"), f"{PACKAGE}.converters.ByteArrayConverter"
    )
    return {
        "connector.class": f"{PACKAGE}.mirror.MirrorSourceConnector",
        "source.cluster.alias": alias,
        "target.cluster.alias": f"{alias}-dr",
        "source.cluster.bootstrap.servers": sides[0].bootstrap,
        "target.cluster.bootstrap.servers": sides[1].bootstrap,
        "topics": topic,
        "replication.factor": "1",
        "offset-syncs.topic.location": "target",
        "offset-syncs.topic.replication.factor": "1",
        "consumer.poll.timeout.ms": "100",
        **converters,
        "transforms": "t",
        "transforms.t.type": f"{PACKAGE}.transforms.{class_}",
        **{f"transforms.t.{key}": value for key, value in KEYS[class_].items()},
    }
