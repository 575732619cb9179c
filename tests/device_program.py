"""Device programs for tests: some to change, and strategies for arbitrary valid ones."""

from typing import Any

from hypothesis import strategies as st

HOUR = 3600
DAY = 86_400
BOLUS_S_MAX = 6 * HOUR
BOLUS_STEPS_MAX = 2_000  # more of them tell no more and take long
MOTOR_HZ_MIN = 200  # of the strategies below

_BASE: dict[str, Any] = {
    "v": 2,
    "name": "demo",
    "profile": "itb",
    "indication": "spinal",
    "drugs": [["baclofen", 2000, 12, 2003, 0]],
    "rise_permille": 300,
    "refill_rise_permille": 400,
    "under_12": 0,
    "capacity_nl": 20_000_000,
    "volume_nl": 6_500_000,
    "residual_nl": 500_000,
    "low_alarm_nl": 2_000_000,
    "tolerance_nl": 0,
    "notices_s": [3 * DAY],
    "refill_after_s": 0,
    "mode": "flex",
    "lead_s": 2 * HOUR,
    "steps": [[6 * HOUR, 7_500], [22 * HOUR, 16_000]],
    "variants": [],
    "min_flow_nl_h": 2_000,
    "max_flow_nl_h": 1_000_000,
    "max_bolus_flow_nl_h": 1_000_000,
    "minimum_nl_h": 250,
    "max_drop_permille": 200,
    "tau_dh": 1081,
    "bolus_adds": 1,
    "bolus_max_nl": 0,
    "bolus_min_s": 60,
    "bolus_gap_s": 0,
    "bolus_day_max": 0,
    "demand": [],
    "periodic": [],
    "tubing_nl": 0,
    "catheter_nl": 0,
    "nl_per_1000_steps": 31_250,
    "max_step_hz": 2_000,
}
# No dose of it is too much: a limit of 1 L in 24 h. For tests of all but the dose.
WATER: list[list[Any]] = [["water", 1, 0, 1_000, 0]]


def program(**changes: Any) -> dict[str, Any]:
    """The demo's device program, flex and without boluses, with some fields changed."""
    fresh = {key: _copy(value) for key, value in _BASE.items()}
    if changes.get("periodic"):
        fresh["tau_dh"] = 1_200  # 24 h / 20 %
    return {**fresh, **changes}


def continuous(rate_nl_h: int, **changes: Any) -> dict[str, Any]:
    """One rate of water all day, from a vessel that lasts."""
    fields = {
        "mode": "continuous",
        "steps": [[0, rate_nl_h]],
        "lead_s": 0,
        "drugs": WATER,
        "min_flow_nl_h": 1,
        "capacity_nl": 50_000_000,
        "volume_nl": 50_000_000,
    }
    return program(**{**fields, **changes})


def with_boluses(rate_nl_h: int = 10_000, **changes: Any) -> dict[str, Any]:
    """`continuous`, and every kind of bolus is allowed, up to 100 uL and 8 of them a day."""
    boluses = {
        "profile": "pca",
        "max_bolus_flow_nl_h": 10_000_000,
        "bolus_max_nl": 100_000,
        "bolus_gap_s": 600,
        "bolus_day_max": 8,
        "demand": [20_000, 600],
    }
    return continuous(rate_nl_h, **{**boluses, **changes})


def screening(**changes: Any) -> dict[str, Any]:
    """Screening boluses of 1 to 2 mL of baclofen, 50 ug/mL, and nothing else."""
    fields = {
        "mode": "screening",
        "lead_s": 0,
        "steps": [[0, 0]],
        "drugs": [["baclofen", 50, 0, 100, 0]],
        "max_bolus_flow_nl_h": 120_000_000,
        "bolus_max_nl": 2_000_000,
        "bolus_day_max": 1,
        "nl_per_1000_steps": 200_000,
    }
    return program(**{**fields, **changes})


