"""The engine's own blocks: version constraints, the backend, variables, import and removed."""

import pytest
from config_bench import CLUSTER, Told, output, topic

from kplan.config import settings
from kplan.config.model import Variable


def required(constraint: str) -> str:
    return f'kplan {{\n  required_version = "{constraint}"\n}}\n' + CLUSTER


MET = [
    ">= 0.1",
    ">= 0.1.0",
    "<= 0.1.0",
    "= 0.1.0",
    "0.1.0",
    "0.1",
    "> 0.0.9",
    "< 0.2",
    "!= 0.1.1",
    "~> 0.1",
    "~> 0.1.0",
    "~> 0.0",
    "~> 0",
    ">= 0.1, < 1",
    "  >=0.1  ,<1",
]
UNMET = [
    ">= 0.2",
    "> 0.1",
    "> 0.1.0",
    "< 0.1.0",
    "<= 0.0.9",
    "= 0.1.1",
    "0.2",
    "!= 0.1",
    "~> 0.0.9",
    "~> 0.2",
    "~> 1",
    ">= 0.1, < 0.1",
    ">= 1, >= 0.1",
]


@pytest.fixture(autouse=True)
def _version(monkeypatch):
    monkeypatch.setattr(settings, "__version__", "0.1.0")


@pytest.mark.parametrize("constraint", MET)
def test_a_version_in_bounds_is_taken(bench, constraint):
    bench.load(required(constraint))


@pytest.mark.parametrize("constraint", UNMET)
def test_a_version_out_of_bounds_is_refused(bench, constraint):
    detail = f"This is kplan 0.1.0, but the configuration wants {constraint}."
    assert bench.refused(required(constraint)) == [
        Told("Unsupported kplan version", detail, f'"{constraint}"')
    ]


@pytest.mark.parametrize("constraint", ["new", "=> 1", ">= 0.1, ", ">= v1", "1.0-beta"])
def test_what_is_no_constraint_is_refused(bench, constraint):
    part = next(part for part in constraint.split(",") if part.strip() != ">= 0.1").strip()
    detail = f'"{part}" is no version constraint; write one such as ">= 0.1".'
    assert bench.refused(required(constraint)) == [
        Told("Invalid version constraint", detail, f'"{constraint}"')
    ]


@pytest.mark.parametrize(
    ("have", "constraint", "fits"),
    [
        ("1.4.2", "~> 1.2", True),
        ("2.0.0", "~> 1.2", False),
        ("1.4.2", "~> 1.4.0", True),
        ("1.5.0", "~> 1.4.0", False),
        ("1.10.0", ">= 1.9", True),
        ("1.4.2", "~> 1", True),
    ],
)
def test_versions_are_compared_by_number(bench, monkeypatch, have, constraint, fits):
    monkeypatch.setattr(settings, "__version__", have)
    if fits:
        bench.load(required(constraint))
    else:
        assert bench.refused(required(constraint))[0].summary == "Unsupported kplan version"


