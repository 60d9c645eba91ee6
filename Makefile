# Everything runs in .venv, which these targets make themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help:                            ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

.PHONY: help demo run test test-homeassistant test-nodered coverage check audit sbom addon format \
	docs picture pictures proto test-pythons soak benchmark faults storms ordeal kills fuzz fleet clean

demo: $(READY)                   ## a simulated house, a broker, the bridge and the live view
	$(BIN)/powerwall-mqtt demo

run: $(READY)                    ## the bridge itself, with the settings of the environment and .env
	$(BIN)/powerwall-mqtt run

test: $(READY)                   ## all tests, against a real mosquitto
	tests/need.sh browser
	-tests/homeassistant/install.sh
	$(BIN)/python -m pytest

test-homeassistant: $(READY)     ## the tests on a real Home Assistant, which is installed for them
	tests/need.sh browser
	tests/homeassistant/install.sh
	$(BIN)/python -m pytest -rs tests/homeassistant

test-nodered: $(READY)           ## the shipped flows in a real Node-RED, which this installs (npm)
	tests/need.sh browser
	$(BIN)/python -m pytest -rs tests/nodered

coverage: $(READY)               ## what the tests of the parts reach, line by line
	$(BIN)/python -m pytest --cov=bridge --ignore=tests/end_to_end --ignore=tests/homeassistant \
		--ignore=tests/nodered --ignore=tests/trials

check: $(READY)                  ## format, lint, types, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/audit.py

audit: $(READY)                  ## known vulnerabilities of the pinned packages
	$(BIN)/python tests/audit.py

SBOM := build/sbom

sbom: $(READY)                   ## what an installation consists of, as CycloneDX in dist/
	rm -rf $(SBOM) && mkdir -p dist
	$(PYTHON) -m venv --without-pip $(SBOM)
	$(BIN)/python -m pip --python $(SBOM)/bin/python install --quiet \
		--disable-pip-version-check -c requirements-dev.txt -e .
	sed "s/^dynamic = .*/version = \"$$($(BIN)/python -c 'import bridge; print(bridge.__version__)')\"/" \
		pyproject.toml > $(SBOM)/pyproject.toml
	$(BIN)/cyclonedx-py environment --pyproject $(SBOM)/pyproject.toml --output-reproducible \
		-o dist/powerwall-mqtt.cdx.json $(SBOM)/bin/python

ADDON := dist/addon
# what a link to a page leads to is not in the add-on: its words stay
UNLINKED := sed -E 's/!?\[([^]]*)\]\([^\#:)][^:)]*\)/\1/g'

addon:                           ## the add-on of Home Assistant, in dist/addon
	rm -rf $(ADDON) && mkdir -p $(ADDON)/powerwall_mqtt
	cp -RL homeassistant/addon/. bridge pyproject.toml LICENSE requirements-dev.txt \
		$(ADDON)/powerwall_mqtt
	mv $(ADDON)/powerwall_mqtt/repository.yaml $(ADDON)
	$(UNLINKED) CHANGELOG.md >$(ADDON)/powerwall_mqtt/CHANGELOG.md
	find $(ADDON) -name __pycache__ -prune -exec rm -rf {} +

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)                   ## regenerate what is generated from the tables
	$(BIN)/python docs/generate.py

pictures: $(READY)               ## a simulated house in a real Home Assistant, pictured with chromium
	tests/need.sh browser
	tests/homeassistant/install.sh
	PYTHONPATH=tests $(BIN)/python docs/homeassistant_pictures.py

picture: $(READY)                ## the screenshot of the Node-RED dashboard (npm, chromium)
	tests/need.sh browser
	PYTHONPATH=tests:tests/nodered $(BIN)/python docs/node_red_picture.py

proto: $(READY)                  ## regenerate bridge/gateway/tesla_pb2.py
	$(BIN)/python -m grpc_tools.protoc -Iproto --python_out=bridge/gateway \
		--pyi_out=bridge/gateway proto/tesla.proto

test-pythons:                    ## the tests on every interpreter from 3.11 on that is found
	tests/pythons.sh

benchmark: $(READY)              ## CPU, messages and latency beside the bare floor
	$(BIN)/python -m benchmarks.poll
	$(BIN)/python -m benchmarks.messages

soak: $(READY)                   ## 3,600 polls in 24 minutes: errors, logins, memory
	$(BIN)/python -m benchmarks.soak

# A shorter one, or one that is chosen: make kills ARGS="--count 10", make faults ARGS=reboot
ARGS :=
TRIAL := tests/need.sh && PYTHONPATH=tests $(BIN)/python -m trials

faults: $(READY)                 ## every fault, what came of it, into docs/faults.md (10 min)
	$(TRIAL).faults $(or $(ARGS),--page)

storms: $(READY)                 ## logins under every fault, and on days of refusal (10 min)
	$(TRIAL).storms $(ARGS)

ordeal: $(READY)                 ## half an hour of random faults, then compare with a fresh bridge
	$(TRIAL).soak $(ARGS)

kills: $(READY)                  ## kill -9 at 200 random moments (7 min)
	$(TRIAL).kills $(ARGS)

fuzz: $(READY)                   ## 100,000 random commands and as many mutated answers (10 min)
	$(TRIAL).fuzz $(ARGS)

fleet: $(READY)                  ## 20 gateways of which 5 hang (3 min)
	$(TRIAL).fleet $(ARGS)

clean:                           ## remove what the targets made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist *.egg-info

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $(READY)
