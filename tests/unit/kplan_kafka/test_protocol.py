"""kafka-python as kplan loads it: without its clients, until somebody asks for one."""

import subprocess
import sys

LOOK = """
import sys
import kplan_kafka.protocol
assert "kafka.protocol.metadata" in sys.modules
assert not {"kafka.admin", "kafka.consumer", "kafka.producer"} & sys.modules.keys()
"""


def run(code: str) -> str:
    line = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_its_clients_are_not_loaded():
    assert run(LOOK + "print('so')") == "so"


def test_another_provider_gets_it_whole():
    told = run(LOOK + "import kafka\nprint(kafka.KafkaConsumer.__name__, kafka.errors.KafkaError.__name__)")
    assert told == "KafkaConsumer KafkaError"
    assert run(LOOK + "from kafka import KafkaProducer\nprint(KafkaProducer.__name__)") == "KafkaProducer"
    same = "from kafka.errors import for_code\nimport kafka\nprint(kafka.errors.for_code is kplan_kafka.protocol.for_code)"
    assert run(LOOK + same) == "True"


def test_what_it_has_not_it_has_not():
    assert run(LOOK + "import kafka\nprint(hasattr(kafka, 'nothing'))") == "False"


def test_where_it_was_loaded_before_it_stays():
    line = "import sys, kafka\nbefore = kafka\nimport kplan_kafka.protocol\nassert sys.modules['kafka'] is before\nprint('so')"
    assert run(line) == "so"
