import socket

from kplan.sandbox import ports


def test_ports_are_different_free_and_none_that_the_kernel_hands_out():
    low, high = ports.ephemeral_range()
    chosen = ports.free_ports(50, "seed")
    assert len(set(chosen)) == 50
    assert all(10_000 <= port <= 65_535 and not low <= port <= high for port in chosen)


def test_one_seed_gives_the_same_ports_another_gives_others():
    assert ports.free_ports(3, "a") == ports.free_ports(3, "a")
    assert not set(ports.free_ports(3, "a")) & set(ports.free_ports(3, "b"))


def test_taken_and_listened_to_ports_are_passed_over():
    first, second, third = ports.free_ports(3, "c")
    with socket.create_server(("127.0.0.1", first)):
        assert ports.free_ports(1, "c") == (second,)
        assert ports.free_ports(1, "c", taken={second}) == (third,)


def test_the_kernels_range_is_a_range():
    low, high = ports.ephemeral_range()
    assert 1024 <= low < high <= 65_535
