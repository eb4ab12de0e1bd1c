"""Variables and locals that nothing uses: found in the text, once for each module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kplan.config.model import Condition, Module
    from kplan.lang.ast import Reference
    from kplan.lang.diagnostics import Diagnostic


def unused(modules: Iterable[Module]) -> Iterator[Diagnostic]:
    """Find what could go without anyone noticing; what only unused locals use is unused, too."""
    for module in modules:
        used = _reached(module)
        for name, variable in module.variables.items():
            if f"var.{name}" not in used:
                span = variable.block[2], variable.block[3]
                yield variable.place.warning("Unused variable", _detail(f"var.{name}"), *span)
        for name, local in module.locals.items():
            if f"local.{name}" not in used:
                span = local.attribute[1], local.attribute[2]
                yield local.place.warning("Unused local value", _detail(f"local.{name}"), *span)


def _detail(name: str) -> str:
    return f"Nothing in this module refers to {name}. Take it away, or use it."


def _reached(module: Module) -> set[str]:
    found = _named(_written(module))
    waiting = [one for one in found if one.startswith("local.")]
    while waiting:
        local = module.locals.get(waiting.pop().removeprefix("local."))
        for one in _named(local.attribute[4]) if local is not None else ():
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found


def _named(references: Iterable[Reference]) -> set[str]:
    return {".".join(names[:2]) for names, _, _ in references if names[0] in {"var", "local"}}


def _written(module: Module) -> Iterator[Reference]:
    """List every reference of a module but those in its locals."""
    for declared in module.declared.values():
        yield from declared.references
    for output in module.outputs.values():
        yield from output.value[4]
        yield from _of_blocks(output.preconditions)
    for name, variable in module.variables.items():
        for one in _of_blocks(variable.validations):
            if one[0][:2] != ("var", name):
                yield one
    for call in module.calls.values():
        for attribute in call.block[4]:
            yield from attribute[4]
    for check in module.checks.values():
        yield from check.references
    for imported in module.imports:
        for part in (imported.to, imported.id, imported.for_each):
            yield from part[4] if part is not None else ()


def _of_blocks(conditions: Iterable[Condition]) -> Iterator[Reference]:
    for one in conditions:
        yield from one.condition[4]
        yield from one.message[4]
