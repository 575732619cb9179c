"""A flash that damages what it holds, or takes nothing any more: told, and not forgotten."""

from collections.abc import Sequence

import pytest
from device_program import continuous
from test_journal_on_board import alarms

from link.abuse import LINES
from pump.journal import BOUND_NL, EVENTS_AT, SECTORS, Journal
from pump.slots import PAGE_BYTES, SECTOR_PAGES
from pumprig.bench.flash_image import FS_BLOCK_BYTES, FS_START, ReservedSectors
from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.emulator
_SSI = 0x18000  # the emulator's number of the controller that talks to the flash


def started(image: Image, scale: int) -> EmulatedRig:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=continuous(7_500, name="flash"))
    rig.link.order("start", scale=scale, confirm="test")
    rig.advance(2)
    return rig


class Deaf:
    """The rig's flash takes nothing in `sectors` of the journal while it is `deaf`."""

    def __init__(self, rig: EmulatedRig, sectors: Sequence[int]) -> None:
        self.deaf = True
        self._flash, self._ssi = rig.chip.mcu.flash, rig.chip.mcu.peripherals[_SSI]
        places = ReservedSectors(self._flash, SECTORS).places
        self._begins = [FS_START + places[sector] * FS_BLOCK_BYTES for sector in sectors]
        self._held: list[bytes] = []
        rig.chip.mcu.qspi[1].add_listener(self._select)

    def _select(self, state: object, _before: object) -> None:
        """At each command's begin and end: what it wrote is taken back."""
        if state == 0:
            writes = self.deaf and self._ssi._write_enabled
            self._held = [self._of(begin) for begin in self._begins] if writes else []
        elif self._held and not self._ssi._write_enabled:
            for begin, held in zip(self._begins, self._held, strict=True):
                self._flash[begin : begin + FS_BLOCK_BYTES] = held

    def _of(self, begin: int) -> bytes:
        return bytes(self._flash[begin : begin + FS_BLOCK_BYTES])

    def holds(self, text: bytes) -> bool:
        return any(text in self._of(begin) for begin in self._begins)


@pytest.mark.parametrize("state", ["running", "no program"])
def test_a_damage_that_was_told_outlives_another_power_cut(image: Image, state: str) -> None:
    """The record after the first start hides it from the second."""
    if state == "running":
        rig = started(image, 60)
    else:
        rig = EmulatedRig(image)
        rig.open()
        rig.link.order("audio_style", style="implant")
    for style in ("iec", "implant"):  # the newest two are of one order
        rig.link.order("audio_style", style=style)
    flash = rig.chip.mcu.flash
    sectors = ReservedSectors(flash, SECTORS)
    newest = Journal(sectors).state._newest
    assert newest is not None
    sector, page = divmod(newest[1], SECTOR_PAGES)
    at = FS_START + sectors.places[sector] * FS_BLOCK_BYTES + page * PAGE_BYTES
    flash[at + 100] ^= 1
    for _ in range(2):
        rig.happen("power_cut", {"off_ms": 10})
        rig.advance(2)
        assert "MEMORY_FAULT" in alarms(rig.link)
        assert rig.link.order("status")["signals"]["style"] == "implant"


def test_a_flash_that_takes_nothing_any_more_is_told_before_the_bound_is_passed(
    image: Image,
) -> None:
    rig = started(image, 1440)
    before_nl = int(str(rig.link.order("status")["usable_nl"]))
    Deaf(rig, range(EVENTS_AT))
    told = rig.chip.run_until(lambda: "MEMORY_FAULT" in alarms(rig.link), 60, slice_s=1.0)
    assert told
    assert before_nl - int(str(rig.link.order("status")["usable_nl"])) < BOUND_NL + 10_000
    assert rig.link.order("status")["state"] == "running", "told, and no abrupt stop"


def test_an_order_that_did_not_get_into_the_log_is_not_answered_ok(image: Image) -> None:
    rig = started(image, 60)
    events = Deaf(rig, range(EVENTS_AT, SECTORS))
    reply = rig.link.request("estop", confirm=True, reason="unheard")
    assert reply["err"] == "flash: obeyed, but it could not be kept"
    assert not events.holds(b"unheard")
    assert {"MEMORY_FAULT", "STOPPED"} <= alarms(rig.link)
    events.deaf = False
    assert rig.link.request("audio_style", style="implant").get("ok") == 1
    assert events.holds(b"audio_style")


def test_a_question_is_answered_though_what_befell_meanwhile_could_not_be_kept(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise that comes with it raises an alarm."""
    rig = started(image, 60)
    Deaf(rig, range(EVENTS_AT, SECTORS))
    rig.link.send(b"noise\n" * LINES)
    rig.link.order("status")
    assert "LINK_ABUSE" not in alarms(rig.link)
    write = rig.link._write
    monkeypatch.setattr(rig.link, "_write", lambda line: write(b"noise\n" + line))
    assert "now_s" in rig.link.order("status")
    assert {"LINK_ABUSE", "MEMORY_FAULT"} <= alarms(rig.link)
