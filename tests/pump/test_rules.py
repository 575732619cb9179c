"""What therapy allows, row by row: refused by the device, or run only with a reason.

The rows of the monograph's tables that are held elsewhere: screening boluses, watching and start
dose in test_screening.py; first 24 h, titration, refill steps, side effects, drug holiday and
abrupt stop in test_course.py; day/night programs and lead in test_schedule.py; stability in
test_program.py. The rows that a device cannot check:

- infusion rates from 0.1 mL/h: implants go down to 0.002 mL/h; the program states its own bounds;
- steps of at least 5 or 10 %: a smaller rise is no hazard;
- storage temperature, and refills through the septum only: nothing of it reaches the pump;
- 2 to 4 weeks for a drug holiday: the plan is the operator's; the law bounds each day of it;
- overdose: the order `empty` of the controller.
"""

from fractions import Fraction
from typing import Any

import pytest
from device_program import DAY, HOUR, WATER, continuous, program, programs, screening
from hypothesis import given
from hypothesis import strategies as st

from pump import limits, rules
from pump.course import Course
from pump.program import Program
from pump.window import Window

WEEK = 7 * DAY
U = " - USP DI monograph"
BANDS = {"spinal": (12, 2003), "cerebral": (22, 1400)}
STEPS_UP = {"spinal": (300, 400), "cerebral": (150, 200)}
FULL = {"capacity_nl": 50_000_000, "volume_nl": 50_000_000, "min_flow_nl_h": 1, "lead_s": 0}
NO_COARSE = {"nl_per_1000_steps": 1_000}


def a_day_of(units: int) -> list[list[int]]:
    """Steps that hold so many 1/3600 nL a day, to the last of them."""
    rate, more_s = divmod(units, DAY)
    return [[0, rate], [DAY - more_s, rate + 1]] if more_s else [[0, rate]]


def units_of(ug: int, conc: int = 2000) -> int:
    """A dose as volume in 1/3600 nL."""
    assert ug * 1_000_000 * HOUR % conc == 0
    return ug * 1_000_000 * HOUR // conc


def baclofen(
    units: int, indication: str = "spinal", conc: int = 2000, **changes: Any
) -> dict[str, Any]:
    """A full pump that gives so many 1/3600 nL a day, by the monograph."""
    low, high = BANDS[indication]
    rise, refill_rise = STEPS_UP[indication]
    fields = {
        "indication": indication,
        "drugs": [["baclofen", conc, low, high, 0]],
        "rise_permille": rise,
        "refill_rise_permille": refill_rise,
        "steps": a_day_of(units),
        **FULL,
        **NO_COARSE,
    }
    return program(**{**fields, **changes})


def refusal(fields: dict[str, Any]) -> "str | None":
    """Of a program that has passed the ranges."""
    assert limits.refusal(fields) is None
    return rules.refusal(Program(fields))


def soft(fields: dict[str, Any], course: "Course | None" = None, t_s: int = 0) -> list[str]:
    assert refusal(fields) is None
    return rules.soft(Program(fields), course, t_s)


# -- bands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("indication", ["spinal", "cerebral"])
def test_row_maintenance_spinal_12_to_2003_and_cerebral_22_to_1400_ug_a_day(
    indication: str,
) -> None:
    low, high = BANDS[indication]
    for ug in (low, low + 1, high - 1, high):
        assert refusal(baclofen(units_of(ug), indication)) is None
    for ug in (low - 1, high + 1):
        assert refusal(baclofen(units_of(ug), indication)) == (
            f"drugs[0]: baclofen {ug}.000 ug/day not in {low}..{high}{U}"
        )


@pytest.mark.parametrize("indication", ["spinal", "cerebral"])
def test_a_dose_is_held_against_its_band_without_rounding(indication: str) -> None:
    low, high = BANDS[indication]
    for units, allowed in (
        (units_of(low) - 1, False),
        (units_of(low) + 1, True),
        (units_of(high) - 1, True),
        (units_of(high) + 1, False),
    ):
        assert (refusal(baclofen(units, indication)) is None) == allowed


