"""The liquid of the virtual bench: where it goes, at the limits of what can be wrong with it."""

import random

import pytest

from pumprig.bench.fluid import (
    CONTAINER_UG,
    FLAT_PA,
    MS_PER_H,
    PL_PER_PA_DOWN,
    PL_PER_PA_UP,
    RELIEF_PA,
    STEPS_PER_TURN,
    VALVE_PA,
    Fluid,
)

PL = 31_250
ML_NL = 1_000_000


def held(fluid: Fluid) -> int:
    """All liquid there is, wherever it went."""
    gone = fluid.delivered_pl + fluid.leaked_pl + fluid.spilled_pl
    return fluid.reservoir_pl + fluid.line_pl + gone


def test_with_nothing_wrong_every_step_moves_its_volume_from_the_bag_to_the_tip() -> None:
    fluid = Fluid(20 * ML_NL)
    fluid.turn(1)
    fluid.turn(31_999)
    fluid.advance(MS_PER_H)
    assert (fluid.delivered_pl, fluid.reservoir_pl) == (1_000_000_000, 19_000_000_000)
    assert (fluid.turned, fluid.rotor_edges) == (32_000, 1_000)
    assert (fluid.outlet_pa, fluid.inlet_pa, fluid.air_at_detector) == (VALVE_PA, 0, False)


def test_the_scale_carries_the_bag_and_a_microgram_a_nanolitre() -> None:
    fluid = Fluid(20 * ML_NL)
    assert fluid.mass_ug == CONTAINER_UG + 20_000_000
    fluid.turn(32)
    assert fluid.mass_ug == CONTAINER_UG + 19_999_000


def test_the_head_turns_one_way_and_so_does_time() -> None:
    fluid = Fluid(ML_NL)
    with pytest.raises(ValueError, match="one way"):
        fluid.turn(-1)
    with pytest.raises(ValueError, match="backwards"):
        fluid.advance(-1)
    fluid.turn(0)
    fluid.advance(0)
    assert (fluid.delivered_pl, fluid.now_ms) == (0, 0)


@pytest.mark.parametrize("steps", [31, 32, 33])
def test_an_empty_bag_gives_what_it_has_and_is_flat_after(steps: int) -> None:
    fluid = Fluid(1_000)  # 32 steps
    fluid.turn(steps)
    assert fluid.delivered_pl == min(steps, 32) * PL
    assert fluid.inlet_pa == (FLAT_PA if steps == 33 else 0)
    fluid.refill(1_000)
    assert (fluid.inlet_pa, fluid.reservoir_pl) == (0, 1_000_000)


@pytest.mark.parametrize("edges", [1, 2, 100])
def test_the_discs_slots_pass_from_the_half_of_each(edges: int) -> None:
    fluid = Fluid(ML_NL)
    fluid.turn(32 * edges - 17)
    assert fluid.rotor_edges == edges - 1
    fluid.turn(1)
    assert fluid.rotor_edges == edges


@pytest.mark.parametrize("rollers", [1, 3, 4, 12])
def test_pulsation_is_nothing_over_a_turn_and_never_turns_the_flow(rollers: int) -> None:
    fluid = Fluid(20 * ML_NL)
    fluid.turn(700)
    start = fluid.delivered_pl
    fluid.pulsate(900, rollers)
    flows = []
    for _ in range(STEPS_PER_TURN):
        before = fluid.delivered_pl
        fluid.turn(1)
        flows.append(fluid.delivered_pl - before)
    assert fluid.delivered_pl - start == STEPS_PER_TURN * PL
    assert PL // 11 <= min(flows) <= PL // 9
    assert PL * 19 // 11 <= max(flows) <= PL * 20 // 10
    fluid.pulsate(0, rollers)
    fluid.turn(1)
    assert fluid.delivered_pl - start == (STEPS_PER_TURN + 1) * PL


def test_pulsation_does_not_depend_on_how_the_steps_are_told() -> None:
    one, many = Fluid(20 * ML_NL), Fluid(20 * ML_NL)
    for fluid in (one, many):
        fluid.pulsate(500, 4)
    one.turn(1_234)
    for _ in range(1_234):
        many.turn(1)
    assert one.delivered_pl == many.delivered_pl


