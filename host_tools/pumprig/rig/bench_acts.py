"""What a scenario does to the virtual bench, on any rig that has one."""

from collections.abc import Sequence

from pumprig.bench import faults
from pumprig.bench.parts import keys
from pumprig.bench.sensed import Bench
from pumprig.therapy import ProgramRefused, ScenarioEvent

NEW_BAG_NL = 20_000_000  # on the scale until somebody fills it otherwise
KEYS = {"acknowledge": keys.ACK, "stop": keys.STOP, "service": keys.SERVICE}


def refuse_faults(events: Sequence[ScenarioEvent]) -> None:
    """Refuse, one line each, what is not in the table of faults: before anything has happened.
    The events are tried on a bench of their own."""
    bench, lines = Bench(NEW_BAG_NL), []
    for i, event in enumerate(events):
        try:
            act(bench, event.action, event.args)
        except faults.FaultRefused as refused:
            lines.append(f"event[{i}].fault: {refused}")
    if lines:
        raise ProgramRefused(lines)


def act(bench: Bench, action: str, args: dict[str, int | str]) -> bool:
    """Break something, mend it, or put a finger on a key. False: none of these.
    faults.FaultRefused where the fault or its arguments are not in the table."""
    if action in ("stall", "stall_clear"):
        args, action = {"fault": "rotor.stall"}, "fault" + action.removeprefix("stall")
    if action == "fault":
        numbers = {name: value for name, value in args.items() if isinstance(value, int)}
        faults.inject(bench, str(args["fault"]), **numbers)
    elif action == "fault_clear":
        faults.clear(bench, str(args["fault"]))
    elif action == "key_down":
        bench.keys.press(KEYS[str(args["key"])])
    elif action == "key_up":
        bench.keys.release(KEYS[str(args["key"])])
    else:
        return False
    return True
