"""What a program would do, in plain words and tables."""

from collections.abc import Iterator
from fractions import Fraction

from rich.table import Table

from pumprig.therapy import Therapy, screening
from pumprig.therapy.bridge import bridge
from pumprig.therapy.flow import DAY_S, Steps
from pumprig.therapy.forecast import Forecast, allotted_nl, forecast
from pumprig.therapy.notes import notes
from pumprig.therapy.rules_change import Change
from pumprig.therapy.rules_dose import least_room
from pumprig.therapy.soft import soft_rules
from pumprig.therapy.therapy import day_names, days_of
from pumprig.therapy.units import in_unit, plain
from pumprig.therapy.values import DAYS

_BECAUSE = {
    "nominal": "the program as written",
    "fast": "the pump giving 14.5 % more",
    "boluses": "every allotted bolus used",
    "expiry": "the solution's expiry",
}


def explain(therapy: Therapy, largest_scale: int) -> Iterator[str | Table]:
    coming, soft = forecast(therapy), soft_rules(therapy)
    reason = f", with a reason for {', '.join(rule.name for rule in soft)}" if soft else ""
    yield (
        f'Program "{therapy.name}" is accepted{reason}: hazard class {therapy.profile}, '
        f"{therapy.indication}, {therapy.mode}. For the bench, never for a patient."
    )
    yield ""
    yield _drugs(therapy)
    if therapy.delivers_therapy:
        yield (
            f"A change may raise a daily dose by {_share(therapy.rise_permille)} in 24 h, by "
            f"{_share(therapy.refill_rise_permille)} at a refill, and lower it by "
            f"{_share(therapy.max_drop_permille)}."
        )
    yield ""
    if therapy.highest_nl_h == 0:
        yield "Basal: no flow."
    else:
        for mask, steps in therapy.kinds_of_day():
            yield _day(therapy, mask, steps)
            yield ""
    yield from _boluses(therapy)
    yield ""
    yield from _limit_24h(therapy, coming)
    yield ""
    if coming.low_reservoir_s is not None:
        yield _reservoir(therapy, coming)
        yield ""
    if coming.due_s is not None:
        yield _refill(therapy, coming)
    yield from _due(therapy, coming)
    yield ""
    yield from _taper(therapy, coming)
    yield f"Largest time scale: {largest_scale}."
    if soft:
        yield ""
    for rule in soft:
        yield f"Needs a reason, {rule.name}: {rule.text} - {rule.source}"
    for note in notes(therapy):
        yield f"Note: {note}"


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left")


def _drugs(therapy: Therapy) -> Table:
    table = _table("Drugs in one flow", "drug", "solution", "a day", "allowed a day", "source")
    for drug in therapy.drugs:
        doses = [drug.ug(therapy.day_nl(day)) for day in range(7)]
        told = _from_to([plain(dose, 2) for dose in (min(doses), max(doses))])
        low = f"{drug.low_ug_day} to " if drug.low_ug_day else "up to "
        table.add_row(
            drug.name,
            f"{drug.conc_ug_ml} ug/mL",
            f"{told} ug",
            f"{low}{drug.high_ug_day} ug",
            drug.source,
        )
    return table


def _day(therapy: Therapy, mask: int, steps: Steps) -> Table:
    names = day_names(mask)
    volumes = [therapy.day_nl(day) / 1_000_000 for day in days_of(mask)]
    told = _from_to([plain(volume) for volume in (min(volumes), max(volumes))])
    title = f"{names[0].upper()}{names[1:]}: {told} mL"
    changes = ["change"] if len(steps) > 1 else []
    doses = [drug.name for drug in therapy.drugs]
    table = _table(title, "works from", "pump starts", "flow", *changes, *doses)
    before = steps[-1][1]
    for at_s, rate in steps:
        start_s = at_s - therapy.lead_s
        earlier = " the day before" if start_s < 0 else ""
        table.add_row(
            _clock(at_s),
            _clock(start_s % DAY_S) + earlier,
            in_unit(rate, "nL/h", "mL/h"),
            *([_change(before, rate)] if changes else []),
            *(f"{plain(drug.ug(rate), 3)} ug/h" for drug in therapy.drugs),
        )
        before = rate
    return table


