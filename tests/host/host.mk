# SPDX-License-Identifier: BSD-2-Clause
#
# Host tests: the kernel's own .c files, compiled for the machine that builds,
# under AddressSanitizer and UndefinedBehaviorSanitizer, driven by cmocka.
#
#   make check-host                    build and run every tests/host/test_*.c
#   make check-host TESTS=cmdline      only this one (or several: TESTS="a b")
#   make check-host SEED=1234          repeat a random test that failed
#   make check-coverage                the same under gcov: lines run, per file
#
# A test names what it needs in its head comment; nothing is to be added here:
#
#    * Sources: lib/cmdline.c lib/parse.c
#    * Libs: -lfdt                     (optional)
#
#    * Machine: many CPUs             (optional: tests/host/many_cpus.h, not host.c)
#
# Such a test is built twice, once as NAME_tsan under ThreadSanitizer. They run for two seconds each;
#
#   make check-cpus                    all of them, for CPUS_SECONDS: 60 by default
#
# Where mm/x.c is named, mm/x_check.c comes along, if there is one.

HOSTCC ?= cc

host_dir := $(BUILD)/host

host_warnings := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
host_sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=all
ifdef HOST_COVERAGE
host_sanitizers := --coverage
endif
# The image's symbols that the host's linker has of its own have other names.
host_cflags := -std=gnu11 -g -O1 -fno-omit-frame-pointer $(host_warnings) $(host_sanitizers) \
	$(if $(filter 1,$(WERROR)),-Werror) -DGRANULE_HOST -Iinclude -Itests/host -MMD -MP \
	-D_end=_granule_end -D_etext=_granule_etext -D_edata=_granule_edata

# Files that implement the C library's functions do so under other names on the
# host, where the C library is what they are compared with.
host_libc_names := memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp \
	strncasecmp strchr strrchr strtoul vsnprintf snprintf
host_renamed := lib/string.c lib/vsnprintf.c
host_rename_flags := -fno-builtin $(foreach name,$(host_libc_names),-D$(name)=granule_$(name))

# What host.c formats by: every test links it.
host_said_by := lib/vsnprintf.c lib/printable.c lib/string.c

# $(call named_in,Sources,FILE): the words after " * Sources:" in FILE.
named_in = $(shell sed -n 's/^ \* $(1): *//p' $(2))

host_all_tests := $(patsubst tests/host/test_%.c,%,$(wildcard tests/host/test_*.c))
host_cpus_tests := $(patsubst tests/host/test_%.c,%,$(shell grep -l '^ \* Machine: many CPUs' tests/host/test_*.c))
host_tests := $(filter-out $(host_cpus_tests),$(host_all_tests))
TESTS ?= $(host_tests) $(host_cpus_tests) $(host_cpus_tests:%=%_tsan)

# $(call with_checks,SOURCES...): a file's *_check.c comes along.
with_checks = $(1) $(wildcard $(patsubst %.c,%_check.c,$(1)))

# $(call host_objects,DIR,SOURCES...)
host_objects = $(patsubst %,$(1)/%.o,$(basename $(2)))

define host_program
$(host_dir)/test_$(1): $(call host_objects,$(host_dir)/obj,tests/host/test_$(1).c tests/host/host.c $(host_said_by) \
		$(call with_checks,$(call named_in,Sources,tests/host/test_$(1).c))) | deps-host
	@mkdir -p $$(@D)
	@echo '  HOSTLD  $$@'
	$$(Q)$$(HOSTCC) $(host_sanitizers) -o $$@ $$^ $(call named_in,Libs,tests/host/test_$(1).c) -lcmocka
endef
$(foreach test,$(host_tests),$(eval $(call host_program,$(test))))

