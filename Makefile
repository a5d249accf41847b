# The front door. Meson does the work; everything here is one or two commands that can be typed as well.
#
#   make              build all tools
#   make deps         install what is missing (FOR="build parquet demo kafka test lakehouse"; default build and parquet)
#   make demo         MySQL to an SQLite view, live: private server, small shop, a writer, four tools
#   make demo-kafka   the same through a real Kafka
#   make demo-lakehouse  by way of Kafka into tables of Apache Iceberg, read back by DuckDB
#   make test         build and run the tests; make test-all adds the slow ones
#   make bench        rows/s, MB/s, CPU and memory on this machine
#   make install      bin, man, completions (PREFIX=/usr/local, DESTDIR=)
#   make fuzz         random inputs for FUZZ_SECONDS (default 60) a target; libFuzzer's targets too where clang++ is
#   make format       clang-format
#   make clean        remove the build folders

BUILD ?= build
PREFIX ?= /usr/local
FOR ?= build parquet
FUZZ_SECONDS ?= 60
MESON_OPTIONS ?=
SUITES ?=

SETUP = test -f $(1)/build.ninja || meson setup $(1) --prefix $(PREFIX) $(2) $(MESON_OPTIONS)
DEMO_TOOLS = $(foreach tool,binlog-tail cdc-encode cdc-sql cdc-apply,tools/$(tool)/$(tool))
KAFKA_TOOLS = $(DEMO_TOOLS) tools/kcat-produce/kcat-produce tools/kcat-produce/kcat-consume

all:
	@$(call SETUP,$(BUILD))
	@ninja -C $(BUILD)

deps:
	@scripts/deps $(FOR)

demo:
	@scripts/deps build demo
	@$(call SETUP,$(BUILD)) >/dev/null
	@ninja -C $(BUILD) --quiet $(DEMO_TOOLS)
	@BUILD=$(BUILD) scripts/demo

demo-kafka:
	@scripts/deps build demo kafka
	@$(call SETUP,$(BUILD)) >/dev/null
	@ninja -C $(BUILD) --quiet $(KAFKA_TOOLS)
	@BUILD=$(BUILD) scripts/demo-kafka

demo-lakehouse:
	@scripts/deps build demo kafka parquet lakehouse
	@$(call SETUP,$(BUILD)) >/dev/null
	@ninja -C $(BUILD) --quiet $(KAFKA_TOOLS) tools/cdc-apply/libcdcparquet.so
	@BUILD=$(BUILD) scripts/demo-lakehouse

test: test-builds
	@tests/run --build $(BUILD) --sanitized $(BUILD)-sanitized $(SUITES)

test-all: test-builds
	@tests/run --build $(BUILD) --sanitized $(BUILD)-sanitized --slow $(SUITES)

# The second build finds what the first forgives: addresses and undefined behaviour.
test-builds:
	@scripts/deps build demo kafka test parquet lakehouse
	@$(call SETUP,$(BUILD))
	@ninja -C $(BUILD)
	@$(call SETUP,$(BUILD)-sanitized,-Db_sanitize=address$(,)undefined -Db_lundef=false -Doptimization=0 -Ddebug=true -Dcpp_args=-g1)
	@ninja -C $(BUILD)-sanitized

bench: all
	@scripts/deps demo kafka
	@BUILD=$(BUILD) scripts/bench
	@BUILD=$(BUILD) scripts/bench-apply
	@BUILD=$(BUILD) scripts/bench-sql
	@BUILD=$(BUILD) scripts/bench-debezium

fuzz: test-builds
	@CDC_FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run --build $(BUILD) --sanitized $(BUILD)-sanitized fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/libfuzzer $(BUILD)-fuzz

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD)

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format -i

clean:
	@rm -rf $(BUILD) $(BUILD)-sanitized $(BUILD)-fuzz

, := ,
.PHONY: all deps demo demo-kafka demo-lakehouse test test-all test-builds bench fuzz install format clean
