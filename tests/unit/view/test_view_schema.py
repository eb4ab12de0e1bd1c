"""Schemas hold against the metaschema and against blocks as JSON; docs/blocks.md is what they say."""

from pathlib import Path

import jsonschema
import pytest

from kplan.operations.schema import catalogue
from kplan.sdk.types import Is
from kplan.view.blocks_text import blocks_text
from kplan.view.schema_json import schema_json

FOUND = catalogue()
WHOLE = schema_json(FOUND)
PAGE = Path(__file__).parents[3] / "docs" / "blocks.md"


def problems(configuration):
    validator = jsonschema.Draft202012Validator(WHOLE)
    return [one.message for one in validator.iter_errors(configuration)]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(WHOLE)
    for one in FOUND.blocks:
        path = f"data.{one.name}" if one.kind == "data" else one.name
        jsonschema.Draft202012Validator.check_schema(schema_json(FOUND, path))


@pytest.mark.parametrize(
    "configuration",
    [
        {"cluster": {"c": {"bootstrap_servers": ["a:1"], "labels": {"tier": "prod"}}}},
        {"cluster": {"c": {"bootstrap_servers": "${var.servers}", "topic_defaults": {"partitions": 3}}}},
        {"topic": {"t": {"cluster": "${cluster.c}", "partitions": 3, "config": {"retention.ms": 7}}}},
        {"topic": {"t": {"cluster": "${cluster.c}", "lifecycle": {"prevent_destroy": True}}}},
        {
            "topic": {
                "t": {
                    "cluster": "${cluster.c}",
                    "for_each": "${toset(var.x)}",
                    "lifecycle": {
                        "precondition": [
                            {"condition": "${var.x}", "error_message": "x"},
                            {"condition": True, "error_message": "y"},
                        ]
                    },
                }
            }
        },
        {"variable": {"v": {"type": "string", "default": None}}, "locals": {"any": [1], "thing": {}}},
        {"module": {"m": {"source": "./m", "whatever": 1}}, "output": {"o": {"value": 1}}},
        {"import": [{"to": "topic.a", "id": "a"}, {"to": "topic.b", "id": "b"}]},
        {"moved": {"from": "topic.a", "to": "topic.b"}, "kplan": {"backend": {"local": {"path": "s"}}}},
        {"data": {"memory_topics": {"all": {"cluster": "${memory_cluster.c}"}}}},
        {"check": {"c": {"assert": {"condition": True, "error_message": "x"}}}},
    ],
)
def test_a_configuration_as_json_is_valid(configuration):
    assert problems(configuration) == []


@pytest.mark.parametrize(
    "configuration",
    [
        {"tpoic": {}},
        {"topic": {"t": {}}},
        {"topic": {"t": {"cluster": "c"}}},
        {"topic": {"t": {"cluster": "${cluster.c}", "partitions": "three"}}},
        {"topic": {"t": {"cluster": "${cluster.c}", "id": "x"}}},
        {"topic": {"t": {"cluster": "${cluster.c}", "lifecycle": {"precondition": {"condition": True}}}}},
        {"cluster": {"c": {"bootstrap_servers": "a:1"}}},
        {"data": {"topic": {"t": {"nope": 1}}, "unknown": {}}},
        {"output": {"o": {}}},
        {"variable": {"v": {"kind": "string"}}},
    ],
)
def test_what_is_wrong_is_refused(configuration):
    assert problems(configuration)


def test_every_argument_is_described():
    for one in FOUND.blocks:
        if one.name.startswith("memory_"):
            continue
        assert one.doc, one.name
        for attribute in one.attributes:
            assert attribute.doc, f"{one.name}.{attribute.name}"
            assert attribute.example or Is.CONFIG not in attribute.flags or one.kind == "own", attribute.name


def test_the_page_is_current():
    assert PAGE.read_text() == blocks_text(FOUND), "run `make docs`"
