"""Figures of this project, measured by running it: `make bench` writes them to out/bench.json.

One flat object; the unit is the last part of each key, ratios are pump seconds per wall second.
Wall times depend on the machine and are noisy; emulated times and counts are not.
"""
