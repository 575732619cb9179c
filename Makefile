# Each target is one line of pumprig or pytest; set-up is done by whoever needs it.
PY := .venv/bin/python
SETUP := .venv/.ready
RIG ?= emulator

.PHONY: setup demo test hil hil-serial bench image lint test-long mutants explore powercuts \
  faults sensitivity incidents trace soak fuzz
setup: $(SETUP)

$(SETUP): pyproject.toml
	@command -v python3 >/dev/null && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "python3 is missing or older than 3.11"; exit 1; }
	python3 -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	.venv/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

image: $(SETUP)
	.venv/bin/pumprig image

demo: $(SETUP)
	.venv/bin/pumprig run examples/demo.toml --rig $(RIG) --days 30 --time-scale 1440 \
	  --scenario examples/demo-scenario.toml --out out/demo

lint: $(SETUP)
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

# The image first: the workers share it.
test: $(SETUP) lint image
	@mkdir -p out
	.venv/bin/pytest -n auto --dist loadfile tests

hil: $(SETUP)
	@mkdir -p out/hil
	.venv/bin/pytest hil --rig $(RIG) --junitxml out/hil/junit.xml

bench: $(SETUP)
	.venv/bin/pumprig measure --out out/bench.json

# What happened to real pumps, replayed on the host rig.
incidents: $(SETUP)
	.venv/bin/pumprig incidents --out out

# The path of a real board: a blank emulated one at a serial port, deployed with mpremote's
# transport, then the suite over that port.
hil-serial: $(SETUP)
	.venv/bin/pytest tests/rig/test_serial_from_blank.py

# The property tests of the controller with ten thousand new examples each; an hour or more. First what
# takes the emulator minutes.
test-long: $(SETUP)
	.venv/bin/pytest -m long tests
	HYPOTHESIS_PROFILE=long .venv/bin/pytest tests/pump/test_weeks.py \
	  tests/pump/test_controller_ideal.py tests/pump/test_controller_invariants.py

# Do the tests notice a small change anywhere in the controller? MODULE=taper for one file alone;
# LISTED=1 for what is listed as equivalent, which the others leave out; OWN=1 with MODULE for its own
# tests alone, in minutes.
PACKAGES ?= pump
MODULE ?=
JOBS ?= 2
LISTED ?=
mutants: $(SETUP)
	PYTHONPATH=tests .venv/bin/python -m mutation --packages $(PACKAGES) --jobs $(JOBS) \
	  $(if $(MODULE),--module $(MODULE)) $(if $(LISTED),--listed) $(if $(OWN),--own)

# Which test shows which requirement, docs/traceability.md; fails where one that applies has none.
trace: $(SETUP)
	PYTHONPATH=tests .venv/bin/python -m traceability

# Every state the controller gets into from a few beginnings, breadth first; shorter in the tests.
STATES ?= 100000
explore: $(SETUP)
	PYTHONPATH=tests .venv/bin/python tests/pump/explore.py --states $(STATES)

# Every fault of the bench in every state of the pump; the shorter form is in the tests.
faults: $(SETUP)
	.venv/bin/pumprig faults --out out

# Power cuts of an emulated board at random instants, half of them inside flash operations.
N ?= 10000
powercuts: $(SETUP)
	.venv/bin/pumprig powercuts --cuts $(N) --out out/powercuts.json

# How small an error the scale finds within a day, and 30 days in which it finds none.
sensitivity: $(SETUP)
	.venv/bin/pumprig sensitivity --out out

# A stranger's lines: on the host and through the emulated USB.
LINES ?= 1000000
BOARD_LINES ?= 10000
fuzz: $(SETUP)
	.venv/bin/pumprig fuzz --lines $(LINES) --board-lines $(BOARD_LINES) --out out/fuzz.json

# Half a year on one emulated board with orders every day: heap, books, log and steps.
DAYS ?= 180
soak: $(SETUP)
	.venv/bin/pumprig soak --days $(DAYS) --out out/soak.json
