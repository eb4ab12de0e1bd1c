"""The engine's own blocks: kplan, variable, output, import, removed. Literal where the plan must know them early."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kplan import __version__
from kplan.config.conditions import conditions_of
from kplan.config.model import Import, Moved, Output, Place, Removed, Variable
from kplan.graph.address import instance_address
from kplan.lang import ast
from kplan.lang.types import ANY, Type, TypeProblem, parse_type

if TYPE_CHECKING:
    from kplan.lang.ast import Attribute, Block, Node
    from kplan.lang.diagnostics import Diagnostic

_RESERVED_VARIABLES = frozenset(
    {"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on"}
)


class Settings:
    """Reads and collects the engine's blocks of a module."""

    def __init__(self, diagnostics: list[Diagnostic], kinds: frozenset[str], *, root: bool = True) -> None:
        """Add errors to `diagnostics`; `kinds` are the kinds of handles that a variable may be of."""
        self._diagnostics, self._kinds, self._root = diagnostics, kinds, root
        self.variables: dict[str, Variable] = {}
        self.outputs: dict[str, Output] = {}
        self.imports: list[Import] = []
        self.moved: list[Moved] = []
        self.removed: list[Removed] = []
        self.backend_path = "state"
        self._backend: tuple[Place, Block] | None = None

    def take(
        self,
        kind: str,
        place: Place,
        block: Block,
        attributes: dict[str, Attribute],
        nested: dict[str, Block],
    ) -> None:
        """Take in one block whose arguments are known to be legal."""
        if not self._root and (kind == "import" or nested.get("backend")):
            what = "An import block" if kind == "import" else "A backend"
            detail = f"{what} belongs into the root module: it is about the whole configuration."
            self._diagnostics.append(place.error("Not in the root module", detail, block[2], block[3]))
            return
        match kind:
            case "kplan":
                self._kplan(place, attributes, nested)
            case "variable":
                self._variable(place, block, attributes)
            case "output":
                self._output(place, block, attributes)
            case "import":
                self._import(place, attributes)
            case "moved":
                self._moved(place, attributes)
            case "removed":
                self._removed(place, attributes, nested)

    def _error(self, place: Place, summary: str, detail: str, node: Node) -> None:
        self._diagnostics.append(place.error(summary, detail, node[1], node[2]))

    def literal(self, place: Place, attribute: Attribute | None, kind: type, default: Any) -> Any:
        """Read an argument that must be written as a literal."""
        if attribute is None:
            return default
        node = attribute[3]
        if node[0] == ast.LITERAL and isinstance(node[3], kind):
            return node[3]
        words = {str: "a quoted text", bool: "true or false"}[kind]
        self._error(place, "Unsuitable value", f'"{attribute[0]}" must be {words}, written literally.', node)
        return default

    def _kplan(self, place: Place, attributes: dict[str, Attribute], nested: dict[str, Block]) -> None:
        required = self.literal(place, attributes.get("required_version"), str, "")
        if required:
            self._required_version(place, required, attributes["required_version"][3])
        backend = nested.get("backend")
        if backend is None:
            return
        if backend[1] != ("local",):
            written = "".join(f' "{label}"' for label in backend[1])
            detail = f'This version of kplan keeps state in a folder only: `backend "local" {{ … }}`, not `backend{written}`.'
            self._diagnostics.append(place.error("Unsupported backend", detail, backend[2], backend[3]))
        if self._backend is not None:
            self._diagnostics.append(duplicate("The backend", place, backend, *self._backend))
        self._backend = place, backend
        path = next((one for one in backend[4] if one[0] == "path"), None)
        self.backend_path = self.literal(place, path, str, "state")

    def _required_version(self, place: Place, required: str, node: Node) -> None:
        have = _numbers(__version__)
        for part in required.split(","):
            found = re.fullmatch(r"\s*(>=|<=|!=|~>|>|<|=)?\s*(\d+(?:\.\d+)*)\s*", part)
            if found is None:
                detail = f'"{part.strip()}" is no version constraint; write one such as ">= 0.1".'
                self._error(place, "Invalid version constraint", detail, node)
                return
            if not _allows(found[1] or "=", have, _numbers(found[2]), found[2].count(".")):
                detail = f"This is kplan {__version__}, but the configuration wants {required}."
                self._error(place, "Unsupported kplan version", detail, node)
                return

    def _variable(self, place: Place, block: Block, attributes: dict[str, Attribute]) -> None:
        name = block[1][0]
        if name in _RESERVED_VARIABLES:
            detail = f'"{name}" can\'t be the name of a variable: it is kept for module blocks.'
            self._diagnostics.append(place.error("Invalid variable name", detail, *block[6][0]))
            return
        made = Variable(
            name,
            place,
            block,
            self._type(place, attributes.get("type")),
            attributes.get("default"),
            self.literal(place, attributes.get("sensitive"), bool, False),
            self.literal(place, attributes.get("nullable"), bool, True),
            self.literal(place, attributes.get("description"), str, ""),
            conditions_of(block, "validation"),
        )
        before = self.variables.setdefault(name, made)
        if before is not made:
            self._diagnostics.append(duplicate(f"var.{name}", place, block, before.place, before.block))

    def _type(self, place: Place, attribute: Attribute | None) -> Type:
        if attribute is None:
            return ANY
        try:
            return parse_type(attribute[3], self._kinds)
        except TypeProblem as problem:
            start, end = (problem.start, problem.end) if problem.end else attribute[3][1:3]
            self._diagnostics.append(place.error(problem.summary, problem.detail, start, end))
            return ANY

    def _output(self, place: Place, block: Block, attributes: dict[str, Attribute]) -> None:
        name = block[1][0]
        depends = self.addresses(place, attributes["depends_on"]) if "depends_on" in attributes else ()
        sensitive = self.literal(place, attributes.get("sensitive"), bool, False)
        made = Output(
            name, place, attributes["value"], sensitive, depends, conditions_of(block, "precondition")
        )
        before = self.outputs.setdefault(name, made)
        if before is not made:
            detail = f'An output "{name}" was already declared. Names must be unique in a module.'
            self._diagnostics.append(place.error("Duplicate declaration", detail, block[2], block[3]))

    def _import(self, place: Place, attributes: dict[str, Attribute]) -> None:
        steps = self._steps(attributes["to"][3])
        if steps is None:
            self._no_address(place, attributes["to"][3], keyed=True)
            return
        block = ".".join(name for name, _ in steps)
        each = attributes.get("for_each")
        self.imports.append(Import(block, steps, attributes["to"], attributes["id"], each, place))

    def _moved(self, place: Place, attributes: dict[str, Attribute]) -> None:
        nodes = attributes["from"][3], attributes["to"][3]
        source, to = (self.address(place, node, keyed=True, modules=True) for node in nodes)
        if source and to:
            self.moved.append(Moved(source, to, place, nodes[0][1:3], nodes[1][1:3]))

    def _removed(self, place: Place, attributes: dict[str, Attribute], nested: dict[str, Block]) -> None:
        node = attributes["from"][3]
        address = self.address(place, node, keyed=True, modules=True)
        lifecycle = nested.get("lifecycle")
        stated = next((one for one in lifecycle[4] if one[0] == "destroy"), None) if lifecycle else None
        if stated is None:
            detail = (
                "Say what becomes of the object: `lifecycle { destroy = false }` forgets it and leaves it on the "
                "cluster, `lifecycle { destroy = true }` deletes it with its data."
            )
            self._error(place, "Missing lifecycle", detail, node)
            return
        if address:
            destroy = self.literal(place, stated, bool, False)
            self.removed.append(Removed(address, destroy, place, node[1], node[2]))

    def addresses(self, place: Place, attribute: Attribute) -> tuple[str, ...]:
        """Read a list of block references, as depends_on takes it."""
        node = attribute[3]
        if node[0] != ast.LIST:
            self._error(
                place, "Invalid expression", f'"{attribute[0]}" takes a list: `[topic.orders]`.', node
            )
            return ()
        return tuple(one for one in (self.address(place, item, keyed=False) for item in node[3]) if one)

    def address(self, place: Place, node: Node, *, keyed: bool, modules: bool = False) -> str:
        """Read a reference to a block as an address; "" after an error.

        `keyed`: instances may be named too, by literal keys; `modules`: so may whole modules and what is in them.
        """
        steps = self._steps(node)
        if steps is not None:
            keys = [key for _, key in steps]
            literal = all(key is None or (keyed and key[0] == ast.LITERAL) for key in keys)
            named = steps[-1][0].startswith("module.")
            if literal and (modules or len(steps) == 1) and (not named or modules or not keyed):
                return ".".join(
                    instance_address(name, None if key is None else key[3]) for name, key in steps
                )
        self._no_address(place, node, keyed=keyed)
        return ""

    def _no_address(self, place: Place, node: Node, *, keyed: bool) -> None:
        shape = 'topic.orders or topic.orders["key"]' if keyed else "topic.orders"
        self._error(
            place, "Invalid reference", f"A reference to a block is needed here, such as {shape}.", node
        )

    def _steps(self, node: Node) -> tuple[tuple[str, Node | None], ...] | None:
        """Take a reference apart into module calls and a block, each with its key's expression; None if it is none."""
        names: list[str] = []
        keys: dict[int, Node] = {}  # by how many names stand before it
        while node[0] in {ast.INDEX, ast.ATTR}:
            if node[0] == ast.INDEX:
                keys[-len(names)] = node[4]
            else:
                names.insert(0, node[4])
            node = node[3]
        if node[0] != ast.REF:
            return None
        names[:0] = node[3]
        keys = {len(names) + at: key for at, key in keys.items()}
        steps: list[tuple[str, Node | None]] = []
        at = 0
        while at < len(names):
            size = 3 if names[at] == "data" else 2
            if at + size > len(names) or (steps and not steps[-1][0].startswith("module.")):
                return None
            steps.append((".".join(names[at : at + size]), keys.pop(at + size, None)))
            at += size
        return None if keys else tuple(steps)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))[:3]


def _allows(operator: str, have: tuple[int, ...], want: tuple[int, ...], dots: int) -> bool:
    padded = (*want, 0, 0, 0)[:3]
    match operator:
        case ">=":
            return have >= padded
        case "<=":
            return have <= padded
        case ">":
            return have > padded
        case "<":
            return have < padded
        case "!=":
            return have != padded
        case "~>":
            return have >= padded and have[: max(dots, 1)] == padded[: max(dots, 1)]
        case _:
            return have == padded


def duplicate(name: str, place: Place, block: Block, first: Place, first_block: Block) -> Diagnostic:
    """Say that a name was declared before, and where."""
    line, _ = first.source.position(first.base + first_block[2])
    detail = f"{name} was already declared at {first.source.path}:{line}. Names must be unique in a module."
    return place.error("Duplicate declaration", detail, block[2], block[3])
