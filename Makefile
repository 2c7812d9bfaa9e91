# Halfway's two entry points: `make report` and `make test`. Both install libmpfr and zlib where
# they are missing.
# `make install PREFIX=...` puts the command where a shell finds it.

SWIFT ?= swift
STEPS ?= 200
OUTPUT ?= reports/mixed-precision-step
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: report test test-build test-python test-library test-builds test-portable build python wheel distribution documentation install uninstall lint campaigns faults clean prerequisites

# Builds, verifies the arithmetic, runs the training twins and writes the report.
report: build
	@echo "next: the arithmetic against MPFR, then $(STEPS) training steps under each policy; about a minute"
	$(SWIFT) run -c release --skip-build halfway report --output $(OUTPUT) --steps $(STEPS)

# Builds and runs every test, Python's and Swift's, optimized: the arithmetic tests compare millions of results. The build is
# kept apart, because testing changes it.
TEST_BUILD = -c release -Xswiftc -enable-testing --scratch-path .build/testing
test: prerequisites
	$(MAKE) test-build
	$(MAKE) test-builds
	$(MAKE) test-python
	$(SWIFT) test $(TEST_BUILD) --skip-build

test-build: prerequisites
	$(SWIFT) build $(TEST_BUILD) --build-tests

# The tests of Python's part, in an environment of their own with NumPy and torch for the CPU; those of JAX run where it
# is installed in it. Without a network they are left out, unless ALL_TESTS is set.
PYTHON ?= python3
ENVIRONMENT := .build/python
test-python: test-library
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || ! command -v apt-get >/dev/null \
	  || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; } || true
	@[ -x $(ENVIRONMENT)/bin/pytest ] \
	  || { $(PYTHON) -m venv $(ENVIRONMENT) && $(ENVIRONMENT)/bin/pip install -q numpy ml_dtypes safetensors pytest mypy; } \
	  || rm -rf $(ENVIRONMENT)
	@[ ! -x $(ENVIRONMENT)/bin/pip ] || $(ENVIRONMENT)/bin/python -c 'import torch' 2>/dev/null \
	  || $(ENVIRONMENT)/bin/pip install -q torch==2.13.0+cpu || $(ENVIRONMENT)/bin/pip install -q torch \
	  || { echo "left out: the tests of halfway.torch, whose torch cannot be installed"; [ -z "$(ALL_TESTS)" ]; }
	@if [ -x $(ENVIRONMENT)/bin/pytest ]; then \
	  HALFWAY_LIBRARY=$(TEST_LIBRARY) HALFWAY_COMMAND=$(CURDIR)/.build/testing/release/halfway $(ENVIRONMENT)/bin/pytest -q -p no:cacheprovider Python/tests; \
	  else echo "left out: the tests in Python/tests, whose NumPy and pytest cannot be installed"; [ -z "$(ALL_TESTS)" ]; fi

# Whether the builds that this machine can run have the same results: kernels alone, built for each.
BUILDS := portable $(if $(shell grep -m1 -o avx2 /proc/cpuinfo 2>/dev/null),x86-64-v3) \
  $(if $(shell grep -m1 -o avx512vl /proc/cpuinfo 2>/dev/null),x86-64-v4)
test-builds: prerequisites
	for build in $(BUILDS); do \
	  HALFWAY_MARCH=$$build $(SWIFT) run $(LIBRARY_BUILD) --scratch-path .build/$$build digest-check || exit 1; \
	done

# The C library for the tests of Python's part, of the modules that were built to be compared, so that little is left to
# compile.
LIBRARY_BUILD := -c release $(if $(filter Linux,$(shell uname -s)),-Xswiftc -static-stdlib)
LIBRARY_SUFFIX := $(if $(filter Darwin,$(shell uname -s)),dylib,so)
TEST_LIBRARY = $(CURDIR)/.build/$(lastword $(BUILDS))/release/libHalfwayC.$(LIBRARY_SUFFIX)
test-library: prerequisites
	HALFWAY_MARCH=$(lastword $(BUILDS)) $(SWIFT) build $(LIBRARY_BUILD) --scratch-path .build/$(lastword $(BUILDS)) \
	  --product HalfwayC

