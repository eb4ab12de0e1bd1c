"""Syntax trees to declared blocks, checked against schemas. Nothing is evaluated; every error is collected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kplan.config.model import Declared, Local, Module, Place
from kplan.config.schema import ENGINE, LABELS, RESERVED_LATER, Schema, compile_type
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
            elif block[0] not in ENGINE:
                found.add(block[0])
    return found


class Decoder:
    """Collects a module's blocks over its files, then gives the Module."""

    def __init__(self, types: Types) -> None:
        """Decode with these types."""
        self.types = types
        self.diagnostics: list[Diagnostic] = []
        self.declared: dict[str, Declared] = {}
        self.locals: dict[str, Local] = {}
        kinds = types.endpoint_kinds()
        self.settings = Settings(self.diagnostics, kinds)
        self._schemas = {name: compile_type(one, kinds) for name, one in types.resources.items()}
        self._source_schemas = {name: compile_type(one, kinds) for name, one in types.sources.items()}

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
        if kind in RESERVED_LATER:
            detail = f"This version of kplan has no {kind!r} blocks yet."
        elif kind in ("resource", "provider", "terraform"):
            detail = (
                "In kplan the block type is the resource type: write "
                f'`{block[1][0] if kind == "resource" and block[1] else "topic"} "name" {{ … }}`.'
            )
        else:
            known = [*self.types.known, *ENGINE, "locals", "data"]
            detail = f'No block type is called "{kind}".{did_you_mean(kind, known)}'
        self.diagnostics.append(place.error("Unsupported block type", detail, block[2], block[2] + len(kind)))

    def _data(self, text: source.Source, base: int, block: Block) -> None:
        place = Place(text, base, "data " + " ".join(f'"{label}"' for label in block[1]))
        if not self._labels(place, block, ("source", "name")):
            return
        name, label = block[1]
        source_type = self.types.sources.get(name)
        if source_type is None:
            detail = f'No data source is called "{name}".{did_you_mean(name, self.types.sources)}'
            self.diagnostics.append(place.error("Unsupported data source", detail, *block[6][0]))
            return
        self._provided(f"data.{name}.{label}", source_type, label, place, block, self._source_schemas[name])

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
        self, address: str, kind: BlockType, label: str, place: Place, block: Block, schema: Schema
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
            if name != "depends_on":  # an order only: no value of what it names is needed
                references.extend(attribute[4])
        if not attributes.keys() >= set(schema.required):
            self._missing(place, block, schema, attributes)
        nested = self.nested(place, block, schema, references) if block[5] else {}
        lifecycle = nested.pop("lifecycle", None)
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
            lifecycle[4][0] if lifecycle and lifecycle[4] else None,
            self.settings.addresses(place, metas["depends_on"]) if "depends_on" in metas else (),
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
        elif name == "count":
            detail = "This version of kplan has no count yet; use for_each."
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
            if name in found:
                detail = f"A {block[0]} takes one {name} block; put everything into the first."
                self.diagnostics.append(place.error(f"Duplicate {name} block", detail, inner[2], inner[3]))
                continue
            found[name] = inner
            self._check_inner(place, inner, inner_schema, references)
        return found

    def _check_inner(self, place: Place, inner: Block, schema: Schema, references: list[Reference]) -> None:
        if inner[1] and inner[0] != "backend":
            detail = f"A {inner[0]} block takes no labels."
            self.diagnostics.append(place.error("Wrong number of block labels", detail, inner[2], inner[3]))
        present: dict[str, Attribute] = {}
        for attribute in inner[4]:
            if attribute[0] in schema.settable:
                present[attribute[0]] = attribute
            else:
                self._unknown_attribute(place, schema, attribute)
            references.extend(attribute[4])
        self._missing(place, inner, schema, present)
        if inner[5]:
            self.nested(place, inner, schema, references)

    def _engine_block(self, kind: str, place: Place, block: Block) -> None:
        if kind == "locals":
            self._locals(place, block)
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