@pytest.mark.parametrize(("permille", "turned"), [(1, 999), (200, 800), (999, 1), (1000, 0)])
def test_a_slipping_motor_turns_the_head_less(permille: int, turned: int) -> None:
    fluid = Fluid(ML_NL)
    fluid.slip_permille = permille
    for _ in range(1000):
        fluid.turn(1)
    assert (fluid.turned, fluid.delivered_pl) == (turned, turned * PL)


@pytest.mark.parametrize("ppm", [-1_000_000, -1, 1, 100_000])
def test_a_wrong_stroke_moves_more_or_less_and_the_disc_does_not_see_it(ppm: int) -> None:
    fluid = Fluid(100 * ML_NL)
    fluid.stroke_ppm = ppm
    for _ in range(1000):
        fluid.turn(1)
    assert fluid.delivered_pl == 1000 * PL * (1_000_000 + ppm) // 1_000_000
    assert fluid.rotor_edges == 31


def test_worn_tubing_moves_less_with_each_millilitre() -> None:
    fluid = Fluid(100 * ML_NL)
    fluid.wear_ppm_per_ml = 10_000
    fluid.turn(32_000)
    assert fluid.delivered_pl == 1_000_000_000, "the first mL is whole"
    fluid.turn(100)
    assert fluid.delivered_pl == 1_000_000_000 + 99 * PL
    fluid.wear_ppm_per_ml = 1_000_000
    fluid.turn(100)
    assert fluid.delivered_pl == 1_000_000_000 + 99 * PL, "worn through"


def test_a_stalled_head_does_not_turn() -> None:
    fluid = Fluid(ML_NL)
    fluid.stalled = True
    fluid.turn(1000)
    assert (fluid.turned, fluid.delivered_pl) == (0, 0)


