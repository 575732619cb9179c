"""The rotor's side: does the head turn when the motor is stepped, and only then?

The disc gives an edge every STEPS_PER_EDGE steps. The first comes after half of that.
"""

from pump.units import const

STEPS_PER_EDGE = const(32)  # of the rig's disc: boards/RPI_PICO/README.md
STALL_STEPS = const(96)  # three edges' worth without one: it stands
_WINDOW_EDGES = const(32)
_WINDOW_STEPS = const(1024)
OFF_EDGES = const(4)  # of the window's 32: slip, or a sensor that misses some
_IDLE_EDGES = const(2)  # while the motor rests; one may be on the brink


class Turning:
    """`stalled`, `off`: the causes of MOTOR_STALL and ROTOR_FAULT as the counts have them."""

    def __init__(self) -> None:
        self.stalled = self.off = False
        self._edges = self._steps = 0  # seen at the last look
        self._silent_steps = 0  # since the last edge
        self._window_edges = self._window_steps = 0
        self._idle_edges = 0

    def begin(self, edges: int, steps: int) -> None:
        """Counted from here; what was is forgotten."""
        self.stalled = self.off = False
        self._edges, self._steps = edges, steps
        self._silent_steps = self._idle_edges = 0
        self._window_edges = self._window_steps = 0

    def look(self, edges: int, steps: int) -> None:
        """`edges` and `steps` since power-up."""
        new_edges, new_steps = edges - self._edges, steps - self._steps
        self._edges, self._steps = edges, steps
        if new_edges:
            self._silent_steps = 0
            self.stalled = False
        else:
            self._silent_steps += new_steps
            if self._silent_steps >= STALL_STEPS:
                self.stalled = True
                self._window_edges = self._window_steps = 0
        if new_steps == 0:
            self._idle_edges += new_edges
            if self._idle_edges > _IDLE_EDGES:
                self.off = True
            return
        self._idle_edges = 0
        if self.stalled:
            return
        self._window_edges += new_edges
        self._window_steps += new_steps
        if self._window_steps >= _WINDOW_STEPS:
            due = self._window_steps // STEPS_PER_EDGE
            # In a longer window as many in the same proportion.
            most = OFF_EDGES * due // _WINDOW_EDGES
            self.off = abs(self._window_edges - due) > most
            self._window_edges = self._window_steps = 0
