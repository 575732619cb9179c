"""Device programs for tests: one to change, and hypothesis strategies for arbitrary valid ones."""

from typing import Any

from hypothesis import strategies as st

HOUR = 3600
DAY = 86_400

_BASE: dict[str, Any] = {
    "v": 1,
    "name": "demo",
    "profile": "itb",
    "indication": "spinal",
    "drug": "baclofen",
    "conc_ug_ml": 2000,
    "capacity_nl": 20_000_000,
    "volume_nl": 6_500_000,
    "residual_nl": 500_000,
    "low_alarm_nl": 2_000_000,
    "refill_notice_s": 3 * DAY,
    "mode": "flex",
    "lead_s": 2 * HOUR,
    "steps": [[6 * HOUR, 7_500], [22 * HOUR, 16_000]],
    "min_flow_nl_h": 2_000,
    "max_flow_nl_h": 1_000_000,
    "minimum_nl_h": 250,
    "max_drop_permille": 200,
    "tau_dh": 1081,
    "nl_per_1000_steps": 31_250,
    "max_step_hz": 2_000,
}


def program(**changes: Any) -> dict[str, Any]:
    """The demo's device program, flex, with some fields changed."""
    steps = [list(step) for step in _BASE["steps"]]
    return {**_BASE, "steps": steps, **changes}


def continuous(rate_nl_h: int, **changes: Any) -> dict[str, Any]:
    """One rate all day, from a vessel that lasts."""
    wide = {"min_flow_nl_h": 1, "capacity_nl": 50_000_000, "volume_nl": 50_000_000, "lead_s": 0}
    return program(mode="continuous", steps=[[0, rate_nl_h]], **{**wide, **changes})


def least_tau_dh(max_drop_permille: int) -> int:
    """The smallest tau, in tenths of an hour, that keeps the daily law on the hourly grid."""
    low, high = 10, 30_000
    while high - low > 1:
        tau = (low + high) // 2
        if 1000 * (tau - 10) ** 24 < (1000 - max_drop_permille) * tau**24:
            low = tau
        else:
            high = tau
    return max(100, high)


rates_nl_h = st.one_of(st.integers(100, 4_000), st.integers(4_000, 60_000), st.just(1_000_000))
step_volumes_pl = st.one_of(st.sampled_from([1_100, 31_250, 200_000]), st.integers(5_000, 200_000))
seconds_of_day = st.one_of(st.integers(0, 23).map(lambda h: h * HOUR), st.integers(0, DAY - 1))


@st.composite
def programs(draw: st.DrawFn, lasting: bool = False) -> dict[str, Any]:
    """Any valid program with flow, 1..24 steps a day; `lasting`: a vessel as full as it gets."""
    mode = draw(st.sampled_from(["continuous", "flex", "flex", "flex"]))
    starts = [0]
    if mode == "flex":
        starts = sorted(draw(st.sets(seconds_of_day, min_size=1, max_size=24)))
    steps = [[at_s, draw(rates_nl_h)] for at_s in starts]
    rates = [rate for _, rate in steps]
    drop = draw(st.sampled_from([10, 150, 200, 500]))
    residual = draw(st.integers(1, 1_000_000))
    usable = 48_000_000 if lasting else draw(st.integers(1, 8_000_000))
    return program(
        mode=mode,
        steps=steps,
        lead_s=draw(st.sampled_from([0, 1, 2 * HOUR, 12 * HOUR])),
        indication=draw(st.sampled_from(["spinal", "cerebral"])),
        profile=draw(st.sampled_from(["itb", "pca"])),
        capacity_nl=50_000_000,
        volume_nl=residual + usable,
        residual_nl=residual,
        low_alarm_nl=residual + draw(st.integers(0, 2_000_000)),
        min_flow_nl_h=1,
        minimum_nl_h=draw(st.integers(max(42, 1000 // drop), min([4_167, *rates]))),
        max_drop_permille=drop,
        tau_dh=least_tau_dh(drop) + draw(st.sampled_from([0, 0, 7])),
        # No finer than some packets an hour: thousands of them tell no more.
        nl_per_1000_steps=max(draw(step_volumes_pl), max(rates) // 50),
        max_step_hz=draw(st.sampled_from([200, 2_000, 15_000])),
    )
