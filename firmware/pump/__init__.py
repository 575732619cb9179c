"""The controller: pure decisions in integers. No hardware, no clock, no I/O, no floats."""

VERSION = "0.1.0"
