"""What the firmware may cost: checked by `pumprig measure` against what it has measured."""

from collections.abc import Mapping

# The most that is let pass, and why.
AT_MOST: Mapping[str, float] = {
    "firmware_mpy_bytes": 120_000,  # loading it is most of a start, and a start has one second
    "control_step_us_median": 10_000,
    "control_step_us_max": 50_000,  # with a record or a collection in it; packets wait 500 ms
    "control_step_everything_us_median": 10_000,
    "control_step_everything_us_max": 50_000,
    "control_step_alloc_bytes": 1_024,  # 32 packets pass between two collections: half the heap
    "control_step_alloc_bytes_max": 2_048,  # the block that the self-test wants free
    "control_step_everything_alloc_bytes": 1_024,
    "boot_to_first_step_ms": 1_000,
    "boot_full_log_to_first_step_ms": 1_000,
    "watchdog_reset_ms": 3_000,
    "pulse_error_us_max": 1,
    "demo_volume_error_steps_max": 0.999,  # below one step
    "demo_loop_ms_max": 400,  # between two looks at the sensors
}
AT_LEAST: Mapping[str, float] = {"heap_free_min_bytes": 56_000}  # the firmware's own self-test


def broken(figures: Mapping[str, float]) -> list[str]:
    """One line for each budget that is not kept, or whose figure was not measured. The bound on a
    frozen CPU's steps is a figure itself: what had been released."""
    lines = []
    at_most = {**AT_MOST, "frozen_cpu_steps": figures["frozen_cpu_steps_bound"]}
    for name in (*at_most, *AT_LEAST):
        value = figures.get(name)
        if value is None:
            lines.append(f"{name}: not measured")
        elif name in at_most and value > at_most[name]:
            lines.append(f"{name}: {value:g}, allowed at most {at_most[name]:g}")
        elif name in AT_LEAST and value < AT_LEAST[name]:
            lines.append(f"{name}: {value:g}, allowed at least {AT_LEAST[name]:g}")
    return lines
