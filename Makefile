# make demo, make test: both set up what they need in .venv and need nothing else by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-e2e testbed lint bench clean

demo: $(STAMP)
	$(BIN)/unfork demo --out demo
	$(BIN)/unfork plan status plans/starlingx --today 2018-11-13 --store demo/runs.sqlite3 \
		--svg demo/starlingx.svg
	@echo 'plan: plans/starlingx as of November 2018, its sequence is drawn in demo/starlingx.svg'
	@echo 'unfork is installed as $(BIN)/unfork; ". $(BIN)/activate" puts it on the PATH'

test: $(STAMP)
	$(BIN)/pytest -n auto -m 'not e2e'

# Many real guests and killed daemons: minutes instead of seconds. Tests that share a bed stay on one worker.
test-e2e: $(STAMP)
	$(BIN)/pytest -n auto --dist loadgroup -m e2e

# A real OpenStack on loopback until Ctrl-C; see docs/testbed.md.
testbed: $(STAMP)
	$(BIN)/testbed up

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy unfork/src outboard/src outboard/testbed/src benchmarks tools
	$(BIN)/lint-imports
	$(BIN)/python tools/module_size.py

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py

# libvirt's binding is compiled, and is only needed on a compute node and by the tests of its services.
$(STAMP): unfork/pyproject.toml outboard/pyproject.toml outboard/testbed/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("unfork and outboard need Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e './unfork[dev]' -e "./outboard[dev$$(pkg-config --exists libvirt 2>/dev/null && echo ,host)]" \
		-e ./outboard/testbed
	touch $(STAMP)

clean:
	rm -rf $(VENV) .testbed demo
