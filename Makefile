# Everything a newcomer or CI runs. Only Python 3.11+, make and the package registries are needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Tests start kplan some thousand times: compiled anew each time it would take half as long again.
export PYTHONDONTWRITEBYTECODE :=

# The demo: one of the examples, each in a sandbox of its own; two-clusters is without replication.
PATTERN  ?= active-passive
PATTERNS := active-passive active-active two-clusters
DEMO     := examples/$(PATTERN)
SANDBOX  := demo-$(PATTERN)
WORKERS  := $(filter-out two-clusters,$(PATTERN))
RECORDS  := sh examples/records.sh $(BIN)/kplan $(SANDBOX)

.PHONY: help install demo stop test check quick real bench crash mutation lock golden docs tables build clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The environment follows the lock: hashes are checked, and a changed lock makes it anew.
$(VENV)/.installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing kplan and its tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

install: $(VENV)/.installed  ## install kplan and all tools into .venv

demo: install  ## two real Kafka clusters, one plan, one apply, records and offsets that come over; PATTERN=active-active, two-clusters
	@case " $(PATTERNS) " in *" $(PATTERN) "*) ;; *) echo "PATTERN is one of: $(PATTERNS)" >&2; exit 1;; esac
	@# State that describes clusters which are gone is worth nothing; only a sandbox that exists has logs.
	@$(BIN)/kplan sandbox logs --name $(SANDBOX) -n 0 >/dev/null 2>&1 || rm -rf $(DEMO)/state
	$(BIN)/kplan sandbox up --name $(SANDBOX) $(if $(WORKERS),--connect) --values $(DEMO)/sandbox.auto.kplanvars.hcl
	$(BIN)/kplan -chdir=$(DEMO) plan
	$(BIN)/kplan -chdir=$(DEMO) apply -auto-approve
ifeq ($(PATTERN),active-passive)
	@$(RECORDS) orders primary dr billing
endif
ifeq ($(PATTERN),active-active)
	@$(RECORDS) carts primary dr
	@$(RECORDS) carts dr primary
endif
	$(BIN)/kplan -chdir=$(DEMO) plan
	@echo
	@echo "Look around:"
	@echo "  $(BIN)/kplan -chdir=$(DEMO) state list"
	@$(if $(WORKERS),echo "  $(BIN)/kplan -chdir=$(DEMO) show replication_link.primary_to_dr")
	@echo "  $(BIN)/kplan sandbox run kafka-topics --name $(SANDBOX) --cluster $(if $(WORKERS),dr,primary) -- --describe"
	@$(if $(WORKERS),echo "  $(BIN)/kplan sandbox logs --name $(SANDBOX) dr --follow")
	@echo "Change $(DEMO)/main.kplan.hcl and plan again:"
	@echo "  $(BIN)/kplan -chdir=$(DEMO) plan"
	@echo "Stop the clusters and forget the demo:"
	@echo "  make stop"

stop: install  ## stop the demos' clusters and remove what they wrote
	-@for one in $(addprefix demo-,$(PATTERNS)); do $(BIN)/kplan sandbox down --name $$one; done
	rm -rf $(foreach one,$(PATTERNS),examples/$(one)/state examples/$(one)/sandbox.auto.kplanvars.hcl)

test: check quick real  ## every check: lint, types, import contracts, all tests on real Kafka

check: install  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: install  ## all tests that need no Kafka, on two cores
	$(BIN)/pytest -q -m "not kafka" --ignore tests/kafka -n 2 --dist worksteal

# With a third process brokers starve now and then, and are thrown out of their cluster in the middle of a test.
real: install  ## all tests on real Kafka, on two cores
	$(BIN)/pytest -q -m kafka -n 2 --dist loadfile --no-loadscope-reorder

bench: install  ## figures, beside a peer in the same run
	$(BIN)/python -m tests.bench

crash: install  ## 200 SIGKILLs on a real broker, and one at each record of a link's journal
	$(BIN)/python -m tests.crash
	KPLAN_KILLS=all $(BIN)/pytest -q -m kafka tests/kafka/test_link_whole.py

mutation: install  ## mutants of plan, apply, state and graph
	$(BIN)/python -m tests.mutation

golden: install  ## write the golden cases anew, on purpose; read the diff before you commit it
	KPLAN_GOLDEN=write $(BIN)/pytest -q tests/cases tests/unit/lang/test_lang_words.py

lock: install  ## resolve the dependencies anew into requirements.lock (hashes, no addresses)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra sandbox --extra msk --group dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o requirements.lock

docs: install  ## write docs/blocks.md from the schemas
	$(BIN)/python -c "from kplan.operations.schema import catalogue; from kplan.view.blocks_text import blocks_text; \
	  print(blocks_text(catalogue()), end='')" > docs/blocks.md

build: install  ## wheel and sdist
	$(BIN)/python -m hatchling build

tables: install  ## write the grammar's tables anew, after another python-hcl2 or lark was locked
	$(BIN)/python -m kplan.lang.grammar

clean:  ## remove what was built; caches and sandboxes of the user stay
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
