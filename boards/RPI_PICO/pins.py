"""Pin map of the rig on a Raspberry Pi Pico. Copied to the board as `pins.mpy`."""

STEP = 2  # to the stepper driver's STEP
DIR = 3  # DIR, low: forward
ENABLE_N = 4  # EN, low: the motor holds; high: it is free
ROTOR = 5  # rotor sensor on the pump head, one rising edge a slot
SOUNDER = 6  # piezo
LAMP_RED = 7  # red, yellow and cyan are pins in a row
LAMP_YELLOW = 8
LAMP_CYAN = 9
SCALE_DATA = 10  # load-cell amplifier HX711, DOUT
SCALE_CLOCK = 11  # its PD_SCK
AIR = 12  # air detector, low: liquid
KEY_ACK = 13  # keys to ground
KEY_STOP = 14
KEY_SERVICE = 15
I2C_DATA = 20  # clock chip DS3231 and display SSD1306
I2C_CLOCK = 21
ALIVE = 25  # the board's own LED
PRESSURE_DOWN = 26  # ADC 0: line pressure after the head
PRESSURE_UP = 27  # ADC 1: before it
SUPPLY = 29  # ADC 3: VSYS through the board's own divider by 3

# What is wired. A part that is taken out of this list is absent: declared, told, and not watched.
PARTS = (
    "scale",
    "rotor",
    "pressure_down",
    "pressure_up",
    "air",
    "supply",
    "temperature",
    "clock_chip",
    "keys",
    "display",
)
