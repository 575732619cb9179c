"""Sounder and lamps as an ear and an eye on the bench would have them: switched when, to what.

The sounder's carrier has some kHz. Its edges are not kept one by one: a tone begins with the first
rising edge after a gap of 2 ms, and lasts to its last one.
"""

from pumprig.bench.chip import TICKS_PER_S, Chip

SOUNDER, LAMPS = 6, {7: "red", 8: "yellow", 9: "cyan"}
TONE_GAP_TICKS = TICKS_PER_S // 500


class SignalLog:
    """`changes`: (ticks, "sounder" | "red" | "yellow" | "cyan", on); of the sounder only when a
    tone begins. `tones`: [ticks of its first rising edge, of its last one so far, edges]."""

    def __init__(self) -> None:
        self.changes: list[tuple[int, str, bool]] = []
        self.tones: list[list[int]] = []
        self._tone = [0, -TONE_GAP_TICKS, 0]

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
        tone = self._tone
        if now - tone[1] > TONE_GAP_TICKS:
            self.changes.append((now, "sounder", True))
            tone = self._tone = [now, now, 0]
            self.tones.append(tone)
        tone[1] = now
        tone[2] += 1

    def _on_lamp(self, name: str, on: bool) -> None:
        self.changes.append((self._chip.ticks(), name, on))
