# GNU make 3.81 and a POSIX shell are enough. SEED= and MODEL= reach the demonstration, ARGS= reaches pytest.
VENV = .venv

.PHONY: help demo test lint slow clean

help:
	@echo "make demo    see the whole line on a small repository (SEED=1 MODEL=NAME are passed on)"
	@echo "make test    the test suite, offline after installation"
	@echo "make lint    ruff, mypy and the import ladder"
	@echo "make slow    the tests that need the embedded model"

demo:
	@sh scripts/setup local
	@$(VENV)/bin/memcoder demo $(if $(SEED),--seed $(SEED)) $(if $(MODEL),--model "$(MODEL)")

# The small model is what the tests of serving run on; where it cannot be had they say that they were skipped.
# Two processes share the tests; ARGS="-n 0" runs them in one.
test:
	@sh scripts/setup local dev
	-@$(VENV)/bin/memcoder model pull --small >/dev/null
	@$(VENV)/bin/python -m pytest -n 2 --dist loadgroup --durations 15 $(ARGS)

lint:
	@sh scripts/setup local dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

slow:
	@sh scripts/setup local dev
	@$(VENV)/bin/python -m pytest -m slow $(ARGS)

clean:
	rm -rf $(VENV) dist build
