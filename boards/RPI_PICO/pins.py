"""Pin map of the rig on a Raspberry Pi Pico. Copied to the board as `pins.mpy`."""

STEP = 2  # to the stepper driver's STEP
DIR = 3  # DIR, low: forward
ENABLE_N = 4  # EN, low: the motor holds; high: it is free
ROTOR = 5  # rotor sensor on the pump head, one rising edge a slot
SOUNDER = 6  # piezo
LAMP_RED = 7  # red, yellow and cyan are pins in a row
LAMP_YELLOW = 8
LAMP_CYAN = 9
ALIVE = 25  # the board's own LED
