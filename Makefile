# The few commands there are. `make run` and `make test` set up all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= ../shared/data
export HF_HUB_DISABLE_TELEMETRY := 1
# Tests start hundreds of processes: without byte code each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-slow test-demo test-kills test-soak check acts bench-understanding bench-acts bench-claims bench-follow-ups bench-requests bench-knowledge bench-responses bench-growth bench-server bench-masking bench-round-trip bench-slots bench-flows screenshots constraints clean help

help:
	@echo "make run     train, measure and serve the demo assistant at http://127.0.0.1:8000"
	@echo "make test    run the fast tests"
	@echo "make test-slow             run the tests marked slow: killed trainings and servers, browsers, timeouts"
	@echo "make test-demo             train the demo and play its conversation tests"
	@echo "make test-kills            let 200 customers act while the server is killed again and again"
	@echo "make test-soak             use a server for ten minutes, and see that it takes no more memory than at first"
	@echo "make check   lint, types, layers"
	@echo "make acts    learn the acts anew, after a change to their rows"
	@echo "make bench-understanding   the figures of intents in the README and docs/figures.md"
	@echo "make bench-acts            the figures of the acts, of the run or release MODEL"
	@echo "make bench-claims          how many right and wrong sentences a check of claims lets pass, of the run CHECK"
	@echo "make bench-follow-ups      how well messages are read in the light of the one before, by release RELEASE"
	@echo "make bench-requests        how many first requests start the flow that does them, by release RELEASE"
	@echo "make bench-knowledge       the figures of the search"
	@echo "make bench-responses       the figures of generated replies, at ROWS"
	@echo "make bench-growth          the figures of the stores, at SIZES (1k 10k 100k 1M)"
	@echo "make bench-server          the server under load, on the home HOME_DIR; beside the commit BEFORE, if given"
	@echo "make bench-round-trip      documents written and read back: every figure right or reported, at DOCUMENTS"
	@echo "make bench-masking         how much personal data is found, and what else is masked"
	@echo "make bench-flows           slots after each turn of dialogues about transfers and balances"
	@echo "make bench-slots           amounts, dates, periods, times and counts with the right span and value"
	@echo "make screenshots           pictures of the customer pages in every state, of the releases in HOME_FOLDER, into SCREENS"

# Byte code is left to be made on first use, which halves the time an install takes.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -e '.[train]'
	touch $@

$(VENV)/.ready: $(VENV)/.run
	$(INSTALL) -e '.[dev]'
	touch $@

run: $(VENV)/.run
	$(BIN)/tellerbot quickstart demo

# Tests wait for servers and browsers more than for the processor: four files run side by side, on two cores too.
PYTEST = HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 4 --dist loadfile --durations 25

test: $(VENV)/.ready
	$(PYTEST) -m "not slow"

# Those that take more than two seconds each, or whose fixtures take long.
test-slow: $(VENV)/.ready
	$(PYTEST) -m slow

# 200 customers act at once while the server is killed ten times, on SQLite and on PostgreSQL.
test-kills: $(VENV)/.ready
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest --override-ini addopts="-q --import-mode=importlib" --timeout 900 tests/slow/test_flows_killed.py

# Ten minutes of load and 50 reloads; shows what the server holds after each of 25 rounds.
test-soak: $(VENV)/.ready
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --override-ini addopts="-q --import-mode=importlib" --capture no tests/slow/test_soak.py

# On its real models, in a folder of its own, which goes when it is done.
test-demo: $(VENV)/.run
	home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && export TELLERBOT_HOME="$$home" HF_HUB_OFFLINE=1 \
	&& $(BIN)/tellerbot quickstart "$$home" --no-serve && $(BIN)/tellerbot test production

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --warnings
	$(BIN)/lint-imports

acts: $(VENV)/.run
	$(BIN)/python -m tellerbot.intents.learn_acts

bench-understanding: $(VENV)/.ready
	$(BIN)/python -m pytest --override-ini addopts="-q --import-mode=importlib" tests/slow/test_demo.py tests/slow/test_language_model.py
	$(BIN)/python benchmarks/understanding.py --data $(SHARED)

MODEL ?= demo/releases/1.0.0
bench-acts: $(VENV)/.ready
	$(BIN)/python benchmarks/acts.py $(MODEL)

bench-claims: $(VENV)/.ready
	$(BIN)/python benchmarks/claims.py $(CHECK)

RELEASE ?= production
bench-follow-ups: $(VENV)/.ready
	$(BIN)/python benchmarks/follow_ups.py --release $(RELEASE)

bench-requests: $(VENV)/.ready
	$(BIN)/python benchmarks/first_requests.py --release $(RELEASE)

bench-knowledge: $(VENV)/.ready
	$(BIN)/python benchmarks/knowledge.py --data $(SHARED)

ROWS ?= 2500
bench-responses: $(VENV)/.ready
	$(BIN)/python benchmarks/responses.py --rows $(ROWS)

SIZES ?= 1k 10k 100k 1M
bench-growth: $(VENV)/.ready
	$(BIN)/python benchmarks/growth.py --sizes $(SIZES)

HOME_DIR ?= demo
BEFORE ?=
bench-server: $(VENV)/.ready
	$(BIN)/python benchmarks/server.py --home $(HOME_DIR) $(if $(BEFORE),--before $(BEFORE))

bench-masking: $(VENV)/.ready
	$(BIN)/python benchmarks/masking.py

bench-flows: $(VENV)/.ready
	$(BIN)/python benchmarks/flows.py --data $(SHARED)

bench-slots: $(VENV)/.ready
	$(BIN)/python benchmarks/slots.py --data $(SHARED)

DOCUMENTS ?= 5000
bench-round-trip: $(VENV)/.ready
	$(BIN)/python benchmarks/round_trip.py --documents $(DOCUMENTS)

HOME_FOLDER ?= demo
SCREENS ?= screenshots
screenshots: $(VENV)/.ready
	HF_HUB_OFFLINE=1 $(BIN)/python benchmarks/screens.py --home $(HOME_FOLDER) --out $(SCREENS)

# Everything that is installed, pinned; the tag of a local build is not part of a version.
constraints: $(VENV)/.ready
	$(BIN)/python -m pip freeze --exclude-editable --exclude tellerbot | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) demo
