"""Lends these tests the Kafka clusters of tests/kafka."""

import importlib.util
import sys
from pathlib import Path

_FILE = Path(__file__).parent.parent / "kafka" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("kafka_fixtures", _FILE)
sys.path.append(str(_FILE.parent))  # pytest does so for the modules beside a conftest
assert _SPEC is not None
assert _SPEC.loader is not None
_fixtures = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_fixtures)
kafka = _fixtures.kafka
