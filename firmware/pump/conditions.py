"""The alarm table: condition x drug profile -> priority, safe state, how it ends.

Priorities follow consequence and delay as IEC 60601-1-8 does. For intrathecal baclofen ("itb")
stopping and giving too little are the first hazard, and a fault leaves delivery going or takes it
down by the taper law. For an opioid on demand ("pca") the safe state is a stop, and the same fault
ranks the other way round. R numbers: Open PCA Pump System Requirements (docs/sources.md).

A condition's bit is its place in the table. The first 30 fit a small integer; those from
FIRST_RARE on do not, and while one of them is active a mask is an object on the heap.
"""

NONE, LOW, MEDIUM, HIGH = 0, 1, 2, 3
PRIORITY_NAMES = ("", "low", "medium", "high")

# What a condition asks of delivery, the weakest first.
KEEP, MINIMUM, FINISH, STOP = 0, 1, 2, 3
SAFE_STATE_NAMES = ("keep", "minimum rate", "finish the step, then stop", "stop at once")

# How a signal ends. WITH_CAUSE: when its cause does. WHEN_SEEN: its cause is an event that is over
# at once; acknowledging ends it. LATCHED: it outlives its cause until reset_latch.
WITH_CAUSE, WHEN_SEEN, LATCHED = 0, 1, 2
ENDING_NAMES = ("with its cause", "acknowledged", "latched")

LOW_RESERVOIR = 0
TAPER_GUARD = 1
RESERVOIR_EMPTY = 2
REFILL_DUE = 3
STOPPED = 4
RESUME_CAP = 5
STOPPING = 6
STEP_FAULT = 7
RESET_WATCHDOG = 8
RESET_POWER = 9
LATE = 10
BOLUS_INTERRUPTED = 11
DOSE_LIMIT = 12
CLOCK_FAULT = 13
PROGRAM_INTERRUPTED = 14
VOLUME_MISMATCH = 15
DRUG_EXPIRED = 16
OVER_DELIVERY = 17
UNDER_DELIVERY = 18
FREE_FLOW = 19
MOTOR_STALL = 20
OCCLUSION_UP = 21
OCCLUSION_DOWN = 22
AIR = 23
SCALE_FAULT = 24
ROTOR_FAULT = 25
PRESSURE_FAULT = 26
SUPPLY_LOW = 27
SUPPLY_OUT_OF_RANGE = 28
OVERHEAT = 29
KEY_STUCK = 30
MEMORY_FAULT = 31
SELF_TEST_FAILED = 32
LINK_ABUSE = 33
TUBING_LIFE = 34
RESETS_REPEATED = 35
FIRST_RARE = KEY_STUCK

# As columns: how it ends, and what delivery does of itself in itb and in pca.
_KEEPS = (WITH_CAUSE, KEEP, KEEP)
_SEEN = (WHEN_SEEN, KEEP, KEEP)
_STAYS = (LATCHED, KEEP, KEEP)