def test_a_dose_is_told_in_thousandths_rounded_up() -> None:
    # Two more 1/3600 nL of 2000 ug/mL are one pg, 1800 of them 1000 pg and 1802 one more.
    for more, told in ((2, "001"), (1_800, "001"), (1_802, "002")):
        assert refusal(baclofen(units_of(2_003) + more)) == (
            f"drugs[0]: baclofen 2003.{told} ug/day not in 12..2003{U}"
        )


@pytest.mark.parametrize("indication", ["spinal", "cerebral"])
def test_a_program_declares_no_wider_band_than_the_monograph(indication: str) -> None:
    low, high = BANDS[indication]
    units = units_of(100)

    def declared(low: int, high: int) -> "str | None":
        return refusal(baclofen(units, indication, drugs=[["baclofen", 2000, low, high, 0]]))

    assert declared(low, high) is None
    assert declared(low + 1, high - 1) is None
    assert declared(low - 1, high) == f"drugs[0]: low_ug_day {low - 1} below {low}{U}"
    assert declared(0, high) == f"drugs[0]: low_ug_day 0 below {low}{U}"
    assert declared(low, high + 1) == f"drugs[0]: high_ug_day {high + 1} above {high}{U}"


@pytest.mark.parametrize("field", ["rise_permille", "refill_rise_permille"])
@pytest.mark.parametrize("indication", ["spinal", "cerebral"])
def test_row_titration_and_refill_steps_are_no_larger_than_the_monographs(
    indication: str, field: str
) -> None:
    most = STEPS_UP[indication][field == "refill_rise_permille"]
    for good in (most - 1, most):
        assert refusal(baclofen(units_of(100), indication, **{field: good})) is None
    assert refusal(baclofen(units_of(100), indication, **{field: most + 1})) == (
        f"{field}: {most + 1} above {most}{U}"
    )


@pytest.mark.parametrize("indication", ["spinal", "cerebral"])
def test_row_concentrations_on_the_market_50_to_2000_ug_ml(indication: str) -> None:
    low, high = BANDS[indication]

    def of_conc(conc: int) -> "str | None":
        row = [["baclofen", conc, low, high, 0]]
        return refusal(baclofen(1_000_000 * HOUR, indication, drugs=row, tau_dh=1081))

    for good in (50, 51, 500):
        assert of_conc(good) is None
    for good in (1_999, 2_000):
        small = baclofen(units_of(100), indication, drugs=[["baclofen", good, low, high, 0]])
        assert refusal(small) is None
    for bad in (49, 2_001):
        assert of_conc(bad) == f"drugs[0]: conc_ug_ml {bad} not in 50..2000 for baclofen{U}"


def test_row_infusion_rates_up_to_1_ml_h() -> None:
    for rate, allowed in ((999_999, True), (1_000_000, True), (1_000_001, False)):
        refused = limits.refusal(continuous(rate, nl_per_1000_steps=200_000))
        assert (refused is None) == allowed


def test_baclofen_takes_spinal_or_cerebral() -> None:
    assert refusal(baclofen(units_of(100), indication="spinal")) is None
    for drugs in (
        [["baclofen", 2000, 12, 2003, 0]],
        [["water", 1, 0, 1_000, 0], ["baclofen", 2000, 12, 2003, 0]],
    ):
        assert refusal(baclofen(units_of(100)) | {"indication": "other", "drugs": drugs}) == (
            f"indication: baclofen takes spinal or cerebral{U}"
        )
    assert refusal(continuous(10_000, indication="other")) is None


@pytest.mark.parametrize("name", ["Baclofen", "BACLOFEN", " baclofen", "baclofen ", "bAcLofen"])
def test_baclofen_in_another_spelling_does_not_pass_for_another_drug(name: str) -> None:
    for conc, high in ((2000, 2003), (20_000, 1_000_000)):
        fields = baclofen(units_of(100), drugs=[[name, conc, 0, high, 0]])
        assert refusal(fields) == "drugs[0]: name must be written baclofen"


@pytest.mark.parametrize("place", [0, 1])
def test_the_drug_that_is_refused_is_named_by_its_place(place: int) -> None:
    drugs: list[list[Any]] = [["a", 1, 0, 1_000_000, 0]]
    drugs.insert(place, ["baclofen", 2000, 12, 2004, 0])
    assert refusal(baclofen(units_of(100), drugs=drugs)) == (
        f"drugs[{place}]: high_ug_day 2004 above 2003{U}"
    )
    drugs[place] = ["b", 100, 5, 7, 0]  # 50 uL a day
    assert refusal(baclofen(units_of(100), drugs=drugs)) is None
    drugs[place] = ["b", 100, 6, 7, 0]
    assert refusal(baclofen(units_of(100), drugs=drugs)) == (
        f"drugs[{place}]: b 5.000 ug/day not in 6..7{U}"
    )


