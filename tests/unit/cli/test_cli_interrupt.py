import os
import signal
import subprocess
import sys
import threading

import pytest

from kplan.cli.interrupt import Interrupt

WAITS = r"""
import os, time
from kplan.cli.interrupt import Interrupt
interrupt = Interrupt()
with interrupt.listening():
    if BEGUN:
        interrupt.begin()
    print("ready", flush=True)
    while not interrupt.requested():
        time.sleep(0.01)
    print("buffered", end="")
    os.write(1, b"stopping\n")
    for _ in range(6000):
        time.sleep(0.01)
"""

ASKS = """
import sys
from kplan.cli.interrupt import Interrupt
interrupt = Interrupt()
with interrupt.listening():
    try:
        with interrupt.asking():
            print("ready", flush=True)
            sys.stdin.readline()
    except KeyboardInterrupt:
        print("no", interrupt.requested(), flush=True)
"""


def start(program):
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_to_stop_and_the_second_ends_at_once(number):
    with start("BEGUN = True" + WAITS) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert process.stdout.readline() == "stopping\n"
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 1
    assert out == "buffered"  # what was written before isn't lost
    assert "Interrupt received" in err
    assert "Press Ctrl-C again" in err
    assert "Stopped at once" in err


def test_while_nothing_is_at_stake_the_first_ends_at_once():
    with start("BEGUN = False" + WAITS) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (1, "", "\nInterrupted. Nothing was changed.\n")


def test_ctrl_c_at_a_question_is_a_no_and_not_a_stop():
    with start(ASKS) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "no False\n"
        finally:
            process.kill()


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupt().listening():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


AFTERWARDS = """
import time
from kplan.cli.interrupt import Interrupt
interrupt = Interrupt()
with interrupt.listening():
    interrupt.begin()
    print("ready", flush=True)
    while not interrupt.requested():
        time.sleep(0.01)
print("saved", flush=True)
time.sleep(1)
"""


def test_ctrl_c_while_a_stopped_run_comes_to_its_end_is_not_heard():
    with start(AFTERWARDS) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "saved\n"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in err


def test_another_thread_than_the_main_one_just_runs():
    ran = []

    def work():
        with Interrupt().listening():
            ran.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ran == [True]
