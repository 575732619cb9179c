"""Mutation testing of the firmware: small changes, one at a time; do the tests notice?

Why not a library, measured on the controller of 1600 such changes and a suite of 6 s: mutmut 3.8.1
changes function bodies alone, so no limit, alarm row or constant of a module, and its trampolines
slow this suite to 30 s for each survivor; cosmic-ray 8.7.0 makes 4780 changes, starts a Python for
each and edits the working tree. Here a change is anywhere, and costs a fork and half a second.
"""