def test_other_drugs_have_the_band_that_the_program_declares() -> None:
    # 24 uL a day of 500 ug/mL are 12 ug.
    for low, high, allowed in (
        (0, 12, True),
        (12, 12, True),
        (13, 13, False),
        (0, 11, False),
        (11, 13, True),
    ):
        fields = continuous(1_000, drugs=[["other", 500, low, high, 0]])
        assert refusal(fields) == (
            None if allowed else f"drugs[0]: other 12.000 ug/day not in {low}..{high}{U}"
        )


def test_a_refused_dose_is_told_in_thousandths_of_a_ug_rounded_up() -> None:
    for rate, conc, low, high, told in (
        (1_000, 501, 0, 12, "12.024"),
        (1, 1, 1, 2, "0.001"),
        (125, 333, 1, 9, "0.999"),
        (125, 334, 2, 9, "1.002"),
    ):
        fields = continuous(rate, drugs=[["other", conc, low, high, 0]])
        assert refusal(fields) == f"drugs[0]: other {told} ug/day not in {low}..{high}{U}"


@pytest.mark.parametrize("indication", ["spinal", "cerebral", "other"])
def test_other_drugs_may_rise_as_the_program_declares(indication: str) -> None:
    fields = continuous(
        1_000, indication=indication, rise_permille=1_000, refill_rise_permille=1_000
    )
    assert refusal(fields) is None


@pytest.mark.parametrize(("mode", "rate"), [("minimum", 250), ("stopped", 0)])
def test_what_is_no_therapy_has_no_lowest_dose(mode: str, rate: int) -> None:
    assert refusal(baclofen(0, mode=mode, steps=[[0, rate]])) is None


def test_every_day_of_the_week_is_held_against_the_band() -> None:
    units = units_of(100)
    for day in range(7):
        for ug in (11, 2004):
            variants = [[1 << day, a_day_of(units_of(ug))]]
            refused = refusal(baclofen(units, variants=variants))
            assert refused is not None
            assert refused.startswith("drugs[0]: baclofen ")
        variants = [[1 << day, a_day_of(units_of(1_000))]]
        assert refusal(baclofen(units, variants=variants)) is None


def test_periodic_boluses_count_in_the_dose_of_a_day() -> None:
    bolus = {"bolus_max_nl": 1_000_000, "max_bolus_flow_nl_h": 2_000_000}
    for volume, allowed in ((499_999, True), (500_000, True), (500_001, False)):
        drugs = [["other", 1000, 0, 740, 0]]
        fields = continuous(10_000, drugs=drugs, periodic=[[0, volume, HOUR]], **bolus)
        assert (refusal(fields) is None) == allowed


# -- screening ------------------------------------------------------------------------------------


def screened(**changes: Any) -> dict[str, Any]:
    return screening(**{"drugs": [["baclofen", 50, 12, 2003, 0]], **changes})


@pytest.mark.parametrize(
    "drugs",
    [
        [["baclofen", 51, 12, 2003, 0]],
        [["baclofen", 500, 12, 2003, 0]],
        [["other", 50, 0, 2003, 0]],
        [["baclofen", 50, 12, 2003, 0], ["other", 50, 0, 2003, 0]],
    ],
)
def test_row_50_ug_ml_is_what_screening_takes_and_it_alone(drugs: list[list[Any]]) -> None:
    assert refusal(screened()) is None
    assert refusal(screened(drugs=drugs)) == (
        f"drugs: screening takes baclofen of 50 ug/mL alone{U}"
    )


def test_screening_needs_room_for_its_largest_bolus() -> None:
    for good in (2_000_000, 2_000_001):
        assert refusal(screened(bolus_max_nl=good)) is None
    assert refusal(screened(bolus_max_nl=1_999_999)) == (
        f"bolus_max_nl: screening needs 2000000{U}"
    )


