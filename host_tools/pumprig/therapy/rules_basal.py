"""Which mode takes what, and are the steps of every day in order?"""

from collections.abc import Iterator

from pumprig.therapy import ranges
from pumprig.therapy.amounts import step_lists
from pumprig.therapy.program_file import ProgramFile, Step
from pumprig.therapy.ranges import MAX_STEPS, MAX_VARIANTS, within
from pumprig.therapy.refusals import Fault, dotted, quoted
from pumprig.therapy.units import Quantity


def faults(file: ProgramFile) -> Iterator[Fault]:
    yield from within("basal.lead", file.basal.lead, ranges.LEAD)
    yield from _of_mode(file)
    for place, steps in step_lists(file):
        yield from _steps(place, steps, file.basal.mode)
    yield from _variants(file)


def _of_mode(file: ProgramFile) -> Iterator[Fault]:
    basal, mode = file.basal, file.basal.mode
    if mode is None:
        return
    wanted = {"continuous": "dose", "flex": "step"}.get(mode)
    for key, owner in (("dose", "continuous"), ("step", "flex"), ("variant", "flex")):
        given = key in basal.model_fields_set
        if given and mode != owner:
            only = f'only with mode "{owner}"'
            yield Fault(f"basal.{key}", f'given with mode "{mode}"', only, "remove it")
        if not given and key == wanted:
            description = type(basal).model_fields["dose"].description or ""
            what = description if key == "dose" else f"1 to {MAX_STEPS} sections [[basal.step]]"
            yield Fault(f"basal.{key}", f'missing with mode "{mode}"', what, "add it")


def _steps(place: str, steps: list[Step], mode: str | None) -> Iterator[Fault]:
    if not 1 <= len(steps) <= MAX_STEPS and mode == "flex":
        count = f"{len(steps)} steps"
        yield Fault(place, count, f"allowed 1 to {MAX_STEPS} a day", "merge steps")
    seen: dict[int, int] = {}
    before: Quantity | None = None
    for i, step in enumerate(steps):
        if step.at is None:
            continue
        path = f"{place}[{i}].at"
        if step.at.whole in seen:
            allowed = f"taken by {place}[{seen[step.at.whole]}].at"
            yield Fault(path, f"{quoted(step.at.text)} again", allowed, "remove one")
        elif before is not None and step.at.whole < before.whole:
            allowed = f"after the step before it, {before.text}"
            yield Fault(path, quoted(step.at.text), allowed, "put the steps in order of time")
        seen.setdefault(step.at.whole, i)
        before = step.at


def _variants(file: ProgramFile) -> Iterator[Fault]:
    variants = file.basal.variant
    if variants is None:
        return
    if len(variants) > MAX_VARIANTS:
        count = f"{len(variants)} variants"
        yield Fault("basal.variant", count, f"allowed up to {MAX_VARIANTS}", "merge variants")
    taken: dict[str, int] = {}
    for i, variant in enumerate(variants):
        for day in variant.days or ():
            path = dotted(("basal", "variant", i, "days"))
            if day in taken:
                allowed = f"taken by {dotted(('basal', 'variant', taken[day], 'days'))}"
                yield Fault(path, f"{quoted(day)} again", allowed, "give each day one variant")
            taken.setdefault(day, i)
