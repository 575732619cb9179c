"""Raised, acknowledged and cleared are paired by condition."""

from synthetic import DEMO_EVENTS, alarm

from pumprig.analysis.alarm_spans import alarm_spans


def test_each_raising_opens_a_span_and_its_clearing_closes_it() -> None:
    spans = alarm_spans(
        [
            alarm(10, "LOW_RESERVOIR", "medium", "raised"),
            alarm(20, "TAPER_GUARD", "high", "raised"),
            alarm(30, "LOW_RESERVOIR", "medium", "cleared"),
            alarm(40, "LOW_RESERVOIR", "medium", "raised"),
            alarm(50, "LOW_RESERVOIR", "medium", "acknowledged"),
        ]
    )
    assert [(s.condition, s.raised_s, s.acknowledged_s, s.cleared_s) for s in spans] == [
        ("LOW_RESERVOIR", 10, None, 30),
        ("TAPER_GUARD", 20, None, None),
        ("LOW_RESERVOIR", 40, 50, None),
    ]


def test_other_events_make_no_span() -> None:
    conditions = [span.condition for span in alarm_spans(DEMO_EVENTS)]
    assert conditions == ["LOW_RESERVOIR", "TAPER_GUARD", "RESUME_CAP"]


def test_a_clearing_without_a_raising_is_passed_over() -> None:
    assert alarm_spans([alarm(5, "STOPPED", "high", "cleared")]) == []
