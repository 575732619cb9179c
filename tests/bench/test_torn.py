"""What a torn erase or program leaves is between what was and what was to be."""

from random import Random

from pumprig.bench.torn import torn

BLANK, TEXT = b"\xff" * 256, bytes(range(256))


def test_only_bits_that_were_to_change_have_changed() -> None:
    for seed in range(300):
        for before, after in ((BLANK, TEXT), (TEXT, BLANK)):
            found = torn(before, after, Random(seed))
            assert len(found) == len(before)
            for old, new, now in zip(before, after, found, strict=True):
                assert (now ^ old) & ~(old ^ new) == 0


def test_all_that_may_be_left_is_left_some_day() -> None:
    found = {torn(BLANK, TEXT, Random(seed)) for seed in range(300)}
    assert BLANK in found, "nothing yet"
    assert TEXT in found, "all of it"
    assert any(data[:100] == TEXT[:100] and data[200:] == BLANK[200:] for data in found)
    assert len(found) > 100


def test_the_same_chance_leaves_the_same() -> None:
    assert torn(TEXT, BLANK, Random(9)) == torn(TEXT, BLANK, Random(9))


def test_what_does_not_change_stays() -> None:
    for seed in range(20):
        assert torn(TEXT, TEXT, Random(seed)) == TEXT
