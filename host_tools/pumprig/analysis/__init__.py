"""What a run shows: the exact ideal to compare with, key figures, tables, pictures, a report."""

from pumprig.analysis.figures import figures
from pumprig.analysis.ideal import Ideal, volume_error_steps_max
from pumprig.analysis.report import write_report

__all__ = ["Ideal", "figures", "volume_error_steps_max", "write_report"]
