# Frozen build: MicroPython's own modules for this port, and the whole firmware.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
package("pump", base_path="../../firmware")
package("link", base_path="../../firmware")
package("drivers", base_path="../../firmware")
module("device.py", base_path="../../firmware")
module("main.py", base_path="../../firmware")
module("pins.py", base_path=".")