# The tests in a build without the machine's own instructions.
test-portable: prerequisites
	HALFWAY_MARCH=portable $(SWIFT) build $(TEST_BUILD)-portable --build-tests
	HALFWAY_MARCH=portable $(SWIFT) test $(TEST_BUILD)-portable --skip-build

# The tool, and beside it the commit it was built from, which its results name.
build: prerequisites
	@[ -x .build/release/halfway ] || echo "building halfway: some three to seven minutes on two cores the first time," \
	  "seconds later on; the longest are SoftFloat (arithmetic), Network (layers in five arithmetics) and halfway (the command)"
	$(SWIFT) build -c release --product halfway
	@[ -e .git ] && commit=$$(git describe --always --abbrev=12 2>/dev/null) \
	  && changes=$$(git status --porcelain -- Package.swift Sources) \
	  && echo "$$commit$${changes:+-dirty}" >.build/release/halfway.commit \
	  || rm -f .build/release/halfway.commit

# The C library in Python's package, for this machine; what it needs is in it, but for the C and C++ runtimes.
python:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install"; exit 2; }
	$(SWIFT) build $(LIBRARY_BUILD) --scratch-path .build/library --product HalfwayC
	install -m 755 .build/library/release/libHalfwayC.$(LIBRARY_SUFFIX) Python/halfway/libhalfway.$(LIBRARY_SUFFIX)
	strip -x Python/halfway/libhalfway.$(LIBRARY_SUFFIX)
	@echo "built: Python/halfway/libhalfway.$(LIBRARY_SUFFIX); next: pip install ./Python"