def scaled(fields: dict[str, Any], permille: int) -> dict[str, Any]:
    """The same program with all its basal rates multiplied."""

    def rates(steps: list[list[int]]) -> list[list[int]]:
        return [[at_s, rate * permille // 1000] for at_s, rate in steps]

    variants = [[mask, rates(steps)] for mask, steps in fields["variants"]]
    return {**fields, "steps": rates(fields["steps"]), "variants": variants}


def limit_24h_nl(fields: dict[str, Any]) -> int:
    """L: the smallest volume that holds a drug's highest daily dose."""
    return min(high * 1_000_000 // conc for _, conc, _, high, _ in fields["drugs"])


def least_tau_dh(max_drop_permille: int, periodic: bool = False) -> int:
    """The smallest tau, in tenths of an hour, that keeps the daily law on the hourly grid."""
    if periodic:
        return -(-240_000 // max_drop_permille)
    low, high = 10, 30_000
    while high - low > 1:
        tau = (low + high) // 2
        if 1000 * (tau - 10) ** 24 < (1000 - max_drop_permille) * tau**24:
            low = tau
        else:
            high = tau
    return max(100, high)


def _copy(value: Any) -> Any:
    return [_copy(item) for item in value] if isinstance(value, list) else value


rates_nl_h = st.one_of(st.integers(100, 4_000), st.integers(4_000, 60_000), st.just(1_000_000))
step_volumes_pl = st.one_of(st.sampled_from([1_100, 31_250, 200_000]), st.integers(5_000, 200_000))
often = st.sampled_from([True, True, False])
seconds_of_day = st.one_of(st.integers(0, 23).map(lambda h: h * HOUR), st.integers(0, DAY - 1))


@st.composite
def day_steps(draw: st.DrawFn, most: int = 24) -> list[list[int]]:
    """The steps of a day, mode flex."""
    starts = sorted(draw(st.sets(seconds_of_day, min_size=1, max_size=most)))
    return [[at_s, draw(rates_nl_h)] for at_s in starts]


@st.composite
def week_variants(draw: st.DrawFn) -> list[list[Any]]:
    """Other steps on some days: disjoint masks of weekdays, none for a day like the others."""
    owners = draw(st.lists(st.integers(0, 3), min_size=7, max_size=7))
    masks = [sum(1 << day for day in range(7) if owners[day] == owner) for owner in (1, 2, 3)]
    return [[mask, draw(day_steps(most=6))] for mask in masks if mask]


@st.composite
def periodic_boluses(
    draw: st.DrawFn, least_s: int, gap_s: int, most_nl: int, most_nl_h: int
) -> list[list[int]]:
    """Boluses of a day, at least `gap_s` apart also over midnight, none faster than given."""
    found: list[list[int]] = []
    starts = sorted(draw(st.sets(seconds_of_day, min_size=int(draw(often)), max_size=4)))
    for i, at_s in enumerate(starts):
        until_s = starts[i + 1] if i + 1 < len(starts) else starts[0] + DAY
        longest_s = min(BOLUS_S_MAX, until_s - at_s - gap_s)
        if longest_s < least_s:
            return found
        seconds = draw(st.integers(least_s, longest_s))
        # A rate of U // D + 1 nL/h must fit as well.
        largest_nl = min(most_nl, (most_nl_h - 1) * seconds // HOUR)
        if largest_nl > 0:
            found.append([at_s, draw(st.integers(1, largest_nl)), seconds])
    return found


@st.composite
def drugs_for(draw: st.DrawFn, least_nl: int, most_nl: int) -> list[list[Any]]:
    """One to four drugs whose bands hold days of `least_nl` to `most_nl`, closely or loosely."""
    found = []
    for i in range(draw(st.sampled_from([1, 1, 1, 2, 4]))):
        conc = draw(st.sampled_from([1, 500, 2_000, 20_000]))
        high = -(-most_nl * conc // 1_000_000) * draw(st.sampled_from([10, 11, 20])) // 10
        low = draw(st.sampled_from([0, 1])) * (least_nl * conc // 1_000_000)
        found.append([f"drug {i}", conc, low, max(1, high), draw(st.sampled_from([0, 90]))])
    return found


@st.composite
def programs(
    draw: st.DrawFn, lasting: bool = False, boluses: bool = True, variants: bool = True
) -> dict[str, Any]:
    """Any valid program with flow, 1..24 steps a day; `lasting`: a vessel as full as it gets.

    `boluses` and `variants`: whether it may have any. Modes continuous and flex.
    """
    mode = draw(st.sampled_from(["continuous", "flex", "flex", "flex"]))
    steps = draw(day_steps()) if mode == "flex" else [[0, draw(rates_nl_h)]]
    with_variants = variants and mode == "flex" and draw(st.booleans())
    week = draw(week_variants()) if with_variants else []
    rates = [rate for day in [steps, *(other for _, other in week)] for _, rate in day]
    drop = draw(st.sampled_from([10, 150, 200, 500]))
    residual = draw(st.integers(1, 1_000_000))
    tolerance = draw(st.integers(0, residual))
    usable = 48_000_000 if lasting else draw(st.integers(1, 8_000_000))
    # No finer than some packets an hour: thousands of them tell no more.
    pl = max(draw(step_volumes_pl), max(rates) // 50)
    bolus_fields = draw(_bolus_fields(pl, max(rates))) if boluses and draw(often) else {}
    periodic = bolus_fields.get("periodic", [])
    periodic_nl = sum(volume for _, volume, _ in periodic)
    return program(
        mode=mode,
        steps=steps,
        variants=week,
        # No 24 hours of the program hold more than this, whatever the day.
        drugs=draw(drugs_for(24 * min(rates), 24 * max(rates) + periodic_nl)),
        lead_s=draw(st.sampled_from([0, 1, 2 * HOUR, 12 * HOUR])),
        indication=draw(st.sampled_from(["spinal", "cerebral", "other"])),
        profile=draw(st.sampled_from(["itb", "pca"])),
        rise_permille=draw(st.sampled_from([10, 150, 300, 1_000])),
        refill_rise_permille=draw(st.sampled_from([10, 200, 400, 1_000])),
        under_12=draw(st.sampled_from([0, 1])),
        capacity_nl=50_000_000,
        volume_nl=residual + usable,
        residual_nl=residual,
        tolerance_nl=tolerance,
        low_alarm_nl=residual + tolerance + draw(st.integers(0, 2_000_000)),
        notices_s=draw(st.sampled_from([[0], [3 * DAY], [7 * DAY, DAY], [60 * DAY, 2, 1, 0]])),
        min_flow_nl_h=1,
        minimum_nl_h=draw(st.integers(max(42, 1000 // drop), min([4_167, *rates]))),
        max_drop_permille=drop,
        tau_dh=least_tau_dh(drop, bool(periodic)) + draw(st.sampled_from([0, 0, 7])),
        tubing_nl=draw(st.sampled_from([0, 1, 30_000])),
        catheter_nl=draw(st.sampled_from([0, 22_000])),
        nl_per_1000_steps=pl,
        max_step_hz=draw(st.sampled_from([MOTOR_HZ_MIN, 2_000, 15_000])),
        **bolus_fields,
    )


@st.composite
def _bolus_fields(draw: st.DrawFn, pl: int, highest_nl_h: int) -> dict[str, Any]:
    """What a program with boluses says of them, for a motor of `pl` per step."""
    makeable_nl_h = min(144_000_000, MOTOR_HZ_MIN * 18 * pl // 5)
    max_flow = draw(st.integers(highest_nl_h, min(1_000_000, makeable_nl_h)))
    largest_flow = draw(st.integers(max_flow, makeable_nl_h))
    adds = draw(st.sampled_from([0, 1]))
    most_nl_h = largest_flow - adds * highest_nl_h
    most_nl = draw(st.integers(1, min(5_000_000, BOLUS_STEPS_MAX * pl // 1000)))
    least_s = draw(st.sampled_from([1, 60, HOUR]))
    gap_s = draw(st.sampled_from([0, 1, 600, 6 * HOUR]))
    demand_s = draw(st.integers(least_s, BOLUS_S_MAX))
    demand_nl = min(most_nl, (most_nl_h - 1) * demand_s // HOUR)
    return {
        "max_flow_nl_h": max_flow,
        "max_bolus_flow_nl_h": largest_flow,
        "bolus_adds": adds,
        "bolus_max_nl": most_nl,
        "bolus_min_s": least_s,
        "bolus_gap_s": gap_s,
        "bolus_day_max": draw(st.integers(0, 24)),
        "demand": [demand_nl, demand_s] if demand_nl > 0 and draw(st.booleans()) else [],
        "periodic": draw(periodic_boluses(least_s, gap_s, most_nl, most_nl_h)),
    }
