"""Sounder and lamps as an ear and an eye on the bench would have them: switched when, to what.

The sounder is a PWM output of some kHz. Its edges are not kept one by one: a tone begins with the
first rising edge after a gap of 2 ms. When it ends is not kept.
"""

from pumprig.bench.chip import TICKS_PER_S, Chip

SOUNDER, LAMPS = 6, {7: "red", 8: "yellow", 9: "cyan"}
TONE_GAP_TICKS = TICKS_PER_S // 500


class SignalLog:
    """`changes`: (ticks, "sounder" | "red" | "yellow" | "cyan", on)."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, str, bool]] = []
        self._last_edge = -TONE_GAP_TICKS

    def attach(self, chip: Chip) -> None:
        self._chip = chip
        chip.mcu.gpio[SOUNDER].add_listener(self._on_tone)
        for pin, name in LAMPS.items():
            chip.mcu.gpio[pin].add_listener(
                lambda state, _before, name=name: self._on_lamp(name, int(state) == 1)
            )

    def _on_tone(self, state: object, _before: object) -> None:
        if int(state) != 1:  # type: ignore[call-overload]
            return
        now = self._chip.ticks()
        if now - self._last_edge > TONE_GAP_TICKS:
            self.changes.append((now, "sounder", True))
        self._last_edge = now

    def _on_lamp(self, name: str, on: bool) -> None:
        self.changes.append((self._chip.ticks(), name, on))
