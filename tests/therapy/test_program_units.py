"""Text with a unit becomes an exact number in the device's unit."""

from fractions import Fraction

import pytest
from pydantic_core import PydanticCustomError

from pumprig.therapy import units
from pumprig.therapy.units import in_unit, plain, quantity


@pytest.mark.parametrize(
    ("text", "kind", "exact"),
    [
        ("20 mL", units.VOLUME, 20_000_000),
        ("20mL", units.VOLUME, 20_000_000),
        ("31.25 nL", units.STEP_VOLUME, 31_250),
        ("0.25 mL/h", units.FLOW, 250_000),
        ("6 mL/day", units.FLOW, 250_000),
        ("0.1 mL / h", units.FLOW, 100_000),
        ("500 ug/day", units.DOSE_RATE, Fraction(500_000, 24)),
        ("15 mcg/h", units.DOSE_RATE, 15_000),
        ("15 \u00b5g/h", units.DOSE_RATE, 15_000),  # micro sign
        ("15 \u03bcg/h", units.DOSE_RATE, 15_000),  # Greek mu
        ("2 mg/mL", units.CONCENTRATION, 2000),
        ("90 min", units.DURATION, 5400),
        ("20 %", units.SHARE, 200),
        ("0.5 kHz", units.FREQUENCY, 500),
        ("10 s", units.WALL_TIME, 10_000),
    ],
)
def test_units_convert_exactly(text: str, kind: units.Kind, exact: int | Fraction) -> None:
    read = quantity(text, kind)
    assert (read.exact, read.text) == (exact, text)


def test_half_a_unit_rounds_to_the_even_one() -> None:
    rounded = [quantity(f"{n}.5 nL", units.VOLUME).whole for n in (1, 2, 3)]
    assert rounded == [2, 2, 4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (500, '500 has no unit - a volume such as "20 mL" - write it as in "20 mL"'),
        ("500", '"500" has no unit - a volume such as "20 mL" - write it as in "20 mL"'),
        (
            "20 mg",
            '"20 mg" has the wrong unit - a volume such as "20 mL" - use a unit as in the example',
        ),
        (
            "20 pt",
            '"20 pt" has an unknown unit - a volume such as "20 mL" - '
            "use a unit as in the example",
        ),
        (
            "1,5 mL",
            '"1,5 mL" is not a number with a unit - a volume such as "20 mL" - '
            "write a number and a unit",
        ),
        (
            True,
            'true is not a number with a unit - a volume such as "20 mL" - '
            "write a number and a unit",
        ),
        ("-1 mL", '"-1 mL" - allowed above zero - write a volume such as "20 mL"'),
        ("0 mL", '"0 mL" - allowed above zero - write a volume such as "20 mL"'),
    ],
)
def test_what_is_not_a_volume_is_refused_in_three_parts(text: object, said: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        quantity(text, units.VOLUME)
    assert refused.value.message() == said


@pytest.mark.parametrize("text", ["", "mL", "1e9 mL", "20 mL/", "/", "2**9 mL", "\u0661 mL"])
def test_no_expression_is_ever_evaluated(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        quantity(text, units.VOLUME)


def test_what_is_never_rounded_must_be_whole() -> None:
    with pytest.raises(PydanticCustomError) as refused:
        quantity("12.34 %", units.SHARE)
    assert refused.value.message() == (
        '"12.34 %" is 123.4 permille - allowed whole permille only - '
        "write a value that needs no rounding"
    )


def test_zero_is_read_where_it_has_a_meaning() -> None:
    assert quantity("0 h", units.DURATION, zero_allowed=True).whole == 0


def test_people_get_decimals_without_trailing_zeros() -> None:
    assert in_unit(250_000, "nL", "mL") == "0.25 mL"
    assert [plain(Fraction(n, 3), 2) for n in (-1, 0, 3)] == ["-0.33", "0", "1"]