def _from_to(ends: list[str]) -> str:
    return " to ".join(dict.fromkeys(ends))


def _change(before: int, now: int) -> str:
    if before in (0, now):
        return ""
    share = Fraction((now - before) * 100, before)
    return f"{'+' if share > 0 else ''}{plain(share, 1)} %"


def _boluses(therapy: Therapy) -> Iterator[str | Table]:
    if therapy.mode == "screening":
        doses = ", ".join(
            f"{dose} ug in {in_unit(screening.volume_nl(dose), 'nL', 'mL')}"
            for dose in screening.BOLUSES_UG
        )
        yield (
            f"Screening: {doses}, each over {_span(therapy.bolus_min_s)}, 24 h apart; watch 4 to "
            "8 h after each. No response to the third: no pump - USP DI monograph"
        )
        return
    if therapy.bolus_max_nl == 0:
        yield "No bolus is allowed."
        return
    where = "on top of basal" if therapy.bolus_adds else "in place of basal"
    if therapy.periodic:
        table = _table(f"Boluses by time of day, {where}", "at", *_bolus_columns(therapy))
        for at_s, volume, seconds in therapy.periodic:
            table.add_row(_clock(at_s), *_bolus_cells(therapy, volume, seconds))
        yield table
    if therapy.demand:
        table = _table(f"Bolus on demand, {where}", *_bolus_columns(therapy))
        table.add_row(*_bolus_cells(therapy, *therapy.demand))
        yield table
    count = therapy.bolus_day_max
    yield (
        f"An operator may give {count} bolus{'' if count == 1 else 'es'} in any 24 h, each up to "
        f"{_amount(therapy, therapy.bolus_max_nl)} over {_span(therapy.bolus_min_s)} or more, "
        f"{_span(therapy.bolus_gap_s)} apart, {where}."
        if count
        else "An operator may give no other bolus."
    )


def _bolus_columns(therapy: Therapy) -> list[str]:
    return ["volume", "over", "flow", *(drug.name for drug in therapy.drugs)]


def _bolus_cells(therapy: Therapy, volume: int, seconds: int) -> list[str]:
    return [
        in_unit(volume, "nL", "mL"),
        _span(seconds),
        in_unit(Fraction(volume * 3600, seconds), "nL/h", "mL/h"),
        *(f"{plain(drug.ug(volume), 3)} ug" for drug in therapy.drugs),
    ]


def _amount(therapy: Therapy, volume: int) -> str:
    doses = ", ".join(f"{plain(drug.ug(volume), 3)} ug {drug.name}" for drug in therapy.drugs)
    return f"{in_unit(volume, 'nL', 'mL')} ({doses})"


def _limit_24h(therapy: Therapy, coming: Forecast) -> Iterator[str]:
    drug = least_room(therapy)
    limit = coming.limit_24h_nl

    def share(volume: int) -> str:
        return f"{plain(Fraction(volume * 100, limit), 1)} %"

    yield (
        f"No 24 h hold more than {in_unit(limit, 'nL', 'mL')}, {drug.high_ug_day} ug of "
        f"{drug.name} - {drug.source}"
    )
    yield f"The fullest 24 h of the program hold {share(coming.fullest_24h_nl)} of that" + (
        f", with every allotted bolus {share(coming.allotted_24h_nl)}."
        if allotted_nl(therapy)
        else "."
    )


def _reservoir(therapy: Therapy, coming: Forecast) -> Table:
    table = _table("If nobody refills", "event", "usable volume", "when, from Monday 00:00")
    rows: list[tuple[str, int, int | None, bool]] = [
        ("start", therapy.usable_nl, 0, False),
        ("LOW_RESERVOIR", coming.low_usable_nl, coming.low_reservoir_s, False),
        ("TAPER_GUARD", coming.guard_usable_nl, coming.taper_guard_s, False),
    ]
    if coming.minimum_s is not None:
        least = therapy.minimum_nl_h * therapy.tau_dh // 10
        rows.append(("minimum rate reached", least, coming.minimum_s, True))
    rows.append(("empty", 0, coming.gone_s, coming.minimum_s is not None))
    rows.append(("empty, were there no taper", 0, coming.empty_s, False))
    for event, level_nl, at_s, about in rows:
        table.add_row(event, in_unit(level_nl, "nL", "mL"), _when(at_s, about=about))
    return table