# name, priority itb, priority pca, text, what clears it, how it ends, safe state itb, pca
CONDITIONS = (
    ("LOW_RESERVOIR", MEDIUM, LOW, "reservoir low: refill soon", "refill") + _KEEPS,
    ("TAPER_GUARD", HIGH, LOW, "guard engaged: rate follows the volume left", "refill") + _KEEPS,
    ("RESERVOIR_EMPTY", HIGH, MEDIUM, "nothing left to deliver", "refill")
    + (WITH_CAUSE, FINISH, FINISH),
    ("REFILL_DUE", LOW, LOW, "refill date is near", "refill") + _KEEPS,
    ("STOPPED", HIGH, LOW, "delivery is stopped", "restart") + _KEEPS,
    ("RESUME_CAP", LOW, LOW, "below program: climbing back", "back at program, or confirmed")
    + _KEEPS,
    ("STOPPING", LOW, LOW, "planned taper: below program", "stop reached, or restart") + _KEEPS,
    ("STEP_FAULT", HIGH, HIGH, "steps made differ from steps released")
    + ("restart, then reset_latch", LATCHED, STOP, STOP),
    ("WATCHDOG_RESET", MEDIUM, MEDIUM, "restarted by the watchdog: set the clock", "acknowledge")
    + _SEEN,
    ("POWER_INTERRUPTED", MEDIUM, MEDIUM, "power was lost: set the clock", "acknowledge") + _SEEN,
    ("LOOP_LATE", MEDIUM, MEDIUM, "planning came late: some volume was not given", "acknowledge")
    + _SEEN,
    ("BOLUS_INTERRUPTED", MEDIUM, LOW, "a bolus was not given whole", "acknowledge") + _SEEN,
    ("DOSE_LIMIT", MEDIUM, MEDIUM, "held to the dose limit of 24 h", "back below the limit")
    + _KEEPS,
    ("CLOCK_FAULT", MEDIUM, MEDIUM, "time of day is unknown: average flow", "setting the clock")
    + (WITH_CAUSE, KEEP, MINIMUM),
    ("PROGRAM_INTERRUPTED", HIGH, MEDIUM, "refill not completed: held", "refill, or its end")
    + (WITH_CAUSE, MINIMUM, FINISH),
    ("VOLUME_MISMATCH", MEDIUM, MEDIUM, "what is there differs from the books", "acknowledge")
    + _SEEN,
    ("DRUG_EXPIRED", MEDIUM, MEDIUM, "the drug is past its time in the pump", "refill") + _KEEPS,
    # R6.4.0(2): too much is the opioid's first hazard. A scale may lie, and baclofen that stops
    # for it is the surer harm: there an operator decides.
    ("OVER_DELIVERY", HIGH, HIGH, "more leaves than was released", "acknowledge")
    + (WHEN_SEEN, KEEP, STOP),
    # R6.4.0(3): a warning there; for baclofen it is the way into withdrawal.
    ("UNDER_DELIVERY", HIGH, LOW, "less arrives than was released", "acknowledge") + _SEEN,
    ("FREE_FLOW", HIGH, HIGH, "the reservoir empties while stopped", "acknowledge") + _SEEN,
    ("MOTOR_STALL", HIGH, MEDIUM, "the rotor does not turn", "it turns; then reset_latch")
    + (LATCHED, KEEP, FINISH),
    # R7.2.0(1), (4), (5): an occlusion stops at once, whatever the drug: what pressure has stored
    # would come as one bolus.
    ("OCCLUSION_UP", HIGH, MEDIUM, "nothing comes from the reservoir")
    + ("pressure is back; reset_latch, restart", LATCHED, STOP, STOP),
    ("OCCLUSION_DOWN", HIGH, MEDIUM, "the line is blocked")
    + ("pressure is back; reset_latch, restart", LATCHED, STOP, STOP),
    # R7.2.0(3): into a vein air is the hazard; into the spinal canal it is a gap in the dose.
    ("AIR", MEDIUM, HIGH, "air in the line", "it is gone; then reset_latch")
    + (LATCHED, KEEP, STOP),
    ("SCALE_FAULT", MEDIUM, MEDIUM, "the scale is not to be believed", "it reads; reset_latch")
    + _STAYS,
    ("ROTOR_FAULT", MEDIUM, MEDIUM, "rotor and steps disagree", "they agree; reset_latch")
    + _STAYS,
    ("PRESSURE_FAULT", MEDIUM, MEDIUM, "a pressure is not to be believed")
    + ("it reads; reset_latch", LATCHED, KEEP, FINISH),
    ("SUPPLY_LOW", MEDIUM, MEDIUM, "supply voltage is low", "supply is back") + _KEEPS,  # R7.3.0
    ("SUPPLY_OUT_OF_RANGE", HIGH, HIGH, "supply voltage is out of range", "supply is back")
    + (WITH_CAUSE, KEEP, STOP),
    ("OVERHEAT", HIGH, HIGH, "above 55 C", "below 50 C")  # R6.4.0(8)
    + (WITH_CAUSE, KEEP, STOP),
    ("KEY_STUCK", LOW, LOW, "a key is held down", "it is released") + _KEEPS,
    ("MEMORY_FAULT", HIGH, HIGH, "what was kept is damaged: check it all", "acknowledge") + _SEEN,
    # R7.4.0(1)-(7)
    ("SELF_TEST_FAILED", HIGH, HIGH, "a self-test failed: held", "a self-test that passes")
    + (WITH_CAUSE, MINIMUM, FINISH),
    ("LINK_ABUSE", MEDIUM, MEDIUM, "too much on the link was refused", "acknowledge") + _SEEN,
    ("TUBING_LIFE", LOW, LOW, "the tubing is worn: change it", "tubing_changed") + _KEEPS,
    ("RESETS_REPEATED", HIGH, HIGH, "restarted again and again: held", "acknowledge")
    + (WHEN_SEEN, MINIMUM, MINIMUM),
)
NAME, TEXT, CLEARS, ENDING, SAFE_STATE = 0, 3, 4, 5, 6  # columns; SAFE_STATE + 1 is pca's
PRIORITY = 1  # itb's column, the next is pca's


def index(name: str) -> int:
    """The bit of the condition called `name`, -1 if there is none."""
    for i, row in enumerate(CONDITIONS):
        if row[NAME] == name:
            return i
    return -1