# A wheel for other machines of this kind: a library for each level of their processors, of which the package loads the
# highest whose instructions it finds. WHEEL is where it goes.
WHEEL ?= .build/wheel
wheel:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install"; exit 2; }
	rm -rf Python/halfway/libhalfway* Python/build Python/*.egg-info
	for level in $(LEVELS); do \
	  HALFWAY_MARCH=$$level $(SWIFT) build $(LIBRARY_BUILD) --scratch-path .build/$$level --product HalfwayC \
	  && file=Python/halfway/libhalfway$$([ $$level = portable ] || echo -$$level).$(LIBRARY_SUFFIX) \
	  && install -m 755 .build/$$level/release/libHalfwayC.$(LIBRARY_SUFFIX) $$file && strip -x $$file || exit 1; \
	done
	$(PYTHON) -m pip wheel -q --no-deps --wheel-dir $(WHEEL) ./Python
	@ls -l $(WHEEL)/halfway-*.whl

# A folder for other machines of this kind, which need the Swift runtime, libmpfr and zlib: a build for each level of
# its processors, and a command that runs the one whose instructions it finds.
DISTRIBUTION ?= .build/distribution
LEVELS := portable $(if $(filter x86_64 amd64,$(shell uname -m)),x86-64-v3 x86-64-v4)
distribution: prerequisites
	for build in $(LEVELS); do \
	  HALFWAY_MARCH=$$build $(SWIFT) build -c release --product halfway --scratch-path .build/$$build \
	  && install -d $(DISTRIBUTION)/bin $(DISTRIBUTION)/libexec/halfway/$$build \
	  && install -m 755 .build/$$build/release/halfway $(DISTRIBUTION)/libexec/halfway/$$build/halfway || exit 1; \
	done
	install -m 755 Distribution/halfway.sh $(DISTRIBUTION)/bin/halfway

# Installs the command, completions for bash, zsh and fish, and a manual page under PREFIX.
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share
install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/bash-completion/completions \
	  $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install -m 755 .build/release/halfway $(DESTDIR)$(PREFIX)/bin/halfway
	install -d $(SHARE)/halfway
	install -m 644 Python/halfway_kernel.py $(SHARE)/halfway/halfway_kernel.py
	install -d $(DESTDIR)$(PREFIX)/include
	install -m 644 include/halfway_kernel.h $(DESTDIR)$(PREFIX)/include/halfway_kernel.h
	install -m 644 include/halfway.h $(DESTDIR)$(PREFIX)/include/halfway.h
	install -m 644 include/halfway_recorder.h $(DESTDIR)$(PREFIX)/include/halfway_recorder.h
	@library=.build/library/release/libHalfwayC.$(LIBRARY_SUFFIX); [ ! -e $$library ] \
	  || { install -d $(DESTDIR)$(PREFIX)/lib \
	  && install -m 755 $$library $(DESTDIR)$(PREFIX)/lib/libhalfway.$(LIBRARY_SUFFIX); }
	@[ ! -e .build/release/halfway.commit ] \
	  || install -m 644 .build/release/halfway.commit $(DESTDIR)$(PREFIX)/bin/halfway.commit
	.build/release/halfway --generate-completion-script bash >$(SHARE)/bash-completion/completions/halfway
	.build/release/halfway --generate-completion-script zsh >$(SHARE)/zsh/site-functions/_halfway
	.build/release/halfway --generate-completion-script fish >$(SHARE)/fish/vendor_completions.d/halfway.fish
	sh Experiments/manual/manual.sh .build/release/halfway >$(SHARE)/man/man1/halfway.1

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/halfway $(DESTDIR)$(PREFIX)/bin/halfway.commit \
	  $(SHARE)/halfway/halfway_kernel.py $(DESTDIR)$(PREFIX)/include/halfway_kernel.h \
	  $(DESTDIR)$(PREFIX)/include/halfway.h $(DESTDIR)$(PREFIX)/include/halfway_recorder.h $(DESTDIR)$(PREFIX)/lib/libhalfway.$(LIBRARY_SUFFIX) \
	  $(SHARE)/bash-completion/completions/halfway $(SHARE)/zsh/site-functions/_halfway \
	  $(SHARE)/fish/vendor_completions.d/halfway.fish $(SHARE)/man/man1/halfway.1

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

# The documentation of the library's modules, as DocC makes it; a warning is an error.
documentation: build
	for module in Formats SoftFloat; do \
	  graphs=.build/documentation/$$module/graphs; rm -rf $$graphs; mkdir -p $$graphs; \
	  $(SWIFT) symbolgraph-extract -module-name $$module -minimum-access-level public -output-dir $$graphs \
	    -target $$($(SWIFT) -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p') \
	    -I .build/release/Modules -I Sources/CProcessor -I Sources/CMPFR \
	  && docc convert --additional-symbol-graph-dir $$graphs --output-path .build/documentation/$$module.doccarchive \
	    --fallback-display-name $$module --fallback-bundle-identifier halfway.$$module \
	    --analyze --warnings-as-errors || exit 1; \
	done

# The complete campaigns whose results are committed under reports/verification; their own clocks add
# up to 106 minutes on two cores.
campaigns: build
	./Experiments/arithmetic/campaigns.sh

# Plants named faults in a copy of the arithmetic, one at a time, and asks of the case sets that they
# notice each; the product's sources hold none.
faults: prerequisites
	python3 Experiments/faults/faults.py .build/faults
	$(SWIFT) run -c release --package-path .build/faults Runner \
	  Experiments/faults/faults.json Experiments/faults/result.json

clean:
	$(SWIFT) package clean

prerequisites:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install"; exit 2; }
	@if ! { command -v pkg-config >/dev/null && pkg-config --exists mpfr zlib; }; then \
	  if command -v apt-get >/dev/null; then \
	    echo "installing libmpfr-dev, zlib1g-dev and pkg-config"; \
	    $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq libmpfr-dev zlib1g-dev pkg-config; \
	  else \
	    echo "libmpfr or zlib is missing: install their development files and pkg-config (Debian: libmpfr-dev zlib1g-dev pkg-config; macOS: brew install mpfr zlib pkg-config)"; \
	    exit 2; \
	  fi; \
	fi
