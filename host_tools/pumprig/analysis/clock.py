"""What is a pump time, how is it written for people, and when does a run end?"""

from pumprig.rig.record import Run

HOUR_S = 3600
DAY_S = 86400


def end_s(run: Run) -> int:
    """The pump time at which the run ended, in whole seconds."""
    return round(run.pump_days * DAY_S)


def pump_time(t_s: int) -> str:
    """As in `day 27 12:10:00`; day 0 is the first, and begins at pump time 0."""
    day, second = divmod(t_s, DAY_S)
    return f"day {day} {second // HOUR_S:02}:{second // 60 % 60:02}:{second % 60:02}"


def lasted(seconds: int) -> str:
    """As in `2 d 3 h` or `45 s`: the two largest units not zero, each kept with its number."""
    sizes = ((DAY_S, "d"), (HOUR_S, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, unit in sizes:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}\N{NO-BREAK SPACE}{unit}")
    return " ".join(parts[:2]) or "0\N{NO-BREAK SPACE}s"