def test_the_largest_screening_bolus_takes_6_hours_at_most() -> None:
    flow = {"min_flow_nl_h": 1, "max_flow_nl_h": 1_000}
    for good in (333_334, 333_335):
        assert refusal(screened(max_bolus_flow_nl_h=good, **flow)) is None
    assert refusal(screened(max_bolus_flow_nl_h=333_333, **flow)) == (
        "max_bolus_flow_nl_h: 333333, screening needs 333334 for 2 mL in 6 h - R5.3.0(5)"
    )


def test_there_is_no_other_bolus_while_screening() -> None:
    assert refusal(screened(periodic=[[0, 5_000, 60]])) == f"periodic: none while screening{U}"
    assert refusal(screened(demand=[5_000, 60])) == f"demand: none while screening{U}"


def test_only_screening_has_the_rules_of_screening() -> None:
    assert refusal(baclofen(units_of(100), bolus_max_nl=0)) is None


# -- 24 hours -------------------------------------------------------------------------------------


def across_midnight(monday: int, tuesday: list[list[int]], **changes: Any) -> dict[str, Any]:
    """Most of the dose in the second half of Monday and the first half of Tuesday; L is 3 mL."""
    variants = [[1, [[0, 1], [12 * HOUR, monday]]], [2, tuesday]]
    fields = {"drugs": [["water", 1, 0, 3, 0]], "steps": [[0, 1]], "variants": variants, **FULL}
    return program(**{**fields, "max_step_hz": 15_000, **changes})


ROLLING = "drugs: more than 3000000 nL in the 24 h up to "


def test_no_24_hours_hold_more_than_the_limit_even_where_every_day_does_not() -> None:
    exactly = across_midnight(100_000, [[0, 150_000], [12 * HOUR, 1]])
    assert refusal(exactly) is None
    # Named is the start of the steps with which it is too much.
    for monday, tuesday, at_s in (
        (100_001, [[0, 150_000], [12 * HOUR, 1]], DAY),
        (100_000, [[0, 150_001], [12 * HOUR, 1]], DAY),
        (100_000, [[0, 150_000], [12 * HOUR - 1, 150_001], [12 * HOUR, 1]], DAY + 12 * HOUR - 1),
        (100_000, [[0, 150_000], [12 * HOUR + 1, 1]], DAY),
    ):
        assert refusal(across_midnight(monday, tuesday)) == f"{ROLLING}{at_s} s"


def test_no_24_hours_hold_more_than_the_limit_over_the_end_of_a_week() -> None:
    def over_sunday(rate: int) -> "str | None":
        variants = [[64, [[0, 1], [12 * HOUR, 100_000]]], [1, [[0, rate], [12 * HOUR, 1]]]]
        return refusal(across_midnight(1, [], variants=variants))

    assert over_sunday(150_000) is None
    refused = over_sunday(150_001)
    assert refused is not None
    assert refused.startswith(ROLLING)
    assert 0 <= int(refused[len(ROLLING) :].split()[0]) < DAY


@pytest.mark.parametrize("seconds", [97, 1_001, HOUR, 21_599])
def test_a_days_boluses_reach_the_limit_and_no_nl_more(seconds: int) -> None:
    bolus = {"bolus_max_nl": 2_000_000, "max_bolus_flow_nl_h": 144_000_000}
    fast = {"nl_per_1000_steps": 200_000, "max_step_hz": 15_000, **bolus}

    def minimum(volume_nl: int, adds: int) -> "str | None":
        fields = {"mode": "minimum", "steps": [[0, 250]], **FULL, **fast}
        drugs = [["water", 10, 0, 3, 0]]  # 300 uL
        periodic = [[DAY - 5, volume_nl, seconds]]
        return refusal(program(**fields, drugs=drugs, periodic=periodic, bolus_adds=adds))

    on_top = 300_000 - 24 * 250
    in_place = (300_000 * HOUR - (DAY - seconds) * 250) // HOUR
    for most_nl, adds in ((on_top, 1), (in_place, 0)):
        assert minimum(most_nl, adds) is None
        refused = minimum(most_nl + 1, adds)
        assert refused is not None
        assert refused.startswith("drugs: more than 300000 nL in the 24 h up to ")


