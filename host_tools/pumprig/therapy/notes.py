"""What is allowed but worth saying: read by people, never a reason to refuse."""

from collections.abc import Iterator
from fractions import Fraction

from pumprig.therapy.forecast import forecast
from pumprig.therapy.profile import same
from pumprig.therapy.therapy import Therapy
from pumprig.therapy.units import in_unit, plain

# docs/sources.md, U: the monograph's infusion rates.
MONOGRAPH_NL_H = (100_000, 1_000_000)


def notes(therapy: Therapy) -> list[str]:
    """One line each, in a fixed order."""
    found = [*_flow(therapy), *_drug(therapy), *_reservoir(therapy), *_boluses(therapy)]
    return found + [f"rounded: {line}" for line in therapy.roundings]


def _flow(therapy: Therapy) -> Iterator[str]:
    if therapy.mode in ("minimum", "stopped"):
        yield f'mode "{therapy.mode}" gives no therapy by itself'
    if not therapy.delivers_therapy:
        return
    low, high = MONOGRAPH_NL_H
    rates = [rate for _, steps in therapy.kinds_of_day() for _, rate in steps]
    outside = [rate for rate in dict.fromkeys(rates) if not low <= rate <= high]
    if outside:
        flows = ", ".join(in_unit(rate, "nL/h", "mL/h") for rate in outside)
        yield f"outside the monograph's 0.1 to 1 mL/h, though this pump can give it: {flows}"


def _drug(therapy: Therapy) -> Iterator[str]:
    has_baclofen = any(same(drug.name) == "baclofen" for drug in therapy.drugs)
    names = " and ".join(drug.name for drug in therapy.drugs)
    if has_baclofen and therapy.profile == "pca":
        yield (
            'hazard class "pca" takes too much for the greater evil; with baclofen an abrupt '
            'stop is: use "itb"'
        )
    elif not has_baclofen and therapy.profile == "itb":
        yield f'hazard class "itb" was made for baclofen; here it keeps {names} from stopping'
    if not therapy.stable_days:
        yield f"how long {names} keeps in the pump is not stated: nothing reminds of its expiry"


def _reservoir(therapy: Therapy) -> Iterator[str]:
    coming = forecast(therapy)
    if coming.taper_guard_s == 0 and therapy.highest_nl_h > 0:
        yield "TAPER_GUARD holds the flow below the program from the start: too little volume"
    elif coming.low_reservoir_s == 0:
        yield "LOW_RESERVOIR sounds from the start"


def _boluses(therapy: Therapy) -> Iterator[str]:
    coming = forecast(therapy)
    if coming.allotted_24h_nl > coming.limit_24h_nl:
        over = Fraction(coming.allotted_24h_nl * 100, coming.limit_24h_nl)
        yield (
            f"with every allotted bolus 24 h would hold {plain(over, 1)} % of their limit: "
            "the device holds the rate back and raises DOSE_LIMIT"
        )
