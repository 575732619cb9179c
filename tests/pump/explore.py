"""`make explore`: every state that the controller gets into, breadth first, by the real code.

In each state met for the first time every input is tried (explored_pump.py says which there are,
and which states count as the same). So the sequence that leads to a broken rule is a shortest one;
it is printed, and the exit code is 1. The same run gives the same result, input for input.
"""

import argparse
import pickle
import sys
import time
from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from explored_pump import INPUTS, ROOTS, ExploredPump, check_state

from pump.conditions import CONDITIONS
from pump.controller import STATE_NAMES


@dataclass
class Explored:
    """What a search has seen. `complete`: no state is left that it has not tried all inputs in."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    complete: bool = False
    seen: Counter[str] = field(default_factory=Counter)  # states with this name or condition
    broken: str = ""
    path: list[str] = field(default_factory=list)  # the inputs that lead to what is broken


def explore(states_max: int) -> Explored:
    """Search until `states_max` states are met, all are, or a rule is broken."""
    found = Explored()
    came_from: dict[Hashable, tuple[Hashable, str]] = {}
    waiting: deque[tuple[Hashable, int, bytes]] = deque()  # key, depth, pickled pump

    def met(pump: ExploredPump, parent: Hashable, name: str, depth: int) -> None:
        pump.forget()
        key = pump.key()
        if key in came_from:
            return
        came_from[key] = (parent, name)
        found.states, found.depth = len(came_from), depth
        found.seen.update(_names(pump))
        check_state(pump)
        waiting.append((key, depth, pickle.dumps(pump, pickle.HIGHEST_PROTOCOL)))

    key: Hashable = None
    name = ""
    try:
        for name, begin in ROOTS.items():
            met(ExploredPump(*begin), None, name, 0)
        while waiting and found.states < states_max:
            key, depth, saved = waiting.popleft()
            for name, happen in INPUTS.items():
                pump: ExploredPump = pickle.loads(saved)
                happen(pump)
                found.transitions += 1
                met(pump, key, name, depth + 1)
        found.complete = not waiting
    except Exception as error:  # none is allowed, whatever happens: that is a rule as well
        found.broken = f"{type(error).__name__}: {error}"
        found.path = [*_path(came_from, key), name]
    return found


def _names(pump: ExploredPump) -> list[str]:
    active = pump.controller.alarms.active
    return [
        STATE_NAMES[pump.controller.state],
        *[str(row[0]) for i, row in enumerate(CONDITIONS) if active >> i & 1],
    ]


def _path(came_from: dict[Hashable, tuple[Hashable, str]], key: Hashable) -> list[str]:
    names: list[str] = []
    while key is not None:
        key, name = came_from[key]
        names.insert(0, name)
    return names


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--states", type=int, default=100_000, help="stop after so many")
    args = parser.parse_args()
    begun = time.monotonic()
    found = explore(args.states)
    end = "all there are" if found.complete else "not all there are"
    print(f"{found.states} states ({end}), {found.transitions} transitions, depth {found.depth}")
    for name, states in sorted(found.seen.items()):
        print(f"  {states:7d} {name}")
    print(f"{time.monotonic() - begun:.0f} s")
    if found.broken:
        print(f"broken: {found.broken}\nafter: {', '.join(found.path)}")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
