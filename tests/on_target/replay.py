"""Replays recorded inputs through the controller and tells every output. Runs on both Pythons.

A case: {"program", "scale", "seed", "calls", "jump_s", "orders": {call: [order, argument ...]}}.
"""

from pump.controller import RUNNING, Controller, Sensed, margin_s
from pump.limits import largest_scale, refusal
from pump.program import Program
from pump.pulses import Pulses


def replay(case, tell):
    fields, scale = case["program"], case["scale"]
    tell((refusal(fields), largest_scale(fields)))
    program = Program(fields)
    margin = margin_s(scale)
    controller, sensed = Controller(4 * scale, margin), Sensed()
    pulses = Pulses(program.highest_nl_h, program.nl_per_1000_steps, scale)
    controller.load(program)
    controller.start(0, 0)
    sensed.idle = False
    chance = case["seed"]
    now_s = -margin
    for call in range(case["calls"]):
        order = case["orders"].get(str(call))
        if order:
            arguments = order[1:] + ([controller.authorised] if order[0] == "refill" else [])
            tell((order[0], getattr(controller, order[0])(now_s, *arguments)))
        sensed.counted = controller.authorised
        a = controller.step(now_s, sensed)
        if a.cut:
            controller.settle(sensed.counted)
        wait = -1
        if a.packet:
            pulses.plan(a.phase, a.rate_nl_h, a.steps, a.seconds)
            if a.steps:
                wait = pulses.wait_chained(55)
        taper, reservoir = controller.taper, controller.reservoir
        tell(
            (
                now_s,
                (a.packet, a.cut, a.steps, a.seconds, a.rate_nl_h, a.phase, a.wake_s),
                (controller.state, controller.front_s, controller.authorised),
                (reservoir.usable_nl, reservoir.remainder_pl, controller.alarms.active),
                (taper.guard_nl_h, taper.resume_nl_h, taper.stop_nl_h),
                (pulses.div256, pulses.interval, pulses.run, pulses.run_longer, wait),
            )
        )
        # A linear congruence that stays below 2**30: the same chance on both Pythons.
        chance = (chance * 1_103 + 12_345) % 65_536
        now_s = max(now_s, min(a.wake_s, now_s + 86_400)) + chance % (margin + 1)
        if case["jump_s"] and call % 7 == 6 and controller.state == RUNNING:
            now_s += case["jump_s"]
    tell((controller.alarms.changed, controller.days, controller.rates))
    tell(controller.snapshot(now_s)["taper"])
