"""Syntax trees to declared blocks, checked against schemas. Nothing is evaluated; every error is collected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kplan.config import lifecycle
from kplan.config.before import values_in
from kplan.config.calls import call_of
from kplan.config.conditions import conditions_of
from kplan.config.model import Call, Check, Declared, Local, Module, Place
from kplan.config.schema import CONDITION, ENGINE, LABELS, UNSUITED, Schema, compile_type
from kplan.config.settings import Settings, duplicate
from kplan.lang.diagnostics import Diagnostic, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kplan.lang import source
    from kplan.lang.ast import Attribute, Block, ParsedFile, Reference
    from kplan.registry.types import Types
    from kplan.sdk.types import BlockType

_LABEL = re.compile(r"[^\W\d][\w-]*\Z")


def types_named(files: Sequence[ParsedFile]) -> set[str]:
    """Collect the block types and data sources that files name, for the registry to load."""
    found: set[str] = set()
    for file in files:
        for _, block in file.blocks:
            if block[0] == "data":
                found.update(block[1][:1])
            elif block[0] == "check":
                found.update(inner[1][0] for inner in block[5] if inner[0] == "data" and inner[1])
            elif block[0] not in LABELS:
                found.add(block[0])
    return found


class Schemas:
    """The compiled schemas of all block types, shared by the modules of a configuration."""

    def __init__(self, types: Types) -> None:
        """Compile them once."""
        self.types = types
        self.kinds = types.endpoint_kinds()
        self.resources = {name: compile_type(one, self.kinds) for name, one in types.resources.items()}
        self.sources = {name: compile_type(one, self.kinds) for name, one in types.sources.items()}


class Decoder:
    """Collects a module's blocks over its files, then gives the Module."""

    def __init__(self, schemas: Schemas, *, root: bool = True) -> None:
        """Decode with these types; a module that is not the root may have less."""
        self.types = schemas.types
        self.diagnostics: list[Diagnostic] = []
        self.declared: dict[str, Declared] = {}
        self.locals: dict[str, Local] = {}
        self.calls: dict[str, Call] = {}
        self.checks: dict[str, Check] = {}
        self.settings = Settings(self.diagnostics, schemas.kinds, root=root)
        self._schemas, self._source_schemas = schemas.resources, schemas.sources

    def module(self, folder: Path, sources: tuple[source.Source, ...]) -> Module:
        """Give what was collected."""
        return Module(
            folder,
            self.declared,
            self.settings.variables,
            self.locals,
            self.settings.outputs,
            tuple(self.settings.imports),
            tuple(self.settings.removed),
            self.settings.backend_path,
            sources,
            self.calls,
            tuple(self.settings.moved),
            self.checks,
        )

    def file(self, file: ParsedFile) -> None:
        """Take in a file's blocks."""
        for base, block in file.blocks:
            self._block(file.source, base, block)

    def _block(self, text: source.Source, base: int, block: Block) -> None:
        kind, labels = block[0], block[1]
        resource = self.types.resources.get(kind)
        if resource is not None:
            place = Place(text, base, f'{kind} "{labels[0]}"' if labels else kind)
            if self._labels(place, block, ("name",)):
                self._provided(f"{kind}.{labels[0]}", resource, labels[0], place, block, self._schemas[kind])
        elif kind == "data":
            self._data(text, base, block)
        elif kind in LABELS:
            place = Place(text, base, f'{kind} "{labels[0]}"' if labels else kind)
            if self._labels(place, block, ("name",) * LABELS[kind]):
                self._engine_block(kind, place, block)
        else:
            self._unknown_type(Place(text, base, kind), block)

    def _unknown_type(self, place: Place, block: Block) -> None:
        kind = block[0]
        if kind in ("resource", "provider", "terraform"):
            detail = (
                "In kplan the block type is the resource type: write "
                f'`{block[1][0] if kind == "resource" and block[1] else "topic"} "name" {{ … }}`.'
            )
        else:
            known = [*self.types.known, *LABELS, "data"]
            detail = f'No block type is called "{kind}".{did_you_mean(kind, known)}'
        self.diagnostics.append(place.error("Unsupported block type", detail, block[2], block[2] + len(kind)))

    def _data(self, text: source.Source, base: int, block: Block, check: str = "") -> None:
        place = Place(text, base, "data " + " ".join(f'"{label}"' for label in block[1]))
        if not self._labels(place, block, ("source", "name")):
            return
        name, label = block[1]
        source_type = self.types.sources.get(name)
        if source_type is None:
            detail = f'No data source is called "{name}".{did_you_mean(name, self.types.sources)}'
            self.diagnostics.append(place.error("Unsupported data source", detail, *block[6][0]))
            return
        address = f"data.{name}.{label}"
        self._provided(address, source_type, label, place, block, self._source_schemas[name], check)

    def _labels(self, place: Place, block: Block, wanted: tuple[str, ...]) -> bool:
        labels = block[1]
        if len(labels) != len(wanted):
            form = " ".join([block[0], *(f'"{one.upper()}"' for one in wanted)])
            count = f"{len(wanted)} label{'s' * (len(wanted) != 1)}" if wanted else "no labels"
            detail = f"A {block[0]} block takes {count}: write `{form} {{ … }}`."
            self.diagnostics.append(place.error("Wrong number of block labels", detail, block[2], block[3]))
            return False
        bad = [(label, span) for label, span in zip(labels, block[6], strict=True) if not _LABEL.match(label)]
        for label, span in bad:
            detail = (
                f'"{label}" can\'t be a label: it must start with a letter or underscore and have only letters, '
                "digits, underscores and dashes. The name on the cluster may be another: set the name attribute."
            )
            self.diagnostics.append(place.error("Invalid block label", detail, *span))
        return not bad

    def _provided(
        self,
        address: str,
        kind: BlockType,
        label: str,
        place: Place,
        block: Block,
        schema: Schema,
        check: str = "",
    ) -> None:
        attributes: dict[str, Attribute] = {}
        metas: dict[str, Attribute] = {}
        references: list[Reference] = []
        for attribute in block[4]:
            name = attribute[0]
            if name in schema.settable:
                attributes[name] = attribute
            elif name in schema.metas:
                metas[name] = attribute
            else:
                self._unknown_attribute(place, schema, attribute)
            if name in schema.before:
                references.extend(values_in(kind, attribute))
            elif name != "depends_on":  # an order only: no value of what it names is needed
                references.extend(attribute[4])
        if not attributes.keys() >= set(schema.required):
            self._missing(place, block, schema, attributes)
        nested = self.nested(place, block, schema, references) if block[5] else {}
        rules = lifecycle.read(nested.pop("lifecycle", None), place, schema.settable, self.diagnostics)
        if "for_each" in metas and "count" in metas:
            detail = "A block may have count or for_each, not both: for_each makes instances by key, count by number."
            self.diagnostics.append(
                place.error("Invalid combination of count and for_each", detail, *metas["for_each"][1:3])
            )
        declared = Declared(
            address,
            kind,
            label,
            place,
            block,
            schema,
            attributes,
            nested,
            tuple(references),
            metas.get("for_each"),
            metas.get("labels"),
            rules.prevent_destroy,
            self.settings.addresses(place, metas["depends_on"]) if "depends_on" in metas else (),
            metas.get("count"),
            rules.ignored,
            rules.ignores_all,
            rules.preconditions,
            rules.postconditions,
            check=check,
        )
        before = self.declared.setdefault(address, declared)
        if before is not declared:
            self.diagnostics.append(duplicate(address, place, block, before.place, before.block))

    def _unknown_attribute(self, place: Place, schema: Schema, attribute: Attribute) -> None:
        name = attribute[0]
        if name in schema.blocks:
            detail = f'"{name}" is a block here: write `{name} {{ … }}`, without the equals sign.'
        elif name in schema.declared:
            detail = f'"{name}" is decided by the live system and can\'t be set.'
        elif name in UNSUITED:
            detail = f"kplan has no {name}. {UNSUITED[name]}"
        else:
            detail = f'No attribute is called "{name}" here.{did_you_mean(name, schema.names())}'
        self.diagnostics.append(place.error("Unsupported argument", detail, attribute[1], attribute[2]))

    def _missing(self, place: Place, block: Block, schema: Schema, attributes: dict[str, Any]) -> None:
        for name in schema.required:
            if name not in attributes:
                detail = f'The argument "{name}" is required, but no definition was found.'
                found = place.error("Missing required argument", detail, block[2], block[3])
                self.diagnostics.append(found)

    def nested(
        self, place: Place, block: Block, schema: Schema, references: list[Reference]
    ) -> dict[str, Block]:
        """Check nested blocks against the schema, each at most once, and collect their references."""
        found: dict[str, Block] = {}
        for inner in block[5]:
            name = inner[0]
            inner_schema = schema.blocks.get(name)
            if inner_schema is None:
                detail = f'No block is called "{name}" here.{did_you_mean(name, schema.blocks)}'
                if name in schema.settable or name in schema.metas:
                    detail = f'"{name}" is an argument here: write `{name} = …`, with an equals sign.'
                self.diagnostics.append(
                    place.error("Unsupported block type", detail, inner[2], inner[2] + len(name))
                )
                continue
            if name in schema.many:
                self._labelled(place, inner, block)
            elif name in found and name not in schema.repeated:
                detail = f"A {block[0]} takes one {name} block; put everything into the first."
                self.diagnostics.append(place.error(f"Duplicate {name} block", detail, inner[2], inner[3]))
                continue
            found[name] = inner
            self._check_inner(place, inner, inner_schema, references, labelled=name in schema.many)
        return found

    def _labelled(self, place: Place, inner: Block, parent: Block) -> None:
        """Check the label of one of several blocks: it names it among the others."""
        if not self._labels(place, inner, ("name",)):
            return
        first = next(one for one in parent[5] if one[:2] == inner[:2])
        if first is not inner:
            detail = f'Another {inner[0]} block here is called "{inner[1][0]}". Give each a name of its own.'
            self.diagnostics.append(place.error(f"Duplicate {inner[0]} block", detail, *inner[6][0]))

    def _check_inner(
        self,
        place: Place,
        inner: Block,
        schema: Schema,
        references: list[Reference],
        *,
        labelled: bool = False,
    ) -> None:
        if inner[1] and inner[0] != "backend" and not labelled:
            detail = f"A {inner[0]} block takes no labels."
            self.diagnostics.append(place.error("Wrong number of block labels", detail, inner[2], inner[3]))
        present: dict[str, Attribute] = {}
        for attribute in inner[4]:
            if attribute[0] in schema.settable:
                present[attribute[0]] = attribute
            else:
                self._unknown_attribute(place, schema, attribute)
            if attribute[0] != "ignore_changes":  # names attributes, not blocks
                references.extend(
                    one for one in attribute[4] if one[0][0] != "self" or inner[0] != "postcondition"
                )
        self._missing(place, inner, schema, present)
        if inner[5]:
            self.nested(place, inner, schema, references)

    def _engine_block(self, kind: str, place: Place, block: Block) -> None:
        match kind:
            case "locals":
                self._locals(place, block)
                return
            case "module":
                self._call(place, block)
                return
            case "check":
                self._check(place, block)
                return
        schema = ENGINE[kind]
        attributes = {one[0]: one for one in block[4] if one[0] in schema.settable}
        for attribute in block[4]:
            if attribute[0] not in schema.settable:
                self._unknown_attribute(place, schema, attribute)
        count = len(self.diagnostics)
        self._missing(place, block, schema, attributes)
        references: list[Reference] = []
        nested = self.nested(place, block, schema, references)
        if len(self.diagnostics) == count:
            self.settings.take(kind, place, block, attributes, nested)

    def _locals(self, place: Place, block: Block) -> None:
        for inner in block[5]:
            detail = "A locals block has only arguments: write `name = value`."
            self.diagnostics.append(place.error("Unsupported block type", detail, inner[2], inner[3]))
        for attribute in block[4]:
            name = attribute[0]
            local = Local(name, place._replace(context=f"local.{name}"), attribute)
            if self.locals.setdefault(name, local) is not local:
                first = self.locals[name]
                line, _ = first.place.source.position(first.place.base + first.attribute[1])
                detail = f"local.{name} was already declared at {first.place.source.path}:{line}."
                self.diagnostics.append(
                    place.error("Duplicate local value", detail, attribute[1], attribute[2])
                )

    def _call(self, place: Place, block: Block) -> None:
        made = call_of(place, block, self.settings, self.diagnostics)
        if made is None:
            return
        before = self.calls.setdefault(made.name, made)
        if before is not made:
            self.diagnostics.append(
                duplicate(f"module.{made.name}", place, block, before.place, before.block)
            )

    def _check(self, place: Place, block: Block) -> None:
        """Take in a check; its data block is one of the module's that only the check may name."""
        for attribute in block[4]:
            self._unknown_attribute(place, _CHECK, attribute)
        asserts = [inner for inner in block[5] if inner[0] != "data"]
        references: list[Reference] = []
        self.nested(place, (*block[:5], tuple(asserts), *block[6:]), _CHECK, references)
        data = [inner for inner in block[5] if inner[0] == "data"]
        for inner in data[1:]:
            detail = "A check takes one data block; give each question a check of its own."
            self.diagnostics.append(place.error("Duplicate data block", detail, inner[2], inner[3]))
        if data:
            self._data(place.source, place.base, data[0], block[1][0])
        if not asserts:
            detail = "A check needs at least one assert block: what it is to find out."
            self.diagnostics.append(place.error("Missing assert block", detail, block[2], block[3]))
        made = Check(block[1][0], place, block, conditions_of(block, "assert"), tuple(references))
        before = self.checks.setdefault(made.name, made)
        if before is not made:
            self.diagnostics.append(duplicate(f"check.{made.name}", place, block, before.place, before.block))


_CHECK = Schema({}, {}, frozenset(), (), {"assert": CONDITION}, frozenset(), frozenset({"assert"}))
