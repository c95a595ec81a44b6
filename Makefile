# Thin on purpose: what a target does stands in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run build test atlas fleet fleet-down bench bench-cluster asan ubsan tsan format lint clean

help:            ## this list
	@sed -n 's/^\([a-z-]*\): *## */\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run:             ## install what is missing, build, and start on SQLite below ./storage
	@scripts/run.sh

build:           ## build/release/flotilla
	@scripts/build.sh release

test:            ## install what is missing, build, and run every suite (SUITES="unit sdk" for some)
	@scripts/test.sh $(SUITES)

atlas:           ## load countries and cities into a running server and check the answers
	@scripts/atlas.sh

fleet:           ## PostgreSQL, Redis 8, RabbitMQ 4, nginx and three nodes on this machine, with Atlas loaded
	@scripts/fleet.sh up

fleet-down:      ## end what `make fleet` started
	@scripts/fleet.sh down

bench:           ## speed next to nginx and plain SQLite, see bench/README.md
	@scripts/bench.sh

bench-cluster:   ## speed of cache, queue, locks and signals next to bare clients of the same servers (CASES="lock" for some)
	@scripts/bench-cluster.sh $(CASES)

asan:            ## build/asan: with AddressSanitizer
	@scripts/build.sh asan

ubsan:           ## build/ubsan: with UndefinedBehaviorSanitizer
	@scripts/build.sh ubsan

tsan:            ## build/tsan: with ThreadSanitizer
	@scripts/build.sh tsan

format:          ## clang-format all sources in place
	@scripts/lint.sh --fix

lint:            ## formatting, shell scripts, JavaScript syntax
	@scripts/lint.sh

clean:           ## remove build/
	@rm -rf build
