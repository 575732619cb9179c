"""Which drug profile applies, and is it one that may be used?

The packaged profiles are data files beside this module. A lab may use a file of its own: for a
drug that a packaged profile has rows for, it may be narrower than those and never wider.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pumprig.therapy import reading
from pumprig.therapy.profile_file import AnyFigure, Mixture, ProfileDrug, ProfileFile, Rows
from pumprig.therapy.ranges import PROFILE_RISE, within
from pumprig.therapy.refusals import Fault, dotted, quoted, refuse_if_any
from pumprig.therapy.units import Quantity

_FOLDER = Path(__file__).parent / "profiles"
PACKAGED = ("itb", "pca")
INDICATIONS = ("spinal", "cerebral", "other")


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that passed every check."""

    file: ProfileFile

    @property
    def hazard(self) -> str:
        """`itb`: stopping is the hazard; `pca`: giving too much is."""
        assert self.file.hazard is not None
        return self.file.hazard

    def knows(self, name: str, indication: str) -> bool:
        """Whether there are rows for a drug and an indication, here or in a packaged profile."""
        return any(getattr(drug, indication) is not None for drug in self._entries(name))

    def indications(self, name: str) -> list[str]:
        return [indication for indication in INDICATIONS if self.knows(name, indication)]

    def of_rows(self, name: str, indication: str, key: str) -> AnyFigure | None:
        """A figure of a drug's rows: its own, or else the packaged one, or None.

        The packaged figures stand behind every profile, so that leaving a row out loosens nothing.
        """
        rows = (getattr(drug, indication) for drug in self._entries(name))
        figures = (getattr(row, key) for row in rows if row is not None)
        return next((figure for figure in figures if figure is not None), None)

    def of_drug(self, name: str, key: str) -> AnyFigure | None:
        """A figure of a drug whatever the indication: its own, or else the packaged one."""
        figures = (getattr(drug, key) for drug in self._entries(name))
        return next((figure for figure in figures if figure is not None), None)

    def spelling(self, name: str) -> str:
        """A known drug as the device spells it: it compares names to the letter."""
        return next((drug.name or name for drug in self._entries(name)), name)

    def _entries(self, name: str) -> list[ProfileDrug]:
        return [
            drug for drug in (_find(self.file, name), _packaged_drug(name)) if drug is not None
        ]

    def mixture(self, names: list[str]) -> Mixture | None:
        """What is known of exactly these drugs together."""
        wanted = {same(name) for name in names}
        known = self.file.mixture or []
        return next((m for m in known if {same(drug) for drug in m.drugs or ()} == wanted), None)


def same(name: str | None) -> str:
    """A drug's name for comparing: no capital and no space makes another drug of it."""
    return (name or "").strip().lower()


def load_profile(name: str, folder: Path) -> Profile:
    """A packaged profile, or a file relative to `folder`. Raises ProgramRefused."""
    if name in PACKAGED:
        return packaged(name)
    return load_profile_text(reading.read_text(folder / name), name)


def load_profile_text(text: str, label: str) -> Profile:
    """`load_profile` for a text in hand; `label` stands before the place in every line."""
    file, faults = reading.read_sections(ProfileFile, reading.parse_toml(text, label))
    faults = [*faults, *_faults(file)]
    refuse_if_any(
        [Fault(f"{label}: {f.path}", f.found, f.allowed, f.remedy, f.source) for f in faults]
    )
    return Profile(file)


@cache
def packaged(name: str) -> Profile:
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return Profile(ProfileFile.model_validate(reading.parse_toml(text, name)))


def _find(file: ProfileFile, name: str) -> ProfileDrug | None:
    return next((drug for drug in file.drug or [] if same(drug.name) == same(name)), None)


def _packaged_drug(name: str) -> ProfileDrug | None:
    found = (_find(packaged(profile).file, name) for profile in PACKAGED)
    return next((drug for drug in found if drug is not None), None)