def _refill(therapy: Therapy, coming: Forecast) -> Table:
    table = _table("Days to refill", "LOW_RESERVOIR would come", "after")
    for name, at_s in (
        ("nominal", coming.low_reservoir_s),
        ("fast", coming.low_fast_s),
        ("boluses", coming.low_boluses_s if allotted_nl(therapy) else None),
    ):
        if at_s is not None:
            table.add_row(_BECAUSE[name], f"{plain(Fraction(at_s, DAY_S), 2)} days")
    if coming.expiry_s is not None:
        table.add_section()
        table.add_row("the solution expires", f"{coming.expiry_s // DAY_S} days")
    return table


def _due(therapy: Therapy, coming: Forecast) -> Iterator[str]:
    if coming.due_s is None:
        yield "Refill: never due."
        return
    spoken = [
        "at the start" if coming.due_s <= notice else _when(coming.due_s - notice)
        for notice in therapy.notices_s
    ]
    yield (
        f"Refill due: {_when(coming.due_s)}, because of {_BECAUSE[coming.due_because]}. "
        f"REFILL_DUE speaks {', '.join(dict.fromkeys(spoken))}."
    )
    if therapy.refill_after_s:
        days = plain(Fraction(therapy.refill_after_s, DAY_S), 2)
        yield f"The planned refill after {days} days comes before the taper would begin."


def _taper(therapy: Therapy, coming: Forecast) -> Iterator[str]:
    if therapy.highest_nl_h == 0:
        yield "The pump has no basal flow: there is nothing to taper."
        return
    yield (
        f"Taper: at most {_share(therapy.max_drop_permille)} less per day (time constant "
        f"{plain(Fraction(therapy.tau_dh, 10))} h), down to "
        f"{in_unit(therapy.minimum_nl_h, 'nL/h', 'mL/day')}. A planned stop takes about "
        f"{coming.days_to_minimum} days to get there."
    )
    if coming.taper_guard_s is not None and coming.minimum_s is not None:
        days = plain(Fraction(coming.minimum_s - coming.taper_guard_s, DAY_S), 0)
        yield (
            f"Its guard takes over {_when(coming.taper_guard_s)}, at "
            f"{in_unit(coming.guard_usable_nl, 'nL', 'mL')} usable (highest rate times the time "
            f"constant), and tapers for about {days} days instead of running dry at full dose."
        )


def explain_change(
    before: Therapy, therapy: Therapy, found: Change, *, at_refill: bool
) -> Iterator[str]:
    how = "at a refill" if at_refill else "while it runs"
    yield ""
    verdict = "refused" if found.never else "needs an override" if found.overridable else "allowed"
    yield f'From "{before.name}" to this program {how}: {verdict}.'
    for fault in found.never:
        yield f"Never: {fault}"
    for fault in found.overridable:
        yield f"Override: {fault}"
    for rule in found.soft:
        yield f"Needs a reason, {rule.name}: {rule.text} - {rule.source}"
    if at_refill:
        yield from bridge(before, therapy).words()


def _share(permille: int) -> str:
    return f"{plain(Fraction(permille, 10))} %"


def _span(seconds: int) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _when(at_s: int | None, *, about: bool = False) -> str:
    """`day 16 03:24 (wed)`: 16 whole days after the start, the first day being day 0."""
    if at_s is None:
        return "never"
    day, second = divmod(at_s, DAY_S)
    if about:
        return f"about day {day}"
    return f"day {day} {_clock(second - second % 60)} ({DAYS[day % 7]})"


def _clock(second_of_day: int) -> str:
    minutes, seconds = divmod(second_of_day, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text