@pytest.mark.parametrize(("mode", "rate"), [("minimum", 4_000), ("continuous", 4_000)])
def test_a_steady_program_reaches_the_limit_and_no_nl_more(mode: str, rate: int) -> None:
    # 96 uL a day: 1 ug/day of 10.4 ug/mL; in whole ug/mL 10 allows 100 uL, 11 allows 90.9.
    for conc, allowed in ((10, True), (11, False)):
        fields = continuous(rate, mode=mode, minimum_nl_h=rate, drugs=[["water", conc, 0, 1, 0]])
        assert (refusal(fields) is None) == allowed


def test_a_steady_rate_above_the_limit_is_too_much_from_the_start() -> None:
    # 3 ug of 10 ug/mL are 300 uL, 12,500 nL/h all day; no therapy, so no band comes before it.
    for rate, refused in (
        (12_500, None),
        (12_501, "drugs: more than 300000 nL in the 24 h up to 0 s"),
    ):
        fields = {"mode": "minimum", "minimum_nl_h": rate, "drugs": [["water", 10, 0, 3, 0]]}
        assert rules._rolling(Program(continuous(rate, **fields))) == refused


@given(programs())
def test_what_is_allowed_holds_in_every_24_hours_of_two_weeks(fields: dict[str, Any]) -> None:
    p = Program(fields)
    refused = rules._rolling(p)
    pieces = list(rules.pieces(p, 0, 0, 2 * p.schedule.period_s))
    ends, volume, sums = [0], 0, [0]
    for _, seconds, rate in pieces:
        volume += seconds * rate
        ends.append(ends[-1] + seconds)
        sums.append(volume)

    def until(t_s: int) -> Fraction:
        if t_s <= 0:
            return Fraction(0)
        i = max(i for i, end in enumerate(ends) if end <= t_s)
        rate = pieces[i][2] if i < len(pieces) else 0
        return Fraction(sums[i] + rate * (t_s - ends[i]))

    edges = ends + [end + DAY for end in ends if end + DAY < ends[-1]]
    fullest = max(until(t_s) - until(t_s - DAY) for t_s in edges) / HOUR
    if len(pieces) < 80:
        assert (refused is None) == (fullest <= p.limit_24h_nl)
    elif refused is None:
        assert fullest <= p.limit_24h_nl


# -- the reservoir lasts --------------------------------------------------------------------------


def test_the_reservoir_lasts_until_the_refill_as_programmed() -> None:
    def lasting(days_s: int, usable_nl: int, rate: int = 10_000) -> "str | None":
        volumes = {"residual_nl": 7, "volume_nl": 7 + usable_nl, "low_alarm_nl": 7}
        return refusal(continuous(rate, refill_after_s=days_s, **volumes))

    assert lasting(0, 0) is None
    assert lasting(10 * DAY, 2_400_000) is None
    assert lasting(10 * DAY, 2_400_001) is None
    assert lasting(10 * DAY, 2_399_999) == ("refill_after_s: needs 2400000 nL, usable are 2399999")
    assert lasting(10 * DAY + 1, 2_400_000) == (
        "refill_after_s: needs 2400003 nL, usable are 2400000"
    )
    assert lasting(1, 1, rate=3_600) is None
    assert lasting(1, 1, rate=3_601) == "refill_after_s: needs 2 nL, usable are 1"
    assert lasting(1, 0, rate=1) == "refill_after_s: needs 1 nL, usable are 0"


@pytest.mark.parametrize(("more", "needed"), [(0, 1), (1, 2)])
def test_what_is_needed_is_rounded_up_however_little_is_over(more: int, needed: int) -> None:
    for usable_nl in (needed - 1, needed):
        volumes = {"residual_nl": 1, "volume_nl": 1 + usable_nl, "low_alarm_nl": 1}
        fields = {**FULL, **volumes, "refill_after_s": 1, "drugs": WATER}
        refused = refusal(program(steps=a_day_of(DAY * HOUR + more), **fields))
        assert refused == (
            None
            if usable_nl == needed
            else f"refill_after_s: needs {needed} nL, usable are {usable_nl}"
        )


def test_the_days_of_a_week_are_taken_together() -> None:
    def lasting(usable_nl: int) -> "str | None":
        fields = {"steps": [[0, 1_000]], "variants": [[1, [[0, 8_000]]]], "refill_after_s": WEEK}
        volumes = {"residual_nl": 1, "volume_nl": 1 + usable_nl, "low_alarm_nl": 1}
        return refusal(program(**{**FULL, **fields, **volumes, "drugs": WATER}))

    assert lasting(14 * 24_000) is None
    assert lasting(14 * 24_000 - 1) is not None


