import json
from decimal import Decimal

import pytest

from kplan.sdk.values import make_set
from kplan.state.model import OutputRecord
from kplan.view.outputs import json_text, output_json, output_text, outputs_text, raw_text, type_json


def out(value, *, sensitive=False):
    return OutputRecord(value, sensitive)


def test_outputs_are_assignments_sorted_by_name():
    outputs = {"b": out("x"), "a": out(("p", {"k": 1})), "pw": out(None, sensitive=True)}
    assert outputs_text(outputs) == 'a = [\n  "p",\n  {\n    "k" = 1\n  },\n]\nb = "x"\npw = <sensitive>\n'


def test_sets_and_empty_containers_and_long_texts():
    assert output_text(out(make_set(["b", "a"]))) == 'toset([\n  "a",\n  "b",\n])'
    assert output_text(out(())) == "[]"
    assert output_text(out({})) == "{}"
    assert output_text(out("a\nb\n")) == "<<EOT\na\nb\nEOT"


def test_json_has_terraforms_shape():
    assert output_json(out((1, "a"))) == {
        "sensitive": False,
        "type": ["tuple", ["number", "string"]],
        "value": [1, "a"],
    }
    assert output_json(out({"b": True, "a": None}))["type"] == ["object", {"a": "dynamic", "b": "bool"}]
    assert type_json(make_set(["a"])) == ["set", "string"]


def test_json_of_a_sensitive_output_holds_no_value():
    assert output_json(out("hunter2", sensitive=True))["value"] is None


def test_json_text_is_stable_and_readable_by_json():
    text = json_text(output_json(out({"z": Decimal("1.5"), "a": "ü"})))
    assert json.loads(text)["value"] == {"z": 1.5, "a": "ü"}
    assert text.index('"a"') < text.index('"z"')
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), (3, "3"), (Decimal("1.5"), "1.5"), (True, "true")]
)
def test_raw_is_what_a_shell_wants(value, text):
    assert raw_text(value) == text


@pytest.mark.parametrize("value", [(), {}, None, ("a",)])
def test_what_has_no_raw_form(value):
    assert raw_text(value) is None
