"""What can go wrong with a sandbox, told to its user."""


class SandboxError(Exception):
    """A sandbox can't do what was asked; the text says why and what to do."""
