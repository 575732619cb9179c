"""What therapy allows: hard rules that are refused, soft ones that an operator confirms.

Sources: "U", the USP DI monograph Baclofen (Intrathecal-Systemic), 2003: bands of the maintenance
dose, titration, screening, refill steps. Baclofen's table here stands above whatever a program
declares; for other drugs the program's own figures hold. Doses are pg a day (nL x ug/mL), exact;
this runs once per program and may use more than 30 bits.
"""

from pump.program import Program
from pump.units import DAY_S, HOUR_S, WEEK_S
from pump.window import Window

BACLOFEN = "baclofen"
PG_PER_UG = 1_000_000
CONC_UG_ML = (50, 2000)
SCREENING_CONC_UG_ML = 50
SCREENING_FLOW_NL_H = 333_334  # its largest bolus, 2 mL, in the 6 h that a bolus may take
# indication: lowest and highest ug/day, rise a day, rise at a refill, what most need
BACLOFEN_BY = {
    "spinal": (12, 2003, 300, 400, 800),
    "cerebral": (22, 1400, 150, 200, 703),
}
LITTLE_EXPERIENCE_UG = 1000
UNDER_12_UG = 274
LARGE_RISE_PERMILLE = 200
ESCALATION = 2  # times the dose of a week ago: this rig's reading of "sudden large need for more"
COARSE_STEP_PERMILLE = 10
_U = " - USP DI monograph"


