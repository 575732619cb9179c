"""How many lines that are no frames are noise, and how many are told."""

from link.abuse import Abuse
from pump import conditions as al


class Told:
    """FAKE alarms: what was set."""

    def __init__(self) -> None:
        self.set_to: list[tuple[int, bool]] = []

    def set(self, condition: int, on: bool) -> None:
        self.set_to.append((condition, on))


def after(*bursts: tuple[int, int]) -> int:
    """How often it was told. A burst: how many lines at once, so many ms after the one before."""
    abuse, told = Abuse(), Told()
    for lines, since_ms in bursts:
        for line in range(lines):
            abuse.refused(told, 0 if line else since_ms)
    assert set(told.set_to) <= {(al.LINK_ABUSE, True)}
    return len(told.set_to)


def test_thirty_at_once_are_noise_and_one_more_is_told() -> None:
    assert (after((30, 0)), after((31, 0))) == (0, 1)


def test_it_is_told_again_after_as_many_more() -> None:
    assert (after((61, 0)), after((62, 0))) == (1, 2)


def test_every_two_seconds_one_is_forgiven() -> None:
    assert (after((30, 0), (1, 1999)), after((30, 0), (1, 2000))) == (1, 0)
    assert (after((30, 0), (2, 2000)), after((30, 0), (2, 4000))) == (1, 0)


def test_a_long_silence_forgives_all_and_no_more_than_that() -> None:
    for since_ms in (60_000, 10**9, -1, -(10**9)):
        assert (after((30, 0), (30, since_ms)), after((30, 0), (31, since_ms))) == (0, 1)