def test_closed_after_the_head_the_pressure_rises_with_the_volume_until_it_slips_back() -> None:
    fluid = Fluid(ML_NL)
    fluid.block_down(True)
    fluid.turn(32)
    assert (fluid.outlet_pa, fluid.delivered_pl) == (VALVE_PA + 1_000_000 // PL_PER_PA_DOWN, 0)
    fluid.turn(249)
    assert fluid.outlet_pa == VALVE_PA + 281 * PL // PL_PER_PA_DOWN
    fluid.turn(1)
    assert fluid.outlet_pa == RELIEF_PA
    left = fluid.reservoir_pl
    fluid.turn(1000)
    assert (fluid.outlet_pa, fluid.reservoir_pl) == (RELIEF_PA, left)
    fluid.block_down(False)
    pressed = (RELIEF_PA - VALVE_PA) * PL_PER_PA_DOWN
    assert (fluid.delivered_pl, fluid.outlet_pa) == (pressed, VALVE_PA), "a bolus nobody asked for"


def test_closed_before_the_head_it_sucks_until_the_tubing_is_flat() -> None:
    fluid = Fluid(ML_NL)
    fluid.block_up(True)
    fluid.turn(32)
    assert fluid.inlet_pa == -(1_000_000 // PL_PER_PA_UP)
    assert (fluid.reservoir_pl, fluid.delivered_pl) == (1_000_000_000, 1_000_000)
    fluid.turn(1000)
    lacks = -FLAT_PA * PL_PER_PA_UP
    assert (fluid.inlet_pa, fluid.delivered_pl) == (FLAT_PA, lacks)
    fluid.block_up(False)
    assert (fluid.inlet_pa, fluid.reservoir_pl) == (0, 1_000_000_000 - lacks)


@pytest.mark.parametrize(("permille", "leaked"), [(1, 1), (300, 300), (1000, 1000)])
def test_a_hole_takes_its_share_and_the_pressure_with_it(permille: int, leaked: int) -> None:
    fluid = Fluid(100 * ML_NL)
    fluid.line_leak_permille = permille
    for _ in range(1000):
        fluid.turn(1)
    assert fluid.leaked_pl == leaked * PL
    assert fluid.delivered_pl == (1000 - leaked) * PL
    assert fluid.outlet_pa == VALVE_PA * (1000 - permille) // 1000


def test_a_standing_head_siphons_and_a_turning_one_does_not() -> None:
    fluid = Fluid(ML_NL)
    fluid.siphon_nl_h = 100_000
    fluid.turn(1)
    fluid.advance(MS_PER_H)
    assert fluid.delivered_pl == PL
    fluid.advance(MS_PER_H)
    assert fluid.delivered_pl == PL + 100_000_000
    fluid.block_down(True)
    fluid.advance(MS_PER_H)
    assert fluid.delivered_pl == PL + 100_000_000, "not through a closed line"


def test_an_open_head_flows_whatever_the_motor_does_until_the_bag_is_empty() -> None:
    fluid = Fluid(ML_NL)
    fluid.free_flow_nl_h = 600_000
    fluid.turn(1)
    fluid.advance(MS_PER_H)
    assert fluid.delivered_pl == PL + 600_000_000
    fluid.advance(MS_PER_H)
    assert (fluid.delivered_pl, fluid.reservoir_pl) == (1_000_000_000, 0)


@pytest.mark.parametrize("ms", [1, 7, 1000])
def test_slow_flows_lose_nothing_to_short_intervals(ms: int) -> None:
    fluid = Fluid(ML_NL)
    fluid.siphon_nl_h = 1
    fluid.bag_leak_nl_h = 1
    for _ in range(7_000_000 // ms // 1000):
        fluid.advance(ms)
    passed = 7_000_000 // ms // 1000 * ms
    assert fluid.delivered_pl == passed * 1000 // MS_PER_H
    assert fluid.spilled_pl == passed * 1000 // MS_PER_H


def test_a_bubble_takes_the_liquids_place_and_passes_the_detector_after_its_way() -> None:
    fluid = Fluid(ML_NL)
    fluid.bubble(volume_nl=1_000, way_nl=2_000)
    fluid.turn(32)
    assert (fluid.reservoir_pl, fluid.delivered_pl) == (1_000_000_000, 1_000_000), "drawn in"
    fluid.turn(31)
    assert not fluid.air_at_detector
    fluid.turn(1)
    assert fluid.air_at_detector
    with pytest.raises(ValueError, match="on its way"):
        fluid.bubble(1, 1)
    fluid.turn(31)
    assert (fluid.air_at_detector, fluid.delivered_pl) == (True, 2_000_000)
    fluid.turn(1)
    assert (fluid.air_at_detector, fluid.air_pl) == (False, 1_000_000)
    fluid.turn(32)
    assert fluid.delivered_pl == 3_000_000
    assert held(fluid) == 1_000_000_000


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_or_made_whatever_goes_wrong(seed: int) -> None:
    chance = random.Random(seed)
    fluid = Fluid(3 * ML_NL)
    for _ in range(400):
        happens = chance.randrange(10)
        if happens == 0:
            fluid.block_down(chance.random() < 0.5)
        elif happens == 1:
            fluid.block_up(chance.random() < 0.5)
        elif happens == 2:
            fluid.line_leak_permille = chance.choice([0, 0, 137, 1000])
        elif happens == 3:
            fluid.stroke_ppm = chance.choice([0, -500_001, 77_777])
        elif happens == 4 and fluid.line_pl == 0:
            fluid.bubble(chance.randrange(1, 20_000), chance.randrange(20_000))
        elif happens == 5:
            fluid.siphon_nl_h = chance.choice([0, 50_000])
            fluid.bag_leak_nl_h = chance.choice([0, 12_345])
        elif happens == 6:
            fluid.pulsate(chance.choice([0, 500]), 3)
        fluid.turn(chance.randrange(1000))
        fluid.advance(chance.randrange(100_000))
        assert held(fluid) == 3_000_000_000
        assert fluid.reservoir_pl >= 0
        assert FLAT_PA <= fluid.inlet_pa <= 0
        assert 0 <= fluid.outlet_pa <= RELIEF_PA
