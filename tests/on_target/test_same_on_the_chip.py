"""The controller's own outputs on emulated MicroPython equal CPython's, bit for bit.

Small integers of 31 bits, big ones beyond, floor division and modulo of negative numbers: what
differs between the Pythons would show here, at the extremes of what a program may hold.
"""

import json
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, least_tau_dh, program
from on_the_chip import said_on_the_chip
from replay import replay

from pumprig.image import Image

STEADY_STEPS = 200

CASES: dict[str, dict[str, Any]] = {
    "the demo, a refill and a planned stop": {
        "program": program(),
        "scale": 1440,
        "orders": {"150": ["refill", 18_000_000], "260": ["stop_planned"]},
        "calls": 400,
        "jump_s": 20_000,
    },
    "the fastest flow from the fullest vessel, in the smallest steps": {
        "program": continuous(
            1_000_000, nl_per_1000_steps=18_600, max_drop_permille=500, tau_dh=least_tau_dh(500)
        ),
        "scale": 1,
        "orders": {"60": ["stop_now"], "70": ["restart"]},
        "calls": 150,
        "jump_s": 3_000,
    },
    "the largest steps": {
        "program": continuous(
            1_000_000, nl_per_1000_steps=200_000, max_drop_permille=500, tau_dh=least_tau_dh(500)
        ),
        "scale": 1440,
        "orders": {"40": ["refill", 50_000_000], "80": ["resume_direct"]},
        "calls": 150,
        "jump_s": 0,
    },
    "twenty-four steps a day, each another rate": {
        "program": program(
            steps=[[h * HOUR + h, 2_000 + 1_237 * h] for h in range(24)],
            indication="cerebral",
            lead_s=12 * HOUR,
        ),
        "scale": 60,
        "orders": {},
        "calls": 300,
        "jump_s": HOUR,
    },
    "years at the slowest taper, down to the last step": {
        "program": program(
            max_drop_permille=10, tau_dh=least_tau_dh(10), minimum_nl_h=1_000, volume_nl=520_000
        ),
        "scale": 1440,
        "orders": {"200": ["refill", 600_000]},
        "calls": 300,
        "jump_s": 40 * DAY,
    },
}


def _expected(case: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    replay(case, lambda row: lines.append(repr(row)))
    return lines


@pytest.mark.emulator
@pytest.mark.parametrize("name", CASES)
def test_every_output_is_the_same(image: Image, name: str) -> None:
    case = {**CASES[name], "seed": 4711}
    main = (
        "import json, time\n"
        "from replay import replay\n"
        "time.sleep(1)\n"  # the host has opened the port by then
        "with open('case.json') as f: replay(json.load(f), lambda row: print(repr(row)))\n"
        "print('END')\n"
    )
    files = {"case.json": json.dumps(case).encode()}
    assert said_on_the_chip(image, main, files, limit_s=60) == _expected(case)


@pytest.mark.emulator
def test_a_steady_control_step_takes_nothing_from_the_heap(image: Image) -> None:
    main = f"""
import gc, json, time
from pump.controller import Controller, Sensed
from pump.program import Program
from pump.pulses import Pulses
time.sleep(1)
with open('program.json') as f: fields = json.load(f)
controller, sensed = Controller(4, 1), Sensed()
controller.load(Program(fields))
controller.start(0, 0)
sensed.idle = False
pulses = Pulses(controller.program.highest_nl_h, fields['nl_per_1000_steps'], 1)
def step():
    sensed.counted = controller.authorised
    return controller.step(controller.front_s, sensed)
def plan():
    a = controller.actions
    pulses.plan(a.phase, a.rate_nl_h, a.steps, a.seconds)
    pulses.wait_chained(55)
def taken(work):
    work()
    gc.collect()
    before = gc.mem_free()
    for _ in range({STEADY_STEPS}): work()
    return before - gc.mem_free()
print(taken(step), taken(plan))
print('END')
"""
    files = {"program.json": json.dumps(program()).encode()}
    step_bytes, plan_bytes = map(int, said_on_the_chip(image, main, files, limit_s=10)[0].split())
    assert step_bytes < STEADY_STEPS  # the loop's own count, but less than a byte a step
    assert plan_bytes <= 256 * STEADY_STEPS  # the wide products of a span (pump/pulses.py)
