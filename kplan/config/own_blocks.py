"""The engine's own blocks and arguments, as data: what they are for. Schemas and documents are made of this."""

from __future__ import annotations

from typing import Final, NamedTuple

from kplan.sdk.types import OPTIONAL, REQUIRED, Attribute, NestedBlock

_ADDRESS: Final = "topic.orders"


class OwnBlock(NamedTuple):
    """A block of the engine's. `labels` name its labels."""

    name: str
    labels: tuple[str, ...]
    doc: str
    attributes: tuple[Attribute, ...]
    blocks: tuple[NestedBlock, ...] = ()
    open: bool = False  # whether it takes arguments of any name


_CONDITION: Final = (
    Attribute("condition", "bool", "What must be true.", REQUIRED, "var.partitions > 0"),
    Attribute("error_message", "string", "What to say if it isn't.", REQUIRED, '"At least one partition."'),
)


def _conditions(name: str, doc: str) -> NestedBlock:
    return NestedBlock(name, _CONDITION, f"{doc} May stand there several times.")


PRECONDITION: Final = _conditions("precondition", "What must hold before the object is planned.")
POSTCONDITION: Final = _conditions(
    "postcondition",
    "What must hold of the object as planned and as it is after its change; it is called `self`.",
)
LIFECYCLE: Final = NestedBlock(
    "lifecycle",
    (
        Attribute(
            "prevent_destroy",
            "bool",
            "Refuse every plan that would delete the object. Remembered in state, so it holds when the block is gone.",
            OPTIONAL,
            "true",
        ),
        Attribute(
            "ignore_changes",
            "list(any)",
            "Arguments, or elements of maps, that are left as they are once the object exists; `all` for every one.",
            OPTIONAL,
            '[partitions, config["retention.ms"]]',
        ),
    ),
    "How kplan treats the object.",
    (PRECONDITION, POSTCONDITION),
)
EVERYWHERE: Final = (
    Attribute(
        "for_each",
        "any",
        "A map, or a set of texts: an instance for each key, with `each.key` and `each.value`.",
        OPTIONAL,
        'toset(["eu", "us"])',
        "A key that goes takes its object with it, unless another block declares that object.",
    ),
    Attribute("count", "number", "An instance for each number from 0, with `count.index`.", OPTIONAL, "2"),
    Attribute(
        "depends_on",
        "list(any)",
        "Blocks and modules to be applied before this one, beside those it refers to.",
        OPTIONAL,
        f"[{_ADDRESS}]",
    ),
)
LABELS: Final = Attribute(
    "labels",
    "map(string)",
    "Words about the object that rules and reports read; never sent to the cluster.",
    OPTIONAL,
    '{ criticality = "high" }',
    "Nothing on the cluster.",
)

OWN_BLOCKS: Final = (
    OwnBlock(
        "kplan",
        (),
        "What the configuration needs of kplan, and where its state lives.",
        (
            Attribute(
                "required_version", "string", "Versions of kplan that may run it.", OPTIONAL, '">= 0.1"'
            ),
        ),
        (
            NestedBlock(
                "backend",
                (Attribute("path", "string", "The folder of the state files.", OPTIONAL, '"state"'),),
                'Where state lives; its label is the kind, so far only "local".',
            ),
        ),
    ),
    OwnBlock(
        "variable",
        ("name",),
        "A value that is given from outside: by flags, files or the environment, or by a module's caller.",
        (
            Attribute("type", "type", "What values it takes.", OPTIONAL, "map(number)"),
            Attribute("default", "any", "Its value where none is given; without one, a value is required."),
            Attribute("description", "string", "What it is for."),
            Attribute("sensitive", "bool", "Its value is never shown or stored.", OPTIONAL, "true"),
            Attribute(
                "nullable",
                "bool",
                "Whether null is a value; if not, null means the default.",
                OPTIONAL,
                "false",
            ),
        ),
        (_conditions("validation", "What must hold of its value."),),
    ),
    OwnBlock("locals", (), "Values with names of their own, as `local.NAME`.", (), open=True),
    OwnBlock(
        "output",
        ("name",),
        "A value for others: shown after an apply, kept in state, and given to a module's caller.",
        (
            Attribute("value", "any", "The value.", REQUIRED, f"{_ADDRESS}.name"),
            Attribute("description", "string", "What it is for."),
            Attribute("sensitive", "bool", "Its value is never shown or stored.", OPTIONAL, "true"),
            Attribute(
                "depends_on",
                "list(any)",
                "Blocks to be applied before it is worked out.",
                OPTIONAL,
                f"[{_ADDRESS}]",
            ),
        ),
        (PRECONDITION,),
    ),
    OwnBlock(
        "module",
        ("name",),
        "A call of the module in a folder. Every other argument is the value of a variable of that module.",
        (
            Attribute("source", "string", "The folder, from this one.", REQUIRED, '"./modules/team"'),
            *EVERYWHERE,
        ),
        open=True,
    ),
    OwnBlock(
        "import",
        (),
        "Adopts an object that exists. Adopting changes nothing by itself.",
        (
            Attribute("to", "address", "The block or instance that is to manage it.", REQUIRED, _ADDRESS),
            Attribute("id", "string", "What the object is called on its cluster.", REQUIRED, '"orders"'),
            Attribute("for_each", "any", "Adopts one for each key.", OPTIONAL, 'toset(["eu", "us"])'),
        ),
    ),
    OwnBlock(
        "moved",
        (),
        "Says that an object, a block or a module has another address now.",
        (
            Attribute("from", "address", "The address before.", REQUIRED, "topic.old"),
            Attribute("to", "address", "The address now.", REQUIRED, "topic.new"),
        ),
    ),
    OwnBlock(
        "removed",
        (),
        "Says what becomes of objects whose block is gone.",
        (
            Attribute(
                "from",
                "address",
                "The block, instance, module or cluster that is gone.",
                REQUIRED,
                "topic.old",
            ),
        ),
        (
            NestedBlock(
                "lifecycle",
                (
                    Attribute(
                        "destroy",
                        "bool",
                        "`true` deletes the object with its data, which is then agreed to; `false` lets go of it.",
                        REQUIRED,
                        "false",
                    ),
                ),
                "What becomes of them.",
            ),
        ),
    ),
    OwnBlock(
        "check",
        ("name",),
        "Assertions about the whole, judged after a plan and after an apply. They only warn. A data block inside "
        "is the check's own: if it can't be read, that is a warning too.",
        (),
        (_conditions("assert", "What should hold."),),
    ),
)
