"""Which numbers does the teaching model of baclofen use, and where does each come from?

Sources. Monograph: USP DI monograph "Baclofen (Intrathecal-Systemic)", revised 2003. Four
patients: four bolus courses in CSF, Eur J Clin Pharmacol, doi 10.1007/BF00265844. The words
"teaching assumption" mean that nobody measured it: it was chosen, for the stated reason.
"""

from dataclasses import dataclass

ASSUMED = "teaching assumption"
MONOGRAPH = "monograph"
FOUR_PATIENTS = "four patients, doi 10.1007/BF00265844"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model. `low` and `high`: the published range, where there is one."""

    name: str
    value: float
    unit: str
    source: str
    why: str
    low: float | None = None
    high: float | None = None

    @property
    def span(self) -> tuple[float, float]:
        """(low, high); the value itself twice where no range was published."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


CLEARANCE = Parameter(
    "CSF clearance",
    30,
    "mL/h",
    f"{MONOGRAPH}; range: {FOUR_PATIENTS}",
    "about the turnover of CSF: bulk flow carries the drug away",
    low=13,
    high=80,
)
HALF_LIFE = Parameter(
    "CSF half-life",
    1.5,
    "h",
    f"{MONOGRAPH}; range: {FOUR_PATIENTS}",
    "over the first 4 h after 50 to 100 µg",
    low=0.9,
    high=5,
)
EFFECT_DELAY = Parameter(
    "effect-site delay (time constant)",
    10,
    "h",
    ASSUMED,
    "places the monograph's times: bolus onset 0.5 to 1 h and peak about 4 h, infusion onset "
    "6 to 8 h and full effect 24 to 48 h",
)
HALF_EFFECT = Parameter(
    "concentration at half effect",
    200,
    "ng/mL",
    ASSUMED,
    "inside the band of levels that the monograph gives for maintenance, so that both too "
    "little and too much show",
)
ONSET_EFFECT = Parameter(
    "effect at onset",
    0.2,
    "of the largest effect",
    ASSUMED,
    "reached 0.8 h after a bolus of 50 µg and 7 h into the infusion that the monograph starts "
    "with after it, 100 µg/day",
)
ADAPTATION = Parameter(
    "adaptation (time constant)",
    48,
    "h",
    ASSUMED,
    "after an abrupt stop withdrawal unfolds over 1 to 3 days, as published, long after the "
    "drug has gone",
)

PARAMETERS = (CLEARANCE, HALF_LIFE, EFFECT_DELAY, HALF_EFFECT, ONSET_EFFECT, ADAPTATION)