ONLY = 'This version of kplan keeps state in a folder only: `backend "local" { … }`, not '
WRONG = {
    "another backend": (
        'kplan {\n  backend "s3" {\n  }\n}\n',
        Told("Unsupported backend", ONLY + '`backend "s3"`.', 'backend "s3"'),
    ),
    "a backend without its label": (
        "kplan {\n  backend {\n  }\n}\n",
        Told("Unsupported backend", ONLY + "`backend`.", "backend"),
    ),
    "a second label": (
        'kplan {\n  backend "local" "x" {\n  }\n}\n',
        Told("Unsupported backend", ONLY + '`backend "local" "x"`.', 'backend "local" "x"'),
    ),
    "two backends": (
        'kplan {\n  backend "local" {\n  }\n}\nkplan {\n  backend "local" {\n    path = "x"\n  }\n}\n',
        Told(
            "Duplicate declaration",
            "The backend was already declared at main.kplan.hcl:2. Names must be unique in a module.",
            'backend "local"',
        ),
    ),
    "a path that is computed": (
        'kplan {\n  backend "local" {\n    path = "${1}"\n  }\n}\n',
        Told("Unsuitable value", '"path" must be a quoted text, written literally.', '"${1}"'),
    ),
    "a version that is a number": (
        "kplan {\n  required_version = 1\n}\n",
        Told("Unsuitable value", '"required_version" must be a quoted text, written literally.', "1"),
    ),
    "a variable of a kept name": (
        'variable "for_each" {\n  default = 1\n}\n',
        Told(
            "Invalid variable name",
            '"for_each" can\'t be the name of a variable: it is kept for module blocks.',
            '"for_each"',
        ),
    ),
    "a type that is none": (
        'variable "v" {\n  type    = strin\n  default = 1\n}\n',
        Told(
            "Invalid type specification",
            'The keyword "strin" is not a valid type specification. Did you mean "string"?',
            "strin",
        ),
    ),
    "sensitive computed": (
        'variable "v" {\n  default   = 1\n  sensitive = "yes"\n}\n',
        Told("Unsuitable value", '"sensitive" must be true or false, written literally.', '"yes"'),
    ),
    "a default that refers": (
        'variable "v" {\n  default = var.w\n}\nvariable "w" {\n  default = 1\n}\n',
        Told(
            "Variables not allowed",
            "A variable's default must be a value of its own, without references.",
            "var.w",
        ),
    ),
    "depends_on no list": (
        output("o", "1", "depends_on = memory_topic.a"),
        Told("Invalid expression", '"depends_on" takes a list: `[topic.orders]`.', "memory_topic.a"),
    ),
    "depends_on no reference": (
        output("o", "1", 'depends_on = ["memory_topic.a"]'),
        Told(
            "Invalid reference",
            "A reference to a block is needed here, such as topic.orders.",
            '"memory_topic.a"',
        ),
    ),
    "depends_on an instance": (
        CLUSTER + topic("a") + output("o", "1", 'depends_on = [memory_topic.a["x"]]'),
        Told(
            "Invalid reference",
            "A reference to a block is needed here, such as topic.orders.",
            'memory_topic.a["x"]',
        ),
    ),
    "depends_on an attribute": (
        CLUSTER + topic("a") + output("o", "1", "depends_on = [memory_topic.a.name]"),
        Told(
            "Invalid reference",
            "A reference to a block is needed here, such as topic.orders.",
            "memory_topic.a.name",
        ),
    ),
    "removed without saying what becomes of it": (
        "removed {\n  from = memory_topic.a\n}\n",
        Told(
            "Missing lifecycle",
            "Say what becomes of the object: `lifecycle { destroy = false }` forgets it and leaves it on the cluster, "
            "`lifecycle { destroy = true }` deletes it with its data.",
            "memory_topic.a",
        ),
    ),
    "removed with an empty lifecycle": (
        "removed {\n  from = memory_topic.a\n  lifecycle {\n  }\n}\n",
        Told(
            "Missing lifecycle",
            "Say what becomes of the object: `lifecycle { destroy = false }` forgets it and leaves it on the cluster, "
            "`lifecycle { destroy = true }` deletes it with its data.",
            "memory_topic.a",
        ),
    ),
    "removed from what is no address": (
        'removed {\n  from = "memory_topic.a"\n  lifecycle {\n    destroy = true\n  }\n}\n',
        Told(
            "Invalid reference",
            'A reference to a block is needed here, such as topic.orders or topic.orders["key"].',
            '"memory_topic.a"',
        ),
    ),
    "destroy not literal": (
        "removed {\n  from = memory_topic.a\n  lifecycle {\n    destroy = 1 == 1\n  }\n}\n",
        Told("Unsuitable value", '"destroy" must be true or false, written literally.', "1 == 1"),
    ),
    "import to what is no address": (
        'import {\n  to = memory_topic\n  id = "a"\n}\n',
        Told(
            "Invalid reference",
            'A reference to a block is needed here, such as topic.orders or topic.orders["key"].',
            "memory_topic",
        ),
    ),
    "import to no address": (
        'import {\n  to = lower("a")\n  id = "a"\n}\n',
        Told(
            "Invalid reference",
            'A reference to a block is needed here, such as topic.orders or topic.orders["key"].',
            'lower("a")',
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_worded_and_underlined(bench, name):
    text, expected = WRONG[name]
    assert bench.refused(text) == [expected]


def test_state_lives_in_a_folder_of_its_own_unless_said_otherwise(bench):
    assert bench.load(CLUSTER).module.backend_path == "state"
    assert bench.load('kplan {\n  backend "local" {\n  }\n}\n' + CLUSTER).module.backend_path == "state"
    two = 'kplan {\n  required_version = ">= 0"\n}\nkplan {\n  backend "local" {\n    path = "x"\n  }\n}\n'
    assert bench.load(two + CLUSTER).module.backend_path == "x"


def test_a_variable_says_no_more_than_it_must(bench):
    variable = bench.load('variable "v" {\n  default = null\n}\n').module.variables["v"]
    assert isinstance(variable, Variable)
    assert (variable.type, variable.sensitive, variable.nullable, variable.description) == (
        ("any",),
        False,
        True,
        "",
    )


def test_a_variable_may_be_of_a_kind_of_handle(bench):
    text = 'variable "v" {\n  type    = map(memory_cluster)\n  default = {}\n}\n' + CLUSTER
    assert bench.load(text).module.variables["v"].type == ("map", ("handle", "memory_cluster"))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("memory_topic.a", "memory_topic.a"),
        ('memory_topic.a["x"]', 'memory_topic.a["x"]'),
        ('memory_topic.a["x y\\"z"]', 'memory_topic.a["x y\\"z"]'),
        ("memory_cluster.c", "memory_cluster.c"),
    ],
)
def test_removed_takes_an_address_of_a_block_or_an_instance(bench, written, address):
    text = f"removed {{\n  from = {written}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    assert [(one.address, one.destroy) for one in bench.load(text).module.removed] == [(address, False)]


def test_outputs_and_objects_may_depend_on_data(bench):
    text = CLUSTER + topic("a", "depends_on = [data.memory_topics.d]")
    data = 'data "memory_topics" "d" {\n  cluster = memory_cluster.c\n}\n'
    loaded = bench.load(text + data + output("o", "1", "depends_on = [data.memory_topics.d, memory_topic.a]"))
    assert loaded.module.outputs["o"].depends_on == ("data.memory_topics.d", "memory_topic.a")
    assert loaded.edges["memory_topic.a"] == ("data.memory_topics.d", "memory_cluster.c")
