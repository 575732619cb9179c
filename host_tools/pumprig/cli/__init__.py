"""The `pumprig` command: one file per sub-command, registered here and nowhere else.

Exit codes: 0 done, 1 it was tried and failed, 2 the input was refused before anything was done.
"""

import typer

from pumprig.cli.check import check
from pumprig.cli.commission import commission
from pumprig.cli.deploy import deploy
from pumprig.cli.emulate import emulate
from pumprig.cli.faults import faults
from pumprig.cli.flash import flash
from pumprig.cli.fuzz import fuzz
from pumprig.cli.image import image
from pumprig.cli.incidents import incidents
from pumprig.cli.log import log
from pumprig.cli.measure import measure
from pumprig.cli.powercuts import powercuts
from pumprig.cli.run import run
from pumprig.cli.sensitivity import sensitivity
from pumprig.cli.soak import soak
from pumprig.cli.wear import wear

app = typer.Typer(
    name="pumprig",
    help="Bench rig for infusion-pump safety. NOT a medical device: never for a patient.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    check,
    run,
    emulate,
    image,
    flash,
    deploy,
    commission,
    measure,
    powercuts,
    log,
    wear,
    faults,
    incidents,
    sensitivity,
    soak,
    fuzz,
):
    app.command()(command)


def main() -> None:
    app()
