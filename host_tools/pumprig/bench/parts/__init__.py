"""The parts on the bench, one file each: what it says, what can go wrong with it, how it is wired.

`raw` values are those the firmware's drivers read; a part that hangs on pins has `attach(chip)`.
"""