# $(call host_cpus_program,NAME,DIR,PROGRAM): by objects in $(host_dir)/DIR.
define host_cpus_program
$(host_dir)/test_$(3): $(call host_objects,$(host_dir)/$(2),tests/host/test_$(1).c $(wildcard tests/host/many_cpus*.c) \
		$(host_said_by) $(call named_in,Sources,tests/host/test_$(1).c)) | deps-host
	@mkdir -p $$(@D)
	@echo '  HOSTLD  $$@'
	$$(Q)$$(HOSTCC) $(host_$(2)_sanitizers) -o $$@ $$^ -lcmocka -lpthread
endef

host_cpus_sanitizers := -fsanitize=undefined -fno-sanitize-recover=all
host_tsan_sanitizers := -fsanitize=thread
host_cpus_cflags := $(filter-out $(host_sanitizers),$(host_cflags)) -Dsched_yield=granule_sched_yield
$(foreach test,$(host_cpus_tests),$(eval $(call host_cpus_program,$(test),cpus,$(test))))
$(foreach test,$(host_cpus_tests),$(eval $(call host_cpus_program,$(test),tsan,$(test)_tsan)))

define host_cpus_rule
$(host_dir)/$(1)/%.o: %.c | deps-host
	@mkdir -p $$(@D)
	@echo '  HOSTCC  $$<'
	$$(Q)$$(HOSTCC) $$(host_cpus_cflags) $(host_$(1)_sanitizers) \
		$$(if $$(filter $$<,$$(host_renamed)),$$(host_rename_flags)) -c -o $$@ $$<
endef
$(foreach dir,cpus tsan,$(eval $(call host_cpus_rule,$(dir))))

$(host_dir)/obj/%.o: %.c | deps-host
	@mkdir -p $(@D)
	@echo '  HOSTCC  $<'
	$(Q)$(HOSTCC) $(host_cflags) $(if $(filter $<,$(host_renamed)),$(host_rename_flags)) -c -o $@ $<

$(host_dir)/obj/%.o: %.S | deps-host
	@mkdir -p $(@D)
	@echo '  HOSTAS  $<'
	$(Q)$(HOSTCC) -c -o $@ $<

# A symbol table, from a listing as nm prints it.
$(host_dir)/obj/%.o: %.nm scripts/mksymbols.py | deps-build deps-host
	@mkdir -p $(@D)
	@echo '  HOSTNM  $<'
	$(Q)scripts/mksymbols.py <$< >$(@:.o=.S)
	$(Q)$(HOSTCC) -c -o $@ $(@:.o=.S)

# NAME[], the instructions of NAME.a64 as the kernel's own toolchain encodes them.
$(host_dir)/obj/%.o: %.a64 | deps-build deps-host
	@mkdir -p $(@D)
	@echo '  HOSTA64 $<'
	$(Q)$(CC) -x assembler -c -o $(@:.o=.elf) $<
	$(Q)$(OBJCOPY) -O binary -j .text $(@:.o=.elf) $(@:.o=.bin)
	$(Q)printf '.section .rodata\n.balign 4\n.globl %s\n%s: .incbin "%s"\n.section %s\n' \
		$(*F) $(*F) $(@:.o=.bin) '.note.GNU-stack,"",%progbits' > $(@:.o=.S)
	$(Q)$(HOSTCC) -c -o $@ $(@:.o=.S)

-include $(shell find $(host_dir)/obj $(host_dir)/cpus $(host_dir)/tsan -name '*.d' 2>/dev/null)

.PHONY: check-host check-cpus check-coverage
check-host: $(TESTS:%=$(host_dir)/test_%)
	@$(if $(SEED),GRANULE_SEED=$(SEED)) tests/host/run $^

CPUS_SECONDS ?= 60
check-cpus: $(foreach test,$(host_cpus_tests),$(host_dir)/test_$(test) $(host_dir)/test_$(test)_tsan)
	@$(if $(SEED),GRANULE_SEED=$(SEED)) GRANULE_SECONDS=$(CPUS_SECONDS) tests/host/run $^

check-coverage:
	@rm -rf $(BUILD)/coverage/host
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) check-host BUILD=$(BUILD)/coverage HOST_COVERAGE=1 HOSTCC=gcc
	@tests/host/coverage $(BUILD)/coverage/host/obj