# -- pieces and what fits -------------------------------------------------------------------------


def of_pieces(fields: dict[str, Any], *args: Any) -> list[tuple[int, int, int]]:
    return list(rules.pieces(Program(fields), *args))


def test_pieces_are_the_program_between_two_times() -> None:
    fields = program(steps=[[HOUR, 5_000], [3 * HOUR, 7_000]], lead_s=HOUR, drugs=WATER)
    assert of_pieces(fields, 0, 0, 3 * HOUR) == [
        (0, 2 * HOUR, 5_000),
        (2 * HOUR, HOUR, 7_000),
    ]
    assert of_pieces(fields, 50, 2 * HOUR - 60, 100) == [(50, 10, 5_000), (60, 40, 7_000)]
    assert of_pieces(fields, 50, 0, 50) == []


@pytest.mark.parametrize(("adds", "basal"), [(1, 5_000), (0, 0)])
def test_pieces_hold_each_bolus_exactly(adds: int, basal: int) -> None:
    fields = continuous(
        5_000,
        bolus_adds=adds,
        bolus_max_nl=100,
        max_bolus_flow_nl_h=200_000,
        periodic=[[100, 5, 7], [200, 7, 60]],
    )
    assert of_pieces(fields, 0, 0, 300) == [
        (0, 100, 5_000),
        (100, 3, basal + 2_572),  # 18,000 over 7 s
        (103, 4, basal + 2_571),
        (107, 93, 5_000),
        (200, 60, basal + 420),
        (260, 40, 5_000),
    ]
    assert of_pieces(fields, DAY + 50, 0, DAY + 101)[-1] == (DAY + 100, 1, basal + 2_572)
    assert of_pieces(fields, 0, 101, 99) == [(0, 99, 5_000)]  # one that began before is not seen


@pytest.mark.parametrize(("adds", "rate"), [(1, 5_900), (0, 900)])
def test_pieces_hold_an_extra_bolus(adds: int, rate: int) -> None:
    fields = continuous(5_000, bolus_adds=adds)
    assert of_pieces(fields, 100, 0, 300, (100, 150, 900)) == [
        (100, 50, rate),
        (150, 150, 5_000),
    ]
    assert of_pieces(fields, 100, 0, 300, (140, 150, 900)) == [
        (100, 40, 5_000),
        (140, 10, rate),
        (150, 150, 5_000),
    ]
    assert of_pieces(fields, 100, 0, 130, (101, 150, 900)) == [(100, 1, 5_000), (101, 29, rate)]
    assert of_pieces(fields, 100, 0, 130, (130, 150, 900)) == [(100, 30, 5_000)]


def test_a_planned_bolus_fits_to_the_nl() -> None:
    # 24 h of 10 uL/h and 100 uL more: 340 uL.
    fields = continuous(10_000, max_bolus_flow_nl_h=1_000_000)
    p = Program(fields)
    for limit_nl, allowed in ((340_001, True), (340_000, True), (339_999, False)):
        window = Window(limit_nl)
        window.give(10_000, DAY)
        before = window.snapshot()
        bolus = (DAY, DAY + HOUR, 100_000)
        planned = rules.pieces(p, DAY, 0, 2 * DAY + HOUR, bolus)
        assert rules.fits_24h(window, planned) is allowed
        assert window.snapshot() == before


def test_a_large_bolus_does_not_fit_where_there_is_a_little_room() -> None:
    window = Window(60_000)
    assert rules.fits_24h(window, [(0, 60, 3_600_000)]) is True  # 60 uL
    assert rules.fits_24h(window, [(0, 61, 3_600_000)]) is False
    assert rules.fits_24h(window, [(0, 600, 144_000_000)]) is False


def test_what_is_planned_counts_together() -> None:
    window = Window(1_000)  # 1 nL a second
    assert rules.fits_24h(window, [(0, 500, 3_600), (500, 500, 3_600)]) is True
    assert rules.fits_24h(window, [(0, 500, 3_600), (500, 501, 3_600)]) is False
    assert rules.fits_24h(window, [(0, 500, 3_600), (DAY, 500, 3_600), (DAY + 500, 500, 3_600)])


