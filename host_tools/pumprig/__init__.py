"""Host tools of pumprig, a bench rig for infusion-pump safety. Not a medical device."""

__version__ = "0.1.0"
