"""Modules as they are called: a tree of units, the root module first.

The same folder called twice is read once and makes two units. A unit's blocks have addresses of their own; instances
of a module (by for_each or count) are made only when they are evaluated.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kplan.config.decode import Decoder, Schemas, types_named
from kplan.config.files import parse_folder
from kplan.config.model import Call, Declared, Module  # noqa: TC001 - read by NamedTuple
from kplan.graph.address import within
from kplan.lang.diagnostics import Diagnostic, DiagnosticsError, did_you_mean, error
from kplan.registry import types as registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kplan.lang.ast import ParsedFile
    from kplan.lang.cache import BlockCache
    from kplan.registry.types import Types


_HEADER: Final = re.compile(r'^[ \t]*([^\W\d][\w-]*)((?:[ \t]+(?:"[^"\n]*"|[\w-]+))*)[ \t]*\{', re.MULTILINE)
_LABEL: Final = re.compile(r"[\w-]+")
_ROOTS: Final = {"variable": "var", "locals": "local"}


class Unit(NamedTuple):
    """One call of a module. `path` is its address without keys, "" for the root; `declared` is keyed by local address.

    `folder` is the module's, as a path from the root module's.
    """

    path: str
    module: Module
    declared: dict[str, Declared]
    children: dict[str, Unit]
    call: Call | None
    parent: Unit | None
    folder: str

    def node(self, local: str) -> str:
        """Name something of this module."""
        return within(self.path, local)


class Read(NamedTuple):
    """Every folder that a configuration takes in, parsed; the root's is ".".

    `unread` are the addresses, by folder, of what begins like a block in files with mistakes.
    """

    files: dict[str, list[ParsedFile]]
    diagnostics: list[Diagnostic]
    unread: dict[str, frozenset[str]]


class Modules(NamedTuple):
    """A configuration's modules by folder, decoded, and the types they name."""

    by_folder: dict[str, Module]
    types: Types


def read_folders(root: Path, cache: BlockCache | None) -> Read:
    """Parse the root module's folder and, one after another, those of the modules that are called."""
    files, diagnostics = parse_folder(root, cache)
    found = Read({".": files}, diagnostics, {".": _unread(diagnostics)})
    waiting = ["."]
    while waiting:
        folder = waiting.pop()
        for source in dict.fromkeys(_sources(found.files[folder])):
            called = _joined(folder, source)
            if called not in found.files and (root / called).is_dir():
                inner, wrong = parse_folder(root / called, cache, called)
                found.files[called] = inner
                found.diagnostics.extend(wrong)
                found.unread[called] = _unread(wrong)
                waiting.append(called)
    return found


def _sources(files: list[ParsedFile]) -> Iterator[str]:
    for file in files:
        for _, block in file.blocks:
            if block[0] == "module":
                yield from (
                    one[3][3] for one in block[4] if one[0] == "source" and isinstance(one[3][3], str)
                )


def _unread(diagnostics: list[Diagnostic]) -> frozenset[str]:
    """Name what may have been declared in files with mistakes: that it is missing follows from them."""
    found: set[str] = set()
    for source in {one.source for one in diagnostics if one.source is not None}:
        for kind, labels in _HEADER.findall(source.text):
            parts = _LABEL.findall(labels)
            found.add(".".join([_ROOTS.get(kind, kind), *parts]))
    return frozenset(found)


def _joined(folder: str, source: str) -> str:
    return os.path.normpath(os.path.join(folder, source))  # noqa: PTH118 - texts, of no file system yet


def decode_folders(root: Path, read: Read) -> tuple[Modules, list[Diagnostic]]:
    """Decode every folder's blocks, once each, against the types that any of them names."""
    try:
        types = registry.load({name for files in read.files.values() for name in types_named(files)})
    except registry.RegistryProblem as problem:
        raise DiagnosticsError([error(problem.summary, str(problem))]) from None
    schemas = Schemas(types)
    modules: dict[str, Module] = {}
    diagnostics: list[Diagnostic] = []
    for folder, files in read.files.items():
        decoder = Decoder(schemas, root=folder == ".")
        for file in files:
            decoder.file(file)
        made = decoder.module(root / folder, tuple(file.source for file in files))
        modules[folder] = made._replace(unread=read.unread[folder])
        diagnostics += decoder.diagnostics
    return Modules(modules, types), diagnostics


def build_units(modules: Modules) -> tuple[list[Unit], list[Diagnostic]]:
    """Lay the calls out from the root on, callers before what they call."""
    root = modules.by_folder["."]
    units = [Unit("", root, root.declared, {}, None, None, ".")]
    diagnostics: list[Diagnostic] = []
    for unit in units:  # grows while it is walked
        for call in unit.module.calls.values():
            child, problem = _called(unit, call, modules)
            if child is not None:
                unit.children[call.name] = child
                units.append(child)
            diagnostics += problem
    return units, diagnostics


def _called(unit: Unit, call: Call, modules: Modules) -> tuple[Unit | None, list[Diagnostic]]:
    folder = _joined(unit.folder, call.source)
    node = next(one for one in call.block[4] if one[0] == "source")[3]
    above: Unit | None = unit
    while above is not None:
        if above.folder == folder:
            way = f"module.{call.name} is in {folder}, which calls it"
            detail = f"A module can't call itself, directly or through others: {way}."
            return None, [call.place.error("Module calls itself", detail, *node[1:3])]
        above = above.parent
    module = modules.by_folder.get(folder)
    if module is None:
        detail = f'There is no folder "{call.source}" beside {call.place.source.path}, so there is no module to call.'
        return None, [call.place.error("Module not found", detail, *node[1:3])]
    path = unit.node(f"module.{call.name}")
    declared = {
        local: one._replace(address=f"{path}.{local}", module=path) for local, one in module.declared.items()
    }
    return Unit(path, module, declared, {}, call, unit, folder), _misfits(call, module)


def _misfits(call: Call, module: Module) -> list[Diagnostic]:
    """Hold what is given to a module against what it takes."""
    found = []
    for name, given in call.inputs.items():
        if name not in module.variables:
            detail = f'The module has no variable "{name}".{did_you_mean(name, module.variables)}'
            found.append(call.place.error("Unsupported argument", detail, *given[1:3]))
    for name, variable in module.variables.items():
        if name not in call.inputs and variable.default is None:
            detail = f'The argument "{name}" is required: the module has a variable of that name without a default.'
            found.append(call.place.error("Missing required argument", detail, *call.block[2:4]))
    return found