def test_nothing_flows_before_what_is_planned() -> None:
    window = Window(1_000)
    window.give(3_600, 1_000)  # it is full
    assert rules.fits_24h(window, [(1_000, 1, 3_600)]) is False
    assert rules.fits_24h(window, [(DAY - 1, 1, 3_600)]) is False
    assert rules.fits_24h(window, [(DAY, 1, 3_600)]) is True
    assert rules.fits_24h(window, [(DAY, 1_000, 3_600)]) is True
    assert rules.fits_24h(window, [(DAY, 1_000, 3_601)]) is False
    assert rules.fits_24h(window, [(DAY, 500, 3_600), (DAY + 499, 1, 0)]) is True
    assert rules.fits_24h(window, []) is True


# -- soft rules -----------------------------------------------------------------------------------


def test_the_demo_needs_no_reason() -> None:
    assert soft(program()) == []


@pytest.mark.parametrize("conc", [2000, 500])
def test_row_little_experience_above_1000_ug_a_day(conc: int) -> None:
    nl = HOUR
    for units, named in (
        (units_of(1_000, conc) - nl, False),
        (units_of(1_000, conc), False),
        (units_of(1_000, conc) + nl, True),
        (units_of(1_001, conc), True),
    ):
        found = soft(baclofen(units, conc=conc, max_step_hz=15_000))
        assert found == (["ABOVE_1000", "ABOVE_MOST"] if named else ["ABOVE_MOST"])


@pytest.mark.parametrize(("indication", "most"), [("spinal", 800), ("cerebral", 703)])
def test_row_maintenance_most_need_800_spinal_or_703_cerebral(indication: str, most: int) -> None:
    for units, found in (
        (units_of(most) - HOUR, []),
        (units_of(most), []),
        (units_of(most) + HOUR, ["ABOVE_MOST"]),
    ):
        assert soft(baclofen(units, indication)) == found


def test_row_children_under_12_need_274_ug_a_day_on_average() -> None:
    for units, found in (
        (units_of(274) - HOUR, []),
        (units_of(274), []),
        (units_of(274) + HOUR, ["UNDER_12"]),
    ):
        assert soft(baclofen(units, under_12=1)) == found
        assert soft(baclofen(units, under_12=0)) == []


@pytest.mark.parametrize(("conc", "found"), [(50, ["SCREENING_CONC"]), (51, [])])
def test_row_50_ug_ml_is_for_screening_only(conc: int, found: list[str]) -> None:
    for mode, rate in (("continuous", 20_000), ("minimum", 250), ("stopped", 0)):
        assert soft(baclofen(0, conc=conc, mode=mode, steps=[[0, rate]])) == found
    assert soft(screened()) == []


def test_other_drugs_have_none_of_these() -> None:
    drugs = [["other", 50, 0, 10_000, 0]]
    fields = baclofen(units_of(1_001, 50), drugs=drugs, under_12=1, nl_per_1000_steps=200_000)
    assert soft({**fields, "max_step_hz": 15_000}) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_baclofen_is_found_in_a_mixture(place: int) -> None:
    drugs: list[list[Any]] = [["a", 1, 0, 10, 0], ["b", 1, 0, 10, 0]]
    drugs.insert(place, ["baclofen", 2000, 12, 2003, 0])
    assert soft(baclofen(units_of(801), drugs=drugs)) == ["ABOVE_MOST"]


@pytest.mark.parametrize(("mode", "rate"), [("minimum", 4_167), ("stopped", 0)])
def test_what_is_no_therapy_has_no_dose_to_confirm(mode: str, rate: int) -> None:
    fields = baclofen(0, mode=mode, steps=[[0, rate]], minimum_nl_h=4_167, under_12=1)
    course = Course()
    course.begin(0, Program(baclofen(units_of(12))))
    assert soft(fields, course) == []


def test_a_step_is_coarse_above_1_percent_of_an_hour() -> None:
    # 10 nL are 1 % of 1000 nL/h.
    for q, found in ((9_999, []), (10_000, []), (10_001, ["COARSE_STEP"])):
        assert soft(continuous(1_000, nl_per_1000_steps=q)) == found


