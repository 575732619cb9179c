"""The liquid: a bag on a scale, the pump head, the line to the tip. Pure, integers, no chip.

Volumes are pL, pressures pascal above the room's. `turn(steps)` is what the motor does,
`advance(ms)` is time. What is wrong with it is set in plain attributes, named in `bench.faults`.
With nothing wrong each step moves `pl_per_step` from the bag to the tip, exactly.

Bench assumptions, where no source is named: the line ends in an anti-siphon valve that opens at
7 kPa; the tubing takes 0.1 uL/kPa after the head and 0.05 uL/kPa before it; the head slips back at
95 kPa, and the tubing before it is flat at -60 kPa. 10 psi (69 kPa) and 1 psi (7 kPa) are
the occlusion limits of the Open PCA Pump requirements (R7.2.0).
"""

import math

VALVE_PA = 7_000
RELIEF_PA = 95_000
FLAT_PA = -60_000
PL_PER_PA_DOWN = 100
PL_PER_PA_UP = 50
CONTAINER_UG = 30_000_000  # the empty bag and its hook
STEPS_PER_TURN = 3200  # of the head: 200 full steps, 16 microsteps each
STEPS_PER_EDGE = 32  # of the rotor's slotted disc
MS_PER_H = 3_600_000
_PPM = 1_000_000


