"""The virtual bench: an emulated Pico and the parts wired to it, one file per part."""
