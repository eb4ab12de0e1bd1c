from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test, so that none meets a sandbox of the person running them."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KPLAN_CACHE_DIR", str(folder))
    return folder