def _faults(file: ProfileFile) -> Iterator[Fault]:
    yield from _rises("other", file.other)
    seen: set[str] = set()
    for i, drug in enumerate(file.drug or []):
        path = dotted(("drug", i))
        if same(drug.name) in seen:
            yield Fault(
                f"{path}.name", f"{quoted(drug.name)} again", "each drug once", "remove one"
            )
        seen.add(same(drug.name))
        reference = _packaged_drug(drug.name or "")
        yield from _concentrations(path, drug, reference)
        for indication in INDICATIONS:
            rows: Rows | None = getattr(drug, indication)
            if rows is None:
                continue
            where = f"{path}.{indication}"
            yield from _rises(where, rows)
            yield from _band(where, rows)
            if reference is None:
                continue
            published: Rows | None = getattr(reference, indication)
            if published is None:
                known = [name for name in INDICATIONS if getattr(reference, name) is not None]
                yield Fault(
                    where,
                    f"rows of {drug.name} for an indication without published figures",
                    f"published for {', '.join(known)}",
                    "remove them",
                    published_source(reference),
                )
            else:
                yield from _no_wider(where, rows, published)


def published_source(drug: ProfileDrug) -> str:
    """The source of the first figures there are for a drug."""
    rows = next(r for r in (drug.spinal, drug.cerebral, drug.other) if r is not None)
    return _source(rows.high)


def _rises(path: str, rows: object) -> Iterator[Fault]:
    for key in ("rise", "refill_rise"):
        yield from within(f"{path}.{key}.value", _value(getattr(rows, key)), PROFILE_RISE)


def _band(path: str, rows: Rows) -> Iterator[Fault]:
    """low <= most, little_experience <= high: an inverted band would refuse every dose."""
    for low_key, high_key in (("low", "high"), ("low", "most"), ("most", "high")):
        low, high = (_value(getattr(rows, key)) for key in (low_key, high_key))
        if low is not None and high is not None and low.whole > high.whole:
            yield Fault(
                f"{path}.{low_key}",
                quoted(low.text),
                f"allowed up to {high_key}, {high.text}",
                "swap or correct the two",
            )


def _concentrations(
    path: str, drug: ProfileDrug, reference: ProfileDrug | None
) -> Iterator[Fault]:
    low, high = _value(drug.lowest_concentration), _value(drug.highest_concentration)
    if low is not None and high is not None and low.whole > high.whole:
        allowed = f"allowed up to highest_concentration, {high.text}"
        place = f"{path}.lowest_concentration"
        yield Fault(place, quoted(low.text), allowed, "swap or correct the two")
    if reference is not None:
        yield from _at_least(path, "lowest_concentration", drug, reference)
        yield from _at_most(path, "highest_concentration", drug, reference)


def _no_wider(path: str, rows: Rows, published: Rows) -> Iterator[Fault]:
    yield from _at_least(path, "low", rows, published)
    for key in ("high", "most", "little_experience", "rise", "refill_rise"):
        yield from _at_most(path, key, rows, published)


def _at_most(path: str, key: str, given: object, reference: object) -> Iterator[Fault]:
    figure: AnyFigure | None = getattr(given, key)
    limit: AnyFigure | None = getattr(reference, key)
    value, most = _value(figure), _value(limit)
    if value is not None and most is not None and value.whole > most.whole:
        allowed = f"allowed up to {most.text}"
        place = f"{path}.{key}.value"
        yield Fault(place, quoted(value.text), allowed, "lower it", _source(limit))


def _at_least(path: str, key: str, given: object, reference: object) -> Iterator[Fault]:
    figure: AnyFigure | None = getattr(given, key)
    limit: AnyFigure | None = getattr(reference, key)
    value, least = _value(figure), _value(limit)
    if value is not None and least is not None and value.whole < least.whole:
        allowed = f"allowed from {least.text}"
        place = f"{path}.{key}.value"
        yield Fault(place, quoted(value.text), allowed, "raise it", _source(limit))


def _value(figure: AnyFigure | None) -> Quantity | None:
    return None if figure is None else figure.value


def _source(figure: AnyFigure | None) -> str:
    return (figure.source or "") if figure is not None else ""