def refusal(p: Program) -> "str | None":
    """Why a program that passed limits.refusal must not run, or None."""
    f = p.fields
    for i, (name, conc, low_ug, high_ug, _) in enumerate(p.drugs):
        where = "drugs[" + str(i) + "]: "
        if name != BACLOFEN and name.strip().lower() == BACLOFEN:
            return where + "name must be written " + BACLOFEN
        if name == BACLOFEN:
            refused = _baclofen(f, where, conc, low_ug, high_ug)
            if refused:
                return refused
        if p.is_therapy():
            for day_3600 in p.days_3600:
                # dose <= high and >= low, without rounding: volume x conc in 1/3600 pg
                dose = day_3600 * conc
                unit = PG_PER_UG * HOUR_S
                if not low_ug * unit <= dose <= high_ug * unit:
                    band = str(low_ug) + ".." + str(high_ug)
                    return where + name + " " + _ug(dose // HOUR_S) + " ug/day not in " + band + _U
    return _screening(p) or _lasts(p) or _rolling(p)


def _baclofen(f: dict, where: str, conc: int, low_ug: int, high_ug: int) -> "str | None":
    row = BACLOFEN_BY.get(f["indication"])
    if row is None:
        return "indication: baclofen takes spinal or cerebral" + _U
    if not CONC_UG_ML[0] <= conc <= CONC_UG_ML[1]:
        return where + "conc_ug_ml " + str(conc) + " not in 50..2000 for baclofen" + _U
    if low_ug < row[0]:
        return where + "low_ug_day " + str(low_ug) + " below " + str(row[0]) + _U
    if high_ug > row[1]:
        return where + "high_ug_day " + str(high_ug) + " above " + str(row[1]) + _U
    for field, most in (("rise_permille", row[2]), ("refill_rise_permille", row[3])):
        if f[field] > most:
            return field + ": " + str(f[field]) + " above " + str(most) + _U
    return None


def _screening(p: Program) -> "str | None":
    if p.mode != "screening":
        return None
    if p.solution() != [[BACLOFEN, SCREENING_CONC_UG_ML]]:
        return "drugs: screening takes baclofen of 50 ug/mL alone" + _U
    if p.fields["bolus_max_nl"] < 2_000_000:
        return "bolus_max_nl: screening needs 2000000" + _U
    flow = p.fields["max_bolus_flow_nl_h"]
    if flow < SCREENING_FLOW_NL_H:
        needed = str(SCREENING_FLOW_NL_H) + " for 2 mL in 6 h - R5.3.0(5)"
        return "max_bolus_flow_nl_h: " + str(flow) + ", screening needs " + needed
    for field in ("periodic", "demand"):
        if p.fields[field]:
            return field + ": none while screening" + _U
    return None


def _lasts(p: Program) -> "str | None":
    after_s = p.fields["refill_after_s"]
    per = len(p.days_3600) * DAY_S * HOUR_S
    needed = (sum(p.days_3600) * after_s + per - 1) // per
    usable = p.volume_nl - p.residual_nl
    if needed > usable:
        return "refill_after_s: needs " + str(needed) + " nL, usable are " + str(usable)
    return None


def _rolling(p: Program) -> "str | None":
    """No 24 hours of the program as written may hold more than the limit: over two periods."""
    window = Window(p.limit_24h_nl)
    for start_s, seconds, rate in pieces(p, 0, 0, 2 * p.schedule.period_s):
        if window.allowed_s(rate, seconds) < seconds and not _fits(window, rate, seconds):
            at = str(start_s % WEEK_S)
            return "drugs: more than " + str(p.limit_24h_nl) + " nL in the 24 h up to " + at + " s"
        window.give(rate, seconds)
    return None


def _fits(window: Window, rate: int, seconds: int) -> bool:
    """Whether the piece stays within the limit, changes of what leaves included."""
    ahead = window.copy()
    while seconds:
        allowed = ahead.allowed_s(rate, seconds)
        if allowed == 0:
            return False
        ahead.give(rate, allowed)
        seconds -= allowed
    return True


def pieces(p: Program, now_s: int, offset_s: int, until_s: int, extra=None):  # type: ignore
    """(start, seconds, rate) as programmed from pump time `now_s` to `until_s`, periodic boluses
    included and `extra` (start_s, end_s, rate_nl_h) on top or in place, without any cap."""
    boluses = [extra] if extra else []
    while now_s < until_s:
        civil_s = now_s + offset_s
        slot = p.periodic.slot(civil_s)
        if slot >= 0:
            _, volume_nl, seconds = p.periodic.boluses[slot]
            rate = volume_nl * HOUR_S // seconds  # bolus.py: 1 nL/h more for the first seconds
            longer_s = now_s + volume_nl * HOUR_S - rate * seconds
            boluses.append((now_s, longer_s, rate + 1))
            boluses.append((longer_s, now_s + seconds, rate))
        left_s = min(until_s - now_s, p.schedule.left_s(civil_s), p.periodic.left_s(civil_s))
        rate = p.schedule.rate_nl_h(civil_s)
        for start_s, end_s, more_nl_h in boluses:
            if start_s <= now_s < end_s:
                rate = rate + more_nl_h if p.bolus_adds else more_nl_h
                left_s = min(left_s, end_s - now_s)
            elif start_s > now_s:
                left_s = min(left_s, start_s - now_s)
        yield now_s, left_s, rate
        now_s += left_s
        boluses = [bolus for bolus in boluses if bolus[1] > now_s]


def fits_24h(window: Window, planned) -> bool:  # type: ignore
    """Whether `planned` pieces, from the end of `window` on, keep every 24 h within the limit."""
    ahead = window.copy()
    for start_s, seconds, rate in planned:
        ahead.reach(start_s)
        if not _fits(ahead, rate, seconds):
            return False
        ahead.give(rate, seconds)
    return True


def soft(p: Program, course, t_s: int = 0) -> "list[str]":  # type: ignore
    """Names of what may run only when an operator confirms it with a reason. `course` is what was
    given so far (course.py), or None for a look at the program alone; it would hold from `t_s`
    on."""
    found = []
    conc_ug_ml = dose_pg = 0
    for name, conc, _, _, _ in p.drugs:
        if name == BACLOFEN:
            conc_ug_ml, dose_pg = conc, conc * p.daily_nl
    if conc_ug_ml and p.is_therapy():
        most = BACLOFEN_BY[p.indication][4]
        for name, above_ug in (("ABOVE_1000", LITTLE_EXPERIENCE_UG), ("ABOVE_MOST", most)):
            if dose_pg > above_ug * PG_PER_UG:
                found.append(name)
        if p.fields["under_12"] and dose_pg > UNDER_12_UG * PG_PER_UG:
            found.append("UNDER_12")
    if conc_ug_ml == SCREENING_CONC_UG_ML and p.mode != "screening":
        found.append("SCREENING_CONC")
    if conc_ug_ml and p.is_therapy() and course:
        found += _rises(course, dose_pg, t_s)
    rates = [rate for rate in p.schedule.rates_nl_h if rate > p.minimum_nl_h]
    # a step is q / 1000 nL; 1 % of an hour is rate / 100
    if rates and p.nl_per_1000_steps > COARSE_STEP_PERMILLE * min(rates):
        found.append("COARSE_STEP")
    return found


def _rises(course, dose_pg: int, t_s: int) -> "list[str]":  # type: ignore
    found = []
    old, week = course.dose_pg(BACLOFEN), course.dose_a_week_ago_pg(BACLOFEN, t_s)
    high = max(old, dose_pg) > LITTLE_EXPERIENCE_UG * PG_PER_UG
    if old and high and dose_pg * 1000 > old * (1000 + LARGE_RISE_PERMILLE):
        found.append("LARGE_RISE")
    if week and dose_pg > ESCALATION * week:
        found.append("ESCALATION")
    return found


def _ug(pg: int) -> str:
    """A dose for people, rounded up to whole thousandths of a ug."""
    thousandths = (pg + 999) // 1000
    return str(thousandths // 1000) + ("." + str(1000 + thousandths % 1000)[1:])