@pytest.mark.parametrize(
    ("rates", "lowest"),
    [
        ([1_000, 2_000], 1_000),
        ([250, 1_000, 9_000], 1_000),  # the minimum rate is no rate of therapy
        ([249, 1_000], 1_000),
        ([251, 1_000], 251),
    ],
)
def test_the_lowest_rate_above_the_minimum_counts(rates: list[int], lowest: int) -> None:
    steps = [[i * HOUR, rate] for i, rate in enumerate(rates)]
    for variants in ([], [[1, steps]]):
        every_day = [[0, 9_000]] if variants else steps
        fields = {"steps": every_day, "variants": variants, "drugs": WATER, **FULL}
        for q, found in ((10 * lowest, []), (10 * lowest + 1, ["COARSE_STEP"])):
            assert soft(program(nl_per_1000_steps=q, **fields)) == found


@pytest.mark.parametrize(("mode", "rate"), [("minimum", 250), ("stopped", 0)])
def test_without_a_rate_above_the_minimum_no_step_is_coarse(mode: str, rate: int) -> None:
    fields = {"mode": mode, "steps": [[0, rate]], "drugs": WATER, **FULL}
    assert soft(program(nl_per_1000_steps=200_000, **fields)) == []
    flat = {"steps": [[0, 250], [HOUR, 100]], "drugs": WATER, **FULL}
    assert soft(program(nl_per_1000_steps=200_000, **flat)) == []


def running(ug: int, t_s: int = 0) -> Course:
    course = Course()
    course.begin(t_s, Program(baclofen(units_of(ug))))
    return course


@pytest.mark.parametrize(
    ("old", "new_nl", "large"),
    [
        (834, 500_400, False),  # 1000.8 ug: 20 % exactly
        (834, 500_401, True),
        (833, 499_800, False),
        (833, 500_000, False),  # 1000 ug, and more than 20 %
        (833, 500_001, True),
        (1_001, 600_600, False),
        (1_001, 600_601, True),
    ],
)
def test_a_rise_above_20_percent_to_or_from_more_than_1000_ug_is_large(
    old: int, new_nl: int, large: bool
) -> None:
    fields = baclofen(new_nl * HOUR)
    assert ("LARGE_RISE" in soft(fields, running(old))) == large
    assert "LARGE_RISE" not in soft(fields)


def test_a_first_dose_and_a_fall_are_no_rise() -> None:
    assert "LARGE_RISE" not in soft(baclofen(units_of(2_000)), Course())
    assert soft(baclofen(units_of(1_500)), running(2_000)) == ["ABOVE_1000", "ABOVE_MOST"]


@pytest.mark.parametrize(("nl", "named"), [(59_999, False), (60_000, False), (60_001, True)])
def test_row_sudden_large_need_more_than_twice_the_dose_of_a_week_ago(
    nl: int, named: bool
) -> None:
    assert soft(baclofen(nl * HOUR), running(60)) == (["ESCALATION"] if named else [])


def test_the_dose_of_a_week_ago_is_the_one_that_held_then() -> None:
    course = running(100)
    course.begin(DAY, Program(baclofen(units_of(50))))
    fields = baclofen(units_of(150))
    assert soft(fields, course, 8 * DAY - 1) == []
    assert soft(fields, course, 8 * DAY) == ["ESCALATION"]
    assert soft(fields, course, 20 * DAY) == ["ESCALATION"]


def test_names_come_in_the_order_of_the_table() -> None:
    fields = baclofen(units_of(1_001), under_12=1, nl_per_1000_steps=200_000, minimum_nl_h=42)
    assert soft({**fields, "steps": [[0, 42_000], [23 * HOUR, 19_999]]}, running(100)) == [
        "ABOVE_1000",
        "ABOVE_MOST",
        "UNDER_12",
        "LARGE_RISE",
        "ESCALATION",
        "COARSE_STEP",
    ]


@given(programs(), st.booleans())
def test_soft_rules_never_raise_and_change_nothing(fields: dict[str, Any], begun: bool) -> None:
    p = Program(fields)
    course = Course()
    if begun:
        course.begin(0, p)
    before = repr((fields, course.snapshot()))
    assert set(rules.soft(p, course)) <= {"COARSE_STEP"}
    assert repr((fields, course.snapshot())) == before
