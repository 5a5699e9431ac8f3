# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzz targets: the kernel's own .c files under libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer. Needs clang, whatever the kernel is built with.
#
#   make check-fuzz                    every target for FUZZ_SECONDS, 10 by default
#   make fuzz                          the same for 600 seconds
#   make fuzz FUZZERS=cmdline          only this one
#
# A target is a file tests/fuzz/fuzz_NAME.c, which names what it needs in its head
# comment as a host test does ("Sources:", "Libs:"); nothing is to be added here.
# Files that implement the C library's functions have other names, as in tests/host/host.mk.
# Its seeds are the files in tests/fuzz/corpus/NAME; what the fuzzer finds worth
# keeping stays in $(BUILD)/fuzz/corpus/NAME, crashes in $(BUILD)/fuzz/crashes.

FUZZCC ?= $(firstword $(foreach name,clang clang-14 clang-16 clang-15,$(shell command -v $(name))) clang)

fuzz_dir := $(BUILD)/fuzz
fuzz_sanitizers := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz_cflags := -std=gnu11 -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Wconversion -Wshadow \
	$(if $(filter 1,$(WERROR)),-Werror) -DGRANULE_HOST -Iinclude -Itests/host -MMD -MP

fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS ?= $(fuzz_targets)

# $(call fuzz_named_in,Sources,FILE): the words after " * Sources:" in FILE.
fuzz_named_in = $(shell sed -n 's/^ \* $(1): *//p' $(2))

define fuzz_program
$(fuzz_dir)/fuzz_$(1): $(patsubst %.c,$(fuzz_dir)/obj/%.o,tests/fuzz/fuzz_$(1).c tests/host/host.c $(host_said_by) \
		$(call with_checks,$(call fuzz_named_in,Sources,tests/fuzz/fuzz_$(1).c))) | deps-fuzz
	@echo '  FUZZLD  $$@'
	$$(Q)$$(FUZZCC) $(fuzz_sanitizers) -o $$@ $$^ $(call fuzz_named_in,Libs,tests/fuzz/fuzz_$(1).c)
endef
$(foreach target,$(fuzz_targets),$(eval $(call fuzz_program,$(target))))

$(fuzz_dir)/obj/%.o: %.c | deps-fuzz
	@mkdir -p $(@D)
	@echo '  FUZZCC  $<'
	$(Q)$(FUZZCC) $(fuzz_sanitizers) $(fuzz_cflags) \
		$(if $(filter $<,$(host_renamed)),$(host_rename_flags)) -c -o $@ $<

-include $(shell find $(fuzz_dir)/obj -name '*.d' 2>/dev/null)

.PHONY: check-fuzz fuzz
check-fuzz fuzz: $(FUZZERS:%=$(fuzz_dir)/fuzz_%)
	@tests/fuzz/run $(FUZZ_SECONDS) $^

check-fuzz: FUZZ_SECONDS ?= 10
fuzz: FUZZ_SECONDS ?= 600
