# SPDX-License-Identifier: LGPL-2.1-or-later
# A thin wrapper of meson: CONTRIBUTING.md says what each target runs.
#
#   make                    build in build/           make MESON_ARGS=-Dprefix=/usr/local
#   make demo               the main job on a simulated SAN; KEEP=1 leaves it running
#   make test               everything that can be tested here, with sanitizers, in build-test/
#   make torture            every fault at every request of a switch, by SEEDS=100 seeds; hours
#   make install            DESTDIR=DIR installs below DIR
#   make setup              install (apt) what building needs

BUILD ?= build
BUILD_TEST ?= build-test
MESON_ARGS ?=
SEEDS ?= 100
JOBS ?= $(shell nproc)
RIG ?= ../shared/lab
YANG ?= ../shared/yang
FIXTURES ?= ../shared/fixtures
TEST_ARGS = -Dwerror=true -Db_sanitize=address,undefined -Dtests=enabled -Dsimulator=enabled -Drig=$(RIG) -Dyang=$(YANG) -Dfixtures=$(FIXTURES)

.PHONY: all setup demo test torture install clean format dist

all: $(BUILD)/build.ninja
	@meson compile -C $(BUILD) -j $(JOBS)

$(BUILD)/build.ninja:
	@command -v meson >/dev/null || { echo "meson is not installed; as root: make setup" >&2; exit 1; }
	meson setup $(MESON_ARGS) $(BUILD)

setup:
	@tools/setup.sh build

demo:
	@tools/setup.sh build demo
	@$(MAKE) --no-print-directory all
	@KEEP=$(KEEP) lab/demo.sh $(BUILD)

test:
	@tools/setup.sh build test $(if $(wildcard $(RIG)/build.sh),rig)
	@test -e $(BUILD_TEST)/build.ninja || meson setup $(TEST_ARGS) $(MESON_ARGS) $(BUILD_TEST)
	@meson compile -C $(BUILD_TEST) -j $(JOBS)
	@tools/run-tests.py $(BUILD_TEST) --jobs $(JOBS)

# Every fault at every request, 100 draws of seeds: hours.
torture:
	@tools/setup.sh build test
	@test -e $(BUILD_TEST)/build.ninja || meson setup $(TEST_ARGS) $(MESON_ARGS) $(BUILD_TEST)
	@meson compile -C $(BUILD_TEST) -j $(JOBS)
	tests/e2e/torture.sh $(BUILD_TEST) $(SEEDS)

install: all
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

clean:
	rm -rf $(BUILD) $(BUILD_TEST)

format:
	@tools/setup.sh format
	git ls-files '*.c' '*.h' | xargs clang-format -i

dist: $(BUILD)/build.ninja
	meson dist -C $(BUILD) --no-tests
