"""A program on its way to the device, in parts: each fits a line, and they are few enough."""

from random import Random
from typing import Any

import pytest
from device_program import HOUR, program, with_boluses

from link import frames
from link.programs import PARTS_MAX
from pump import limits
from pumprig.image import Image
from pumprig.rig import Rig
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.rig.staging import parts_of, stage

Q_MAX = (1 << 53) - 1
HOURLY = [[h * HOUR, 250 + h] for h in range(24)]
WEEK = program(
    steps=HOURLY,
    variants=[[1 << day, HOURLY] for day in range(6)],
    min_flow_nl_h=1,
    lead_s=0,
)


def largest(letter: str) -> dict[str, Any]:
    """All lists full, the longest numbers, and names of that letter, as long as may be."""
    steps = [[86_376 + i, 900_000 - i] for i in range(24)]
    return with_boluses(
        name=letter * 32,
        mode="flex",
        steps=steps,
        variants=[[1 << day, steps] for day in range(6)],
        drugs=[[letter * 31 + str(i), 1, 0, 1_000_000, 3650] for i in range(4)],
        notices_s=[5_000_000 - i for i in range(4)],
        periodic=[[i * HOUR, 5_000, 60] for i in range(24)],
        bolus_gap_s=0,
        max_bolus_flow_nl_h=20_000_000,
        nl_per_1000_steps=200_000,
        max_step_hz=15_000,
    )


def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            whole[name] = whole[name] + value if name in whole else value
    return whole


@pytest.mark.parametrize("letter", ["x", "[", "{", "\U0001f480"])
def test_the_largest_program_fits_its_parts_in_any_order_of_its_fields(letter: str) -> None:
    """A bracket in a name counts as one, and a letter beyond ASCII takes 12 bytes."""
    fields, chance = largest(letter), Random(7)
    assert limits.refusal(fields) is None
    for _ in range(50):
        parts = parts_of(fields)
        assert len(parts) <= PARTS_MAX
        assert joined(parts) == fields
        for number, part in enumerate(parts):
            request = {"q": Q_MAX, "c": "stage", "program": part, "part": number, "of": len(parts)}
            assert frames.decode(frames.encode({**request, "s": "f" * 16})) is not None
        names = list(fields)
        chance.shuffle(names)
        fields = {name: fields[name] for name in names}


def staged(rig: Rig, fields: dict[str, Any]) -> dict[str, object]:
    rig.open()
    return stage(rig.link, fields)


def test_a_week_of_24_rates_a_day_can_be_staged() -> None:
    assert limits.refusal(WEEK) is None
    assert staged(HostRig(), WEEK).get("ok") == 1


@pytest.mark.emulator
@pytest.mark.parametrize("letter", ["[", "\u85e5"])
def test_a_board_has_room_for_the_largest_program(image: Image, letter: str) -> None:
    assert staged(EmulatedRig(image), largest(letter)).get("ok") == 1
