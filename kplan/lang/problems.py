"""What evaluation raises. All become diagnostics."""

from __future__ import annotations


class ReferenceProblem(Exception):  # noqa: N818 - it becomes a diagnostic
    """A scope's word that a reference means nothing."""

    def __init__(self, summary: str, detail: str) -> None:
        """Say what is wrong."""
        super().__init__(detail)
        self.summary = summary
        self.detail = detail


class EvaluationError(Exception):
    """An expression without a value. Offsets count as its nodes' do; `values` pairs what is named with what it was."""

    def __init__(
        self, summary: str, detail: str, start: int, end: int, values: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Say what is wrong, where, and with which values; secrets among them come hidden."""
        super().__init__(detail)
        self.summary = summary
        self.detail = detail
        self.start = start
        self.end = end
        self.values = values


class FunctionError(Exception):
    """A call that can't be done: of the call, of its argument at a position, or (`on_name`) of the function's name."""

    def __init__(
        self, detail: str, argument: int | None = None, summary: str = "", *, on_name: bool = False
    ) -> None:
        """Say what is wrong; without a summary, as a sentence's end: `the index is out of range`."""
        super().__init__(detail)
        self.summary = summary
        self.detail = detail
        self.argument = argument
        self.on_name = on_name