class Fluid:
    """`reservoir_pl` what the bag holds; `delivered_pl` liquid that left the tip; `leaked_pl` lost
    between head and tip; `spilled_pl` lost from the bag; `air_pl` air that left the tip."""

    def __init__(self, reservoir_nl: int, nl_per_1000_steps: int = 31_250) -> None:
        self.pl_per_step = nl_per_1000_steps
        self.reservoir_pl = reservoir_nl * 1000
        self.delivered_pl = self.leaked_pl = self.spilled_pl = self.air_pl = 0
        self.now_ms = 0
        self.turned = 0  # steps that the head made; the motor may have made more
        # What is wrong with it.
        self.stalled = False
        self.slip_permille = 0  # of the motor's steps do not turn the head
        self.stroke_ppm = 0  # the head moves so much more (or less) a step than it is told to
        self.wear_ppm_per_ml = 0  # and so much less for each mL it moved since `wear_from_pl`
        self.wear_from_pl = 0
        self.siphon_nl_h = 0  # through the head while it stands
        self.free_flow_nl_h = 0  # through the head at any time
        self.bag_leak_nl_h = 0
        self.line_leak_permille = 0
        self._pulse_pl: list[int] = []  # displacement beyond the mean, over one roller's way
        self._rollers = 1
        self._blocked_down = self._blocked_up = False
        self._pressed_pl = 0  # what the line holds beyond the valve's pressure
        self._drawn_pl = 0  # what the tubing before the head lacks
        self._dry = False
        self._air_in_pl = self._air_way_pl = self._air_at_pl = 0  # to come in, to go, to pass
        self._turned_since = False
        self._left_ppm = self._left_leak = self._left_slip = 0
        self._left_through = self._left_bag = 0

    # -- what it does ----------------------------------------------------------------------------
    def turn(self, steps: int) -> None:
        """The motor made `steps` forward. ValueError: backward, which the rig never does."""
        if steps < 0:
            raise ValueError(f"steps: {steps}; the head turns one way, 0 and above")
        self._turned_since = self._turned_since or steps > 0
        if self.stalled:
            return
        if self.slip_permille:
            kept = steps * (1000 - self.slip_permille) + self._left_slip
            steps, self._left_slip = divmod(kept, 1000)
        volume_pl = steps * self.pl_per_step
        if self._pulse_pl:
            before = self.turned * self._rollers % STEPS_PER_TURN
            after = (self.turned + steps) * self._rollers % STEPS_PER_TURN
            volume_pl += self._pulse_pl[after] - self._pulse_pl[before]
        self.turned += steps
        ppm = self.stroke_ppm
        if self.wear_ppm_per_ml:
            worn_ml = (self.delivered_pl - self.wear_from_pl) // 1_000_000_000
            ppm -= min(worn_ml * self.wear_ppm_per_ml, _PPM + ppm)
        if ppm:
            volume_pl, self._left_ppm = divmod(volume_pl * (_PPM + ppm) + self._left_ppm, _PPM)
        self._move(volume_pl)

    def advance(self, ms: int) -> None:
        """`ms` of pump time pass. ValueError: backwards."""
        if ms < 0:
            raise ValueError(f"ms: {ms}; time does not run backwards")
        self.now_ms += ms
        rate_nl_h = self.free_flow_nl_h + (0 if self._turned_since else self.siphon_nl_h)
        self._turned_since = False
        if not rate_nl_h and not self.bag_leak_nl_h:
            return
        # What is left of the division is kept, so that slow flows lose nothing to short intervals.
        through, self._left_through = divmod(rate_nl_h * 1000 * ms + self._left_through, MS_PER_H)
        if not self._blocked_down and not self._blocked_up:
            self._move(through)
        lost, self._left_bag = divmod(self.bag_leak_nl_h * 1000 * ms + self._left_bag, MS_PER_H)
        lost = min(lost, self.reservoir_pl)
        self.reservoir_pl -= lost
        self.spilled_pl += lost

    def refill(self, volume_nl: int) -> None:
        """Someone emptied the bag and filled it with `volume_nl`."""
        self.reservoir_pl = volume_nl * 1000
        self._dry = False
        self._draw()

    def _move(self, volume_pl: int) -> None:
        """Through the head, as much of `volume_pl` as both sides allow."""
        if self._blocked_down:
            room = (RELIEF_PA - VALVE_PA) * PL_PER_PA_DOWN - self._pressed_pl
            volume_pl = min(volume_pl, room)
        air = min(volume_pl, self._air_in_pl)
        if self._blocked_up:
            air = 0
            volume_pl = min(volume_pl, -FLAT_PA * PL_PER_PA_UP - self._drawn_pl)
            self._drawn_pl += volume_pl
        else:
            liquid = volume_pl - air
            if liquid > self.reservoir_pl:
                liquid = self.reservoir_pl
                self._dry = True
                volume_pl = liquid + air
            self.reservoir_pl -= liquid
            self._air_in_pl -= air
        self._leave(volume_pl)

    def _leave(self, volume_pl: int) -> None:
        """Past the air detector and the hole, if there is one, to the valve and the tip."""
        if self._air_at_pl:
            before = min(volume_pl, self._air_way_pl)
            self._air_way_pl -= before
            air = min(volume_pl - before, self._air_at_pl)
            self._air_at_pl -= air
            self.air_pl += air
            volume_pl -= air
        if self.line_leak_permille:
            leaked, self._left_leak = divmod(
                volume_pl * self.line_leak_permille + self._left_leak, 1000
            )
            self.leaked_pl += leaked
            volume_pl -= leaked
        if self._blocked_down:
            self._pressed_pl += volume_pl
        else:
            self.delivered_pl += volume_pl

    def _draw(self) -> None:
        """The tubing before the head takes back its shape."""
        if not self._blocked_up:
            drawn = min(self._drawn_pl, self.reservoir_pl)
            self._drawn_pl -= drawn
            self.reservoir_pl -= drawn

    # -- what can be done to it ------------------------------------------------------------------
    def block_down(self, on: bool) -> None:
        """Close the line after the head. When it opens again, what was pressed in comes out."""
        self._blocked_down = on
        if not on:
            self.delivered_pl += self._pressed_pl
            self._pressed_pl = 0

    def block_up(self, on: bool) -> None:
        """Close the tubing between bag and head. When it opens again, it fills from the bag."""
        self._blocked_up = on
        self._draw()

    def pulsate(self, permille: int, rollers: int) -> None:
        """The flow swings by +-`permille` of its mean, once a roller; nothing over a turn."""
        depth_pl = self.pl_per_step * permille / 1000 * STEPS_PER_TURN / rollers / (2 * math.pi)
        turns = [2 * math.pi * i / STEPS_PER_TURN for i in range(STEPS_PER_TURN)]
        self._pulse_pl = [round(depth_pl * (1 - math.cos(a))) for a in turns] if permille else []
        self._rollers = rollers

    def bubble(self, volume_nl: int, way_nl: int) -> None:
        """The head draws `volume_nl` of air; it reaches the detector after `way_nl` more.

        ValueError while another one is on its way.
        """
        if self._air_at_pl:
            raise ValueError("air.bubble: one is on its way; wait until it has passed")
        self._air_in_pl = self._air_at_pl = volume_nl * 1000
        self._air_way_pl = way_nl * 1000

    def clear_bubble(self) -> None:
        self._air_in_pl = self._air_way_pl = self._air_at_pl = 0

    # -- what can be measured --------------------------------------------------------------------
    @property
    def rotor_edges(self) -> int:
        """Slots of the disc that passed; the first after half a slot."""
        return (self.turned + STEPS_PER_EDGE // 2) // STEPS_PER_EDGE

    @property
    def mass_ug(self) -> int:
        """On the scale: bag and water, 1 ug a nL."""
        return CONTAINER_UG + self.reservoir_pl // 1000

    @property
    def outlet_pa(self) -> int:
        """After the head. A hole in the line takes its share of the valve's pressure."""
        at_rest = VALVE_PA * (1000 - self.line_leak_permille) // 1000
        return at_rest + self._pressed_pl // PL_PER_PA_DOWN

    @property
    def inlet_pa(self) -> int:
        """Before the head. A flat bag is as good as closed."""
        return FLAT_PA if self._dry else -(self._drawn_pl // PL_PER_PA_UP)

    @property
    def air_at_detector(self) -> bool:
        return self._air_at_pl > 0 and self._air_way_pl == 0

    @property
    def line_pl(self) -> int:
        """Liquid between bag and tip, against a full line at rest: nothing is lost or made."""
        air = self._air_at_pl - self._air_in_pl
        return self._pressed_pl - self._drawn_pl - air
