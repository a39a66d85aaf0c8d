# Needs Python, make and pip. `make` alone prints what there is.
PYTHON ?= python3
PHOTO  ?= hypercol/sample/nipomo.jpg
export PHOTO

MIN_PYTHON := $(shell sed -n 's/^min_python *= *//p' settings.ini)
SMALL := .venv-colorize
FULL  := .venv

# Only checked when an environment is made.
define check_python
@$(PYTHON) -c 'import sys; have, need = "%d.%d" % sys.version_info[:2], "$(MIN_PYTHON)"; \
old = [int(n) for n in have.split(".")] < [int(n) for n in need.split(".")]; \
sys.exit("hypercol needs Python " + need + " or newer, $(PYTHON) is " + have + \
"; name another: make PYTHON=python3.12" if old else 0)'
endef

.PHONY: help colorize test lab cleared playground try docs site env readme pictures bench rivals

help:
	@echo "make colorize               colorize hypercol/sample/nipomo.jpg with the small install (no torch)"
	@echo "make colorize PHOTO=a.jpg   colorize a photograph of your own; the result lies beside it"
	@echo "make lab                    open JupyterLab on index.ipynb"
	@echo "make cleared                copy the tutorials without outputs and answers, to predict first"
	@echo "make playground             open the playground, a page for photographs of your own"
	@echo "make try                    build the page that colorizes in a browser, into _try"
	@echo "make docs                   build the site from the notebooks as they are, into _site"
	@echo "make site                   build it and serve it on http://localhost:8000/"
	@echo "make test                   run everything that CI runs"
	@echo "make env                    only make or update the full environment, $(FULL)"
	@echo "make readme                 make README.md from index.ipynb"
	@echo "make pictures               redraw what depends on the shipped weights"
	@echo "make pictures SETS=FOLDER   the same, after measuring the card's figures again on the sets in a folder"
	@echo "make rivals SETS=... PHOTOGRAPHS=... RUNS=... OUT=...   train the competitors and measure all methods (hours)"
	@echo "make bench                  measure start, networks, growth and folders on this machine (20 minutes)"
	@echo
	@echo "PYTHON=python3.12 chooses the Python (at least $(MIN_PYTHON)) that makes an environment."

# The sample's result goes into this folder, because its source lies in the package. For a photograph of your own, the
# command decides.
colorize: $(SMALL)/stamp
	@if [ "$$PHOTO" = hypercol/sample/nipomo.jpg ]; \
	then $(SMALL)/bin/hypercol colorize "$$PHOTO" -o nipomo.color.jpg --overwrite --timings; \
	else $(SMALL)/bin/hypercol colorize "$$PHOTO" --timings; fi

test: $(FULL)/stamp
	@echo "== the notebooks"
	@PATH="$(CURDIR)/$(FULL)/bin:$$PATH" bash tests/notebooks.sh
	@echo "== the tests"
	@OMP_NUM_THREADS=1 $(FULL)/bin/python -m pytest tests -n 2 --dist worksteal

# JupyterLab strips scripts from notebooks that are not trusted; these came with the code that they run, so trust them.
# By default it asks for news on the network, and refuses to run as root, as one does in a container.
lab: $(FULL)/stamp cleared
	@$(FULL)/bin/jupyter trust index.ipynb nbs/*.ipynb nbs/*/*.ipynb >/dev/null
	@$(FULL)/bin/jupyter lab --LabApp.news_url=None $(if $(filter 0,$(shell id -u)),--allow-root) index.ipynb

# `make lab` opens them, too. Copies that exist are kept: somebody may have worked in them.
cleared: $(FULL)/stamp
	@$(FULL)/bin/python cleared.py

# voila.json forbids the page to load anything from another machine; the template leaves out what Voila would load.
playground: $(FULL)/stamp
	@JUPYTER_PATH=hypercol/static/jupyter $(FULL)/bin/voila nbs/playground.ipynb --template=playground

# The first call needs the network, for onnxruntime-web from npm; later ones do not.
try: $(FULL)/stamp
	@$(FULL)/bin/python site/try/build.py

# Needs no network. `make try` before it puts that page into the site.
docs: $(FULL)/stamp
	@$(FULL)/bin/python site/docs/make_site.py

site: docs
	@$(FULL)/bin/python site/try/serve.py _site

env: $(FULL)/stamp

readme: $(FULL)/stamp
	@$(FULL)/bin/python readme.py

pictures: $(FULL)/stamp
	@$(FULL)/bin/python pictures.py $(SETS) $(MODELS)

# Let nothing else run meanwhile.
bench: $(FULL)/stamp
	@$(FULL)/bin/python benchmarks/bench.py

# SETS: folder with the sets of photographs; PHOTOGRAPHS: folder with archives to train on; RUNS and OUT: folders for what
# is learned and for the table; DAHL: dahl2016.safetensors, if it is at hand. Resumes.
rivals: $(FULL)/stamp
	@$(FULL)/bin/python rivals.py train $(PHOTOGRAPHS) $(RUNS)
	@$(FULL)/bin/python rivals.py table $(SETS) $(PHOTOGRAPHS) $(RUNS) $(OUT) $(if $(DAHL),--dahl $(DAHL))
	@$(FULL)/bin/python rivals.py show $(SETS) $(PHOTOGRAPHS) $(RUNS) $(OUT) $(if $(DAHL),--dahl $(DAHL))

# A stamp is written last, so that the next call completes an environment whose installation was interrupted.
$(SMALL)/stamp: settings.ini setup.py constraints.txt $(shell find hypercol -type f ! -name '*.pyc')
	$(check_python)
	@echo "Making $(SMALL): the small install, about 60 MB to download."
	@$(SMALL)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(SMALL)
	@rm -rf build
	@$(SMALL)/bin/python -m pip install -q -c constraints.txt .
	@touch $@

$(FULL)/stamp: settings.ini setup.py constraints.txt
	$(check_python)
	@echo "Making $(FULL): torch, fastai, Jupyter and the tools; some minutes."
	@$(FULL)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(FULL)
	@$(FULL)/bin/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@
