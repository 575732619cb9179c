"""Power cuts at random instants, half of them inside flash erases and programs; then a look.

The bench knows what really left the reservoir and what the board has acknowledged. After each cut
the board is asked what runs and what its books say:

- what was acknowledged last is what runs; an order under way is there whole or not at all;
- the books never hold more than the reservoir, and at most the stated bound less, for each cut;
- delivery goes on, or holds and says so; an interruption is never without its alarm;
- calibration and keys are those that were acknowledged last, or those under way;
- every order that was acknowledged is in the log, and the log has no gap.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from random import Random
from typing import Any

from pump import conditions as al
from pump.calibration import AS_LISTED
from pump.delivery import PACKET_STEPS_MAX
from pump.export import page
from pump.journal import BOUND_NL, EVENT_SECTORS, EVENTS_AT, SECTORS
from pump.ring import HEAD_BYTES, SUM_BYTES, Ring
from pumprig.bench.flash_cut import FlashCut, PowerFails
from pumprig.bench.flash_image import ReservedSectors
from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.link_client import LinkError
from pumprig.therapy import load_program_text

# Much flow in big steps, so that 50 uL and some records pass within a second of the emulator's.
_PROGRAM = """
[therapy]
name = "{name}"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "50 ug/mL"
[reservoir]
capacity = "50 mL"
volume = "{volume_nl} nL"
residual = "0.5 mL"
low_alarm = "1 mL"
tolerance = "0 mL"
[basal]
mode = "continuous"
dose = "{flow} mL/h"
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.096 mL/day"
[pump]
step_volume = "100 nL"
"""
STEP_PL = 100_000
SCALE = 1440
RESIDUAL_NL = 500_000
FILL_NL = 40_000_000  # and one more at each order: never less than before, see check_books
IN_FLIGHT_NL = 2 * PACKET_STEPS_MAX * STEP_PL // 1000  # what a dead CPU can still deliver, or not
_ERASE_S = 0.045  # W25Q16JV, typical; meanwhile the motor goes on
_RESUME_LIMIT_S = 2.5
_ROLES = ("operator", "service")
_OPEN = {"operator": "", "service": ""}
_BOOT_S = 1.1  # all that a start writes is written by then


@dataclass
class Tally:
    """What came of some cuts. Volumes in nL: books against reservoir, the safe side positive."""

    cuts: int = 0
    in_flash: int = 0  # of those, inside an erase or a program
    during_boot: int = 0  # of those, before the board had come back from the one before
    resumed: int = 0
    held: int = 0
    slowed: int = 0  # of those resumed, at the minimum rate, after three resets in ten minutes
    ledger_error_nl_max: int = 0
    ledger_error_nl_min: int = 1 << 60
    ledger_past_bound: int = 0
    records_lost: int = 0
    silent_stops: int = 0
    damage_reported: int = 0  # by the board, where there is none
    boot_ms_max: int = 0
    resume_ms_max: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    what: list[str] = field(default_factory=list)  # each thing that was wrong, with its seed

    def add(self, other: "Tally") -> None:
        for name in vars(self):
            mine, theirs = getattr(self, name), getattr(other, name)
            if name.endswith("_max"):
                setattr(self, name, max(mine, theirs))
            elif name.endswith("_min"):
                setattr(self, name, min(mine, theirs))
            else:
                setattr(self, name, mine + theirs)

    def figures(self) -> dict[str, Any]:
        return {**vars(self), "kinds": dict(sorted(self.kinds.items()))}


@dataclass
class Standing:
    """What the board has acknowledged, and what it was asked for and has not."""

    program: str
    state: str
    cuts: int = 0  # since the books were made true
    filled: bool = True  # the books are of this filling
    pending: tuple[str, str] | None = None  # program and state, if the order under way counts
    life_ml: int = AS_LISTED["tubing"]["life_ml"]  # of the calibration
    pending_life_ml: int | None = None
    keys: dict[str, str] = field(default_factory=dict)  # {}: anybody gives orders
    pending_keys: dict[str, str] | None = None


def run(
    image: Image, cuts: int, seed: int, workers: int, tell: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """`cuts` of them in all, by `workers` processes. `tell` hears the figures after each lot. A
    lot is one board from new; its seed is `seed` and the lot's number."""
    fixed = {"seed": seed, "bound_nl": BOUND_NL, "in_flight_nl": IN_FLIGHT_NL}
    total = Tally()
    lot = max(1, min(100, cuts // workers))
    lots = [lot] * (cuts // lot) + [cuts % lot] * (cuts % lot > 0)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(cut_lot, image, size, seed + at) for at, size in enumerate(lots)]
        for job in jobs:
            total.add(job.result())
            tell({**total.figures(), **fixed})
    return {**total.figures(), **fixed}


def cut_lot(image: Image, cuts: int, seed: int) -> Tally:
    """One board from new, cut `cuts` times."""
    campaign = Campaign(image, seed)
    while campaign.tally.cuts < cuts:
        campaign.episode(cuts - campaign.tally.cuts)
    return campaign.tally


class Campaign:
    """One board, its power cut again and again, and what it has acknowledged so far."""

    def __init__(self, image: Image, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.tally = Tally()
        self.rig = EmulatedRig(image)
        self.rig.power_up()
        self.rig.head.bench.fluid.pl_per_step = STEP_PL
        self.cut = FlashCut()
        self.cut.attach(self.rig.chip)
        self.rig.await_boot()
        self.orders = 0
        self.logged: list[str] = []  # texts of the orders acknowledged lately
        self.standing = Standing("", "no program")
        self.slowed = False  # held at the minimum rate after too many resets
        self.commit()

    # -- orders ----------------------------------------------------------------------------------
    def order(self, command: str, after: tuple[str, str], **fields: Any) -> bool:
        """Ask for something that makes `after` (program, state) so. True when acknowledged."""
        self.standing.pending = after
        reply = self.rig.link.request(command, limit_s=1.0, **fields)
        self.standing.pending = None
        if "err" in reply:
            self.wrong(f"{command} refused: {reply['err']}")
            return False
        self.standing.program, self.standing.state = after
        return True

    def reason(self) -> str:
        self.orders += 1
        return f"order {self.orders}"

    def stop(self) -> None:
        if self.standing.state == "running":
            text = self.reason()
            stopped = (self.standing.program, "stopped")
            if self.order("estop", stopped, confirm=True, reason=text):
                self.logged.append(f"estop {text}")

    def restart(self) -> None:
        text = self.reason()
        name = self.standing.program
        if self.order("restart", (name, "running"), program=name, reason=text):
            self.logged.append(f"restart {text}")

    def commit(self) -> None:
        """Another program, from staging to its start."""
        self.stop()
        self.orders += 1
        name = f"p{self.orders}"
        flow = self.chance.choice(("0.10", "0.15", "0.15"))
        volume_nl = FILL_NL + self.orders
        text = _PROGRAM.format(name=name, flow=flow, volume_nl=volume_nl)
        fields = load_program_text(text).device_program()
        self.rig.link.order("stage", program=fields)
        self.rig.head.refill(volume_nl)
        self.standing.filled = False
        if self.order("start", (name, "running"), scale=SCALE, confirm="on the bench"):
            self.standing.filled = True
            self.standing.cuts = 0

    def refill(self) -> None:
        """The reservoir filled, then the books told: from here on they agree. What left it until
        the answer came (40 ms, some uL at this pace) is given back: the board counts from when it
        heard of it."""
        self.orders += 1
        volume_nl = FILL_NL + self.orders
        self.rig.head.refill(volume_nl)
        self.standing.filled = False
        same = (self.standing.program, self.standing.state)
        if self.order("refill", same, volume_nl=volume_nl):
            self.standing.filled = True
            self.standing.cuts = 0
            self.rig.head.refill(volume_nl)
            self.logged.append(f"refill {volume_nl}")

    def calibrate(self) -> None:
        """A number that changes with each order and decides nothing here."""
        text, same = self.reason(), (self.standing.program, self.standing.state)
        life_ml = 1_000 + self.orders
        self.standing.pending_life_ml = life_ml
        if self.order("calibrate", same, part="tubing", life_ml=life_ml, reason=text):
            self.standing.life_ml = life_ml
            self.logged.append(f"calibrate tubing; {text}")
        self.standing.pending_life_ml = None

    def commission(self) -> None:
        """Other keys, or none."""
        text, same = self.reason(), (self.standing.program, self.standing.state)
        keys = {}
        if self.chance.random() < 0.8:
            keys = {role: f"{self.chance.getrandbits(256):064x}" for role in _ROLES}
        self.standing.pending_keys = keys
        if self.order("commission", same, reason=text, **(keys or _OPEN)):
            self.standing.keys = self.rig.link.keys = keys
            self.logged.append(f"commission {text}")
        self.standing.pending_keys = None

    def some_order(self) -> None:
        others = (self.refill, self.commit, self.calibrate, self.commission)
        often = self.restart if self.standing.state != "running" else self.refill
        self.chance.choice((often, often, self.stop, *others))()

    # -- an episode -------------------------------------------------------------------------------
    def episode(self, cuts_left: int) -> None:
        """Books made true, something under way, a cut or some; then everything is looked at."""
        chance, rig = self.chance, self.rig
        self.logged = self.logged[-20:]
        if self.slowed:  # nothing much would happen; a new start forgets the resets
            self.commit()
        self.refill()
        aimed = chance.random() < 0.5
        kind = chance.choice(("order", "order", "running"))
        try:
            if kind == "order" and not aimed:
                rig.chip.run_for(chance.random() * 0.05)
            if aimed:
                self.cut.aim(chance.randrange(16), chance)
            if kind == "order":
                self.some_order()
                if not aimed:
                    rig.chip.run_for(chance.random() * 0.05)
            elif not aimed:
                rig.chip.run_for(chance.random())
            if aimed:
                rig.chip.run_for(3)
            self.cut.disarm()
            self.tally.kinds[kind] += 1
        except PowerFails:
            self.tally.in_flash += 1
            self.tally.kinds[f"{kind}, in flash"] += 1
            self.die_with_the_flash_busy()
        self.power_cut()
        while cuts_left > 1 and chance.random() < 0.5:
            cuts_left -= 1
            self.cut_while_it_boots()
        self.look()

    def die_with_the_flash_busy(self) -> None:
        """The CPU waits for the flash, and the motor goes on, until the power is gone."""
        self.rig.chip.freeze_cpu()
        self.rig.chip.run_for(self.chance.random() * _ERASE_S)

    def power_cut(self) -> None:
        self.tally.cuts += 1
        self.standing.cuts += 1
        self.rig.chip.power_cut(self.chance.choice((0.001, 0.1, 5.0)))

    def cut_while_it_boots(self) -> None:
        self.tally.during_boot += 1
        if self.chance.random() < 0.5:
            self.cut.aim(self.chance.randrange(10), self.chance)
            try:
                self.rig.chip.run_for(_BOOT_S)
                self.cut.disarm()
            except PowerFails:
                self.tally.in_flash += 1
                self.die_with_the_flash_busy()
        else:
            self.rig.chip.run_for(self.chance.random() * _BOOT_S)
        self.power_cut()

    # -- what is so then --------------------------------------------------------------------------
    def wrong(self, what: str) -> None:
        self.tally.what.append(f"seed {self.seed}, cut {self.tally.cuts}: {what}")

    def look(self) -> None:
        tally, standing, rig = self.tally, self.standing, self.rig
        began_s, edges = rig.chip.now_s(), rig.head.steps_seen
        rig.await_boot()
        tally.boot_ms_max = max(tally.boot_ms_max, round((rig.chip.now_s() - began_s) * 1000))
        hello = rig.link.order("hello")
        status = rig.link.order("status")
        reservoir_nl = rig.head.reservoir_nl
        found = (str(hello["program"]), str(hello["state"]))
        expected = [(standing.program, standing.state)]
        if standing.pending:
            expected.append(standing.pending)
        if found not in expected:
            tally.records_lost += 1
            self.wrong(f"{found} runs, not {expected}")
        committed = found != expected[0]
        standing.program, standing.state = found
        standing.pending = None
        self.slowed = int(str(status["alarms"])) >> al.RESETS_REPEATED & 1 == 1
        tally.slowed += self.slowed
        if hello["journal"]:
            tally.damage_reported += 1
            self.wrong(f"it says: {hello['journal']}")
        if standing.state == "running":
            tally.resumed += 1
            self.check_resumed(int(str(status["alarms"])), began_s, edges)
        else:
            tally.held += 1
            if not int(str(status["alarms"])) >> al.STOPPED & 1:
                tally.silent_stops += 1
                self.wrong("stopped without an alarm")
        self.check_kept(str(hello["authority"]))
        error_nl = reservoir_nl - RESIDUAL_NL - int(str(status["usable_nl"]))
        self.check_books(error_nl, committed)
        self.check_log()

    def check_kept(self, authority: str) -> None:
        """Calibration and keys."""
        standing, link = self.standing, self.rig.link
        calibration: Any = link.order("readings")["calibration"]
        life_ml = calibration["tubing"]["life_ml"]
        if life_ml not in (standing.life_ml, standing.pending_life_ml):
            self.tally.records_lost += 1
            self.wrong(f"calibration: {life_ml}, not {standing.life_ml}")
        standing.life_ml, standing.pending_life_ml = life_ml, None
        for keys in (standing.keys, standing.pending_keys):
            if keys is not None and self.is_held_by(keys, authority):
                standing.keys = link.keys = keys
                break
        else:
            self.tally.records_lost += 1
            self.wrong(f"keys: {authority}, and neither the old nor the new ones")
        standing.pending_keys = None

    def is_held_by(self, keys: dict[str, str], authority: str) -> bool:
        if not keys or authority != "keys":
            return not keys and authority == "open"
        self.rig.link.keys = keys
        try:
            self.rig.link.log_in("service")
        except LinkError:
            return False
        return True

    def check_resumed(self, alarms: int, began_s: float, edges: int) -> None:
        if not alarms >> al.RESET_POWER & 1:
            self.tally.silent_stops += 1
            self.wrong("an interruption without its alarm")
        head, chip = self.rig.head, self.rig.chip
        if not chip.run_until(lambda: head.steps_seen > edges, _RESUME_LIMIT_S, slice_s=0.05):
            self.tally.silent_stops += 1
            self.wrong("it says that it runs, and nothing comes")
            return
        first_s = head.edge_ticks[edges] / 16e9
        self.tally.resume_ms_max = max(self.tally.resume_ms_max, round((first_s - began_s) * 1000))

    def check_books(self, error_nl: int, committed: bool) -> None:
        tally = self.tally
        tally.ledger_error_nl_min = min(tally.ledger_error_nl_min, error_nl)
        if error_nl < 0:
            self.wrong(f"the books hold {-error_nl} nL more than the reservoir")
        if not self.standing.filled and not committed:
            return  # the books are of the filling before, which was not more
        tally.ledger_error_nl_max = max(tally.ledger_error_nl_max, error_nl)
        if error_nl > self.standing.cuts * (BOUND_NL + IN_FLIGHT_NL) + IN_FLIGHT_NL:
            tally.ledger_past_bound += 1
            self.wrong(f"books {error_nl} nL short after {self.standing.cuts} cuts")

    def check_log(self) -> None:
        """Straight from the flash, as an export would read it."""
        ring = Ring(ReservedSectors(self.rig.chip.mcu.flash, SECTORS), EVENTS_AT, EVENT_SECTORS)
        data, _ = page(ring, ring.sequence - 150, 64_000)
        texts, at, last = set(), 0, 0
        while at < len(data):
            length = data[at]
            texts.add(data[at + HEAD_BYTES : at + length - SUM_BYTES].decode())
            number = int.from_bytes(data[at + 2 : at + 6], "little")
            if last and number != last + 1:
                self.tally.records_lost += 1
                self.wrong(f"the log goes from {last} to {number}")
            last, at = number, at + length
        missing = [text for text in self.logged[-3:] if text not in texts]
        if missing:
            self.tally.records_lost += len(missing)
            self.wrong(f"not in the log: {missing}")
