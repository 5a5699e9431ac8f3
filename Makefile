# SPDX-License-Identifier: BSD-2-Clause
#
# Granule: one AArch64 kernel image for 4K, 16K and 64K pages.
#
# `make run` and `make check` install what they need (DEPS=no: say what is missing instead).
# `make help` lists the targets and variables.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

# ---- settings: of make's command line, or GRANULE_NAME of the environment ----
# Others export CPU, MEM, LLVM and the like, and mean something else.

machine_settings := PAGESIZE CMDLINE MACHINE ACCEL CPU MEM SMP EL2 SECURE GIC NUMA INITRD DTB \
	SEMIHOSTING ICOUNT JUNK GDB FIRMWARE ACPI LOADER ADDR STATE KERNEL
build_settings := TOOLS USER EFI SAN BUILD CONST_PAGESIZE CPUS_SECONDS CROSS_COMPILE DEBUG DEPS FUZZCC FUZZERS FUZZ_SECONDS HOSTCC \
	HOST_COVERAGE LIBFDT_SRC LLVM Q SEED TESTS WERROR fetched

define take_setting
ifneq ($$(filter environment%,$$(origin $(1))),)
undefine $(1)
endif
ifeq ($$(origin $(1)),undefined)
ifneq ($(GRANULE_$(1)),)
$(1) := $$(GRANULE_$(1))
endif
endif
endef
$(foreach name,$(build_settings),$(eval $(call take_setting,$(name))))

# For scripts/run and others that start a machine, which read the rest of the environment themselves.
machine_arguments = $(foreach name,$(machine_settings),$(if $(filter command,$(origin \
	$(name))),$(name)='$(subst ','\'',$($(name)))'))

Q ?= @
DEPS ?= yes
WERROR ?= 0
export GRANULE_DEPS := $(DEPS)
ifdef CROSS_COMPILE
export GRANULE_CROSS_COMPILE := $(CROSS_COMPILE)
endif

# ---- toolchain: GCC; clang and lld with LLVM=1, or with LLVM=-19 those of that version ----
# A build directory each.

# A kernel without a storey is built beside the whole one, and so is one with another.
TOOLS ?= 1
USER ?= 1
EFI ?= 1
SAN ?= 0
$(if $(filter 0 1,$(SAN)),,$(error SAN=$(SAN): write 1))
$(if $(filter 10,$(SAN)$(TOOLS)),$(error SAN=1 needs the tools: not with TOOLS=0))
$(if $(filter 0,$(TOOLS)),$(eval override USER := 0))
part := $(if $(filter 0,$(TOOLS)),-core,$(if $(filter 0,$(USER)),-no-user))$(if $(filter 0,$(EFI)),-no-efi)$(if $(filter 1,$(SAN)),-san)

$(if $(filter-out 0 1 -%,$(LLVM)),$(error LLVM=$(LLVM): write 1, or a version such as -19))
ifneq ($(filter 1 -%,$(LLVM)),)
llvm_version := $(filter -%,$(LLVM))
BUILD ?= build-llvm$(llvm_version)$(part)
CC := clang$(llvm_version) --target=aarch64-linux-gnu
LD := ld.lld$(llvm_version)
NM := llvm-nm$(llvm_version)
OBJCOPY := llvm-objcopy$(llvm_version)
OBJDUMP := llvm-objdump$(llvm_version)
READELF := llvm-readelf$(llvm_version)
deps_compiler := build llvm$(llvm_version)
else
BUILD ?= build$(part)
ifneq ($(shell uname -m),aarch64)
CROSS_COMPILE ?= aarch64-linux-gnu-
endif
CC := $(CROSS_COMPILE)gcc
LD := $(CROSS_COMPILE)ld
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
OBJDUMP := $(CROSS_COMPILE)objdump
READELF := $(CROSS_COMPILE)readelf
deps_compiler := build
endif
export GRANULE_BUILD := $(BUILD)
tree_builds := build build-% build/%
ifeq ($(filter $(tree_builds),$(BUILD)),)
export GRANULE_CHECK_RESULTS := $(BUILD)/check-results
endif

# make can't name what has a blank in its path. (The path of the tree may have some: none is used.)
$(foreach name,BUILD LIBFDT_SRC,$(if $(word 2,$($(name))),$(error \
	$(name)=$($(name)): there is a blank in it, and make can't work there)))
ifdef LIBFDT_SRC
$(if $(wildcard $(LIBFDT_SRC)/libfdt/fdt.c),,$(error LIBFDT_SRC=$(LIBFDT_SRC): it has no libfdt/fdt.c))
endif

# What isn't ours is left alone. A mark says which folder is: scripts/surroundings.py.
ifneq ($(filter-out help clean format,$(or $(MAKECMDGOALS),all)),)
$(if $(filter $(tree_builds),$(BUILD))$(wildcard $(BUILD)/.granule),,$(if $(wildcard $(BUILD)/* \
	$(BUILD)/.[!.]*),$(error BUILD=$(BUILD) is not ours, and has something in it: name another folder)))
$(if $(wildcard $(BUILD)/.granule)$(shell mkdir -p '$(BUILD)' && : >'$(BUILD)/.granule' && \
	echo ok),,$(error BUILD=$(BUILD) can't be written: BUILD=DIR names another folder))
endif

# A build with a constant page size, for comparison only; see include/arch/page.h.
ifdef CONST_PAGESIZE
const_shift := $(or $(patsubst %,12,$(filter 4k,$(CONST_PAGESIZE))),$(patsubst \
	%,14,$(filter 16k,$(CONST_PAGESIZE))),$(patsubst %,16,$(filter 64k,$(CONST_PAGESIZE))))
ifeq ($(const_shift),)
$(error CONST_PAGESIZE=$(CONST_PAGESIZE): write 4k, 16k or 64k)
endif
const_flag := -DCONST_PAGE_SHIFT=$(const_shift)
endif

# More checks at run time: junk in freed memory and the like.
ifeq ($(DEBUG),1)
debug_flag := -DGRANULE_DEBUG=1
endif

# Undefined behaviour and wrong accesses to memory end in a panic: lib/sanitize. Each access is checked by a
# call, which looks into shadow memory (include/lib/shadow.h). Functions keep the shadow of their variables
# themselves, and so know where it is. What mm/sanitize wraps, and __wrap_idmap_build, replaces functions.
ifeq ($(SAN),1)
shadow_offset := 0xdfffb00000000000
asan_option = $(if $(filter 1 -%,$(LLVM)),-mllvm=-asan-$(1),--param=asan-$(1))
asan_flags := -fsanitize=kernel-address -DSHADOW_OFFSET=$(shadow_offset) \
	$(call asan_option,instrumentation-with-call-threshold=0) $(call asan_option,globals=1) $(call asan_option,stack=1) \
	$(if $(filter 1 -%,$(LLVM)),$(call asan_option,mapping-offset=$(shadow_offset)),-fasan-shadow-offset=$(shadow_offset))
no_stack_flag := $(call asan_option,stack=0)
ubsan_flags := -fsanitize=undefined -fno-sanitize-recover=undefined
san_link := $(shell sed -nE 's/^(WRAPPED.[^,]*, |.* __wrap_)([a-z0-9_]+).*/--wrap=\2/p' \
	mm/sanitize/*.c tests/guest/sanitize/*.c)
endif

# ---- libfdt: Debian's arm64 static library, or a dtc source tree named by LIBFDT_SRC ----

fetched ?= $(BUILD)/deps
ifdef LIBFDT_SRC
libfdt_include := $(LIBFDT_SRC)/libfdt
libfdt := $(BUILD)/libfdt/libfdt.a
else
libfdt_include := $(fetched)/usr/include
libfdt := $(fetched)/usr/lib/aarch64-linux-gnu/libfdt.a
endif

# ---- sources: the storeys of scripts/layers.txt, but those whose switch is 0 ----

# $(call storeys,SWITCH): the folders that can be left out by it.
storeys = $(shell awk '$$2 == "$(1)" && $$1 !~ /^\043|:$$/ { print $$1 }' scripts/layers.txt)
left_out := $(foreach switch,TOOLS USER EFI SAN,$(if $(filter 0,$($(switch))),$(call storeys,$(switch))))
sources := $(sort $(shell find arch kernel lib mm tests/guest -name '*.[cS]'))
# Invariant walkers: the tools and tests call them; those of boot's lists, only host tests.
uncalled := $(if $(filter 0,$(TOOLS)),%_check.c,mm/boot/%_check.c)
# What is done for programs alone.
uncalled += $(if $(filter 0,$(USER)),arch/arm64/table/pgtable_pages.c mm/page/pages_batch.c \
	kernel/sched/sched_preempt.c)
sources := $(filter-out arch/arm64/boot/kernel.ld.S $(uncalled) $(addsuffix /%,$(left_out)),$(sources))
objects := $(patsubst %,$(BUILD)/%.o,$(basename $(sources)))
# $(call objects_in,FOLDER...): those of the folders themselves.
objects_in = $(foreach object,$(objects),$(if $(filter $(1:%=$(BUILD)/%/),$(dir $(object))),$(object)))

# Run before relocation and with the MMU off, where unaligned accesses fault: see
# arch/arm64/boot/idmap.c.
early := $(call objects_in,lib arch/arm64/table arch/arm64/boot arch/arm64/efi arch/arm64/trap)
early += $(call objects_in,lib/sanitize) $(filter %/plant_early.o,$(objects))
# Run before the page size is chosen: no page-size site may be in them.
unpatched := $(early) $(call objects_in,arch/arm64/cpu lib/devicetree lib/log kernel/boot)

warnings := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-align -Wwrite-strings -Wundef -Wvla -Wimplicit-fallthrough \
	$(if $(filter 1,$(WERROR)),-Werror)
# Asked of the compiler once, and not before a recipe runs: on a bare machine there is none until
# `scripts/deps` has installed it.
include_dir = $(eval include_dir := $(shell $(CC) -print-file-name=include))$(include_dir)
cppflags = -nostdinc -isystem $(include_dir) -Iinclude -Iinclude/libc -isystem $(libfdt_include) \
	-include include/kernel/hidden.h $(const_flag) $(debug_flag)
cflags := -std=gnu11 -O2 -g -ffreestanding -fpie -fno-common -fno-strict-aliasing \
	-fno-omit-frame-pointer -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fdebug-prefix-map="$$PWD"=. \
	-march=armv8-a -mfix-cortex-a53-835769 -mno-outline-atomics -mgeneral-regs-only $(ubsan_flags) $(asan_flags) $(warnings)
ldflags := -pie --no-dynamic-linker -z notext -z noexecstack -z norelro -z max-page-size=65536 \
	--build-id=none -Bsymbolic --no-undefined --orphan-handling=warn --fix-cortex-a53-843419 \
	$(if $(LLVM),--apply-dynamic-relocs,--fix-cortex-a53-835769) $(san_link)

# ---- targets ----

.PHONY: all
.DEFAULT_GOAL := all
all: $(BUILD)/Image $(BUILD)/compile_commands.json

include $(wildcard tests/host/host.mk tests/fuzz/fuzz.mk tests/user/user.mk)

.PHONY: deps-build deps-run deps-host deps-fuzz
deps-host deps-fuzz:
	@scripts/deps $(@:deps-%=%)
deps-build:
	@scripts/deps $(deps_compiler)
deps-run:
	@scripts/deps $(deps_compiler) run

ifndef LIBFDT_SRC
$(libfdt): scripts/fetch-arm64 | deps-build
	@scripts/fetch-arm64 $(fetched) libfdt-dev
	@touch $@
else
libfdt_objects := $(patsubst $(LIBFDT_SRC)/libfdt/%.c,$(BUILD)/libfdt/%.o,$(wildcard \
	$(LIBFDT_SRC)/libfdt/fdt*.c))
$(BUILD)/libfdt/%.o: $(LIBFDT_SRC)/libfdt/%.c | deps-build
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out $(warnings),$(cppflags) $(cflags)) -w -c -o $@ $<
$(libfdt): $(libfdt_objects)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
endif

# Private: the list of flags, which they depend on, is the same for all.
# Not checked for wrong accesses: allocators have links in what is free, and headers between objects,
# which a report reads.
unchecked_access := $(call objects_in,lib/sanitize mm/page mm/heap mm/sanitize) $(filter %/guest/hot_lists.o,$(objects)) \
	$(BUILD)/kernel/show/memory/slab_report.o
$(unchecked_access): private cflags := $(filter-out $(asan_flags),$(cflags)) $(filter -D%,$(asan_flags))

# Nor the stack of what runs before its shadow is mapped.
$(filter-out $(unchecked_access),$(unpatched) $(call objects_in,mm/boot) $(libfdt_objects)): private cflags += $(no_stack_flag)

# What reports has no checks of its own.
$(call objects_in,lib/sanitize): private cflags += -fno-sanitize=all -momit-leaf-frame-pointer

$(early): private cflags += -mstrict-align

# Built to be small: what only a person at the prompt waits for, what runs once at boot or at a panic,
# what checks, what moves to another kernel, and the tests in the guest but for those of instructions.
small_flag := $(if $(filter 1 -%,$(LLVM)),-Oz -mno-outline,-Os)
small := $(foreach folder,kernel/prompt arch/arm64/show kernel/show kernel/show/devicetree \
	kernel/show/memory kernel/show/granule lib/devicetree lib/log mm/boot kernel/kexec kernel/boot \
	arch/arm64/boot arch/arm64/trap arch/arm64/irq arch/arm64/kexec arch/arm64/efi kernel/sched kernel/thread \
	tests/guest,$(filter-out %/hotpath.c,$(wildcard $(folder)/*.c))) mm/mm_init.c \
	$(wildcard mm/*/*_check.c arch/arm64/table/*_check.c) mm/page/give_back.c mm/page/boot_data.c mm/heap/slab_drain.c \
	mm/page/boot_devicetree.c lib/initramfs.c lib/parse.c lib/cmdline.c lib/format.c $(wildcard kernel/process/elf_*.c) \
	$(patsubst %,mm/user/space%.c,_info _remap _place) arch/arm64/user/hwcap.c \
	lib/printable.c lib/cpu_option.c arch/arm64/cpu/psci.c kernel/main.c mm/heap/chunk.c mm/vmap/vmap_area.c \
	mm/move/contig_alloc.c mm/move/movable_pin.c mm/move/compact.c mm/move/cma.c mm/vmap/vmap.c
$(patsubst %.c,$(BUILD)/%.o,$(small)): private cflags += $(small_flag)

# Flags are part of what an object is made from.
flags_text = $(CC) $(cppflags) $(cflags) $(ldflags) small: $(small_flag) $(small) san: $(unchecked_access)
$(BUILD)/flags: FORCE | deps-build
	@mkdir -p $(@D)
	@echo '$(flags_text)' | cmp -s - $@ || echo '$(flags_text)' > $@
.PHONY: FORCE
FORCE:

$(objects): $(BUILD)/flags | $(libfdt) deps-build

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.S
	@mkdir -p $(@D)
	@echo '  AS      $<'
	$(Q)$(CC) $(cppflags) $(cflags) -D__ASSEMBLER__ -MMD -MP -c -o $@ $<

$(BUILD)/kernel.ld: arch/arm64/boot/kernel.ld.S $(BUILD)/flags | $(libfdt)
	$(Q)$(CC) $(filter-out -include include/kernel/hidden.h,$(cppflags)) -D__ASSEMBLER__ \
		-E -P -x c -MMD -MP -MT $@ -MF $@.d -o $@ $<

# Two links: the second has the symbol table that the first one's addresses gave, and the map of its
# pointers, which hold link-time addresses (GNU ld writes them unasked). Both lie after all text, so text
# addresses stay; the map is made once more, and must be the same.
link = $(LD) $(ldflags) -T $(BUILD)/kernel.ld -o $@ $(objects) $(1) $(libfdt)

$(BUILD)/symbols0.S: scripts/mksymbols.py | deps-build
	@mkdir -p $(@D)
	$(Q)$< < /dev/null > $@
$(BUILD)/relocs0.S: scripts/mkrelocs.py | deps-build
	@mkdir -p $(@D)
	$(Q)$< < /dev/null > $@
$(BUILD)/granule0.elf: $(objects) $(BUILD)/symbols0.o $(BUILD)/relocs0.o $(BUILD)/kernel.ld $(libfdt)
	$(Q)$(call link,$(BUILD)/symbols0.o $(BUILD)/relocs0.o)
$(BUILD)/symbols.S: $(BUILD)/granule0.elf scripts/mksymbols.py
	$(Q)$(NM) -n $< | scripts/mksymbols.py > $@
$(BUILD)/relocs.S: $(BUILD)/granule0.elf scripts/mkrelocs.py
	$(Q)$(READELF) -rsW $< | scripts/mkrelocs.py > $@
made := $(addprefix $(BUILD)/,symbols0.o relocs0.o symbols.o relocs.o)
$(made): %.o: %.S
	$(Q)$(CC) -c -o $@ $<
$(BUILD)/granule.elf: $(BUILD)/granule0.elf $(BUILD)/symbols.o $(BUILD)/relocs.o scripts/check-image scripts/check-layers \
		scripts/layers.txt
	@echo '  LD      $@'
	$(Q)$(call link,$(BUILD)/symbols.o $(BUILD)/relocs.o)
	$(Q)$(READELF) -rsW $@ | scripts/mkrelocs.py | cmp - $(BUILD)/relocs.S
	$(Q)scripts/check-image $(OBJDUMP) $(READELF) $@ $(unpatched)
	$(Q)scripts/check-layers $(NM) $(BUILD) $(objects)

$(BUILD)/Image: $(BUILD)/granule.elf
	@echo '  IMAGE   $@'
	$(Q)$(OBJCOPY) -O binary -R .rela.dyn $< $@

# Kernels whose page size is a constant: to be compared with, never the product.
const_images := $(foreach size,4k 16k 64k,$(BUILD)/const-$(size)/Image)
.PHONY: const
const: $(const_images)
$(BUILD)/const-%/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory CONST_PAGESIZE=$* BUILD=$(BUILD)/const-$* \
		fetched=$(fetched) $(BUILD)/const-$*/Image

# The build for debugging, for the rows of the matrix that need it.
$(BUILD)-debug/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory DEBUG=1 BUILD=$(BUILD)-debug fetched=$(fetched) $@

# Without what scripts/layers.txt has a switch for: without tools, the core; without firmware's stub.
$(BUILD)-core/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory TOOLS=0 BUILD=$(BUILD)-core fetched=$(fetched) $@
$(BUILD)-no-efi/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory EFI=0 BUILD=$(BUILD)-no-efi fetched=$(fetched) $@

$(BUILD)-no-user/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory USER=0 BUILD=$(BUILD)-no-user fetched=$(fetched) $@

# With checks for undefined behaviour and wrong accesses.
$(BUILD)-san/Image: FORCE | $(libfdt)
	@$(MAKE) --no-print-directory SAN=1 BUILD=$(BUILD)-san fetched=$(fetched) $@

# One entry a file, for clangd and the like.
# The link is for tools that look at the top; a file that somebody put there stays.
$(BUILD)/compile_commands.json: $(BUILD)/flags Makefile
	@for file in $(filter %.c,$(sources)); do \
		printf '{ "directory": "%s", "file": "%s", "command": "%s" },\n' "$$PWD" "$$file" \
			'$(CC) $(filter-out -fdebug-prefix-map=%,$(cppflags) $(cflags)) -c '"$$file"; \
	done | sed '1s/^/[/; $$s/,$$/]/' > $@
	@if [ -w . ] && { [ -L compile_commands.json ] || [ ! -e compile_commands.json ]; }; then \
		ln -sf $@ compile_commands.json; fi

.PHONY: run plots gdb dump format clean help bench fuzz size
run: deps-run $(BUILD)/Image
	@scripts/run $(machine_arguments)

gdb: deps-run $(BUILD)/Image
	@scripts/deps gdb
	@scripts/gdb $(machine_arguments)

# The first pictures need one kernel, and are there before the other three are built. With all
# processors, unless -j says how many.
plots: deps-run
	@scripts/deps plots
	@$(MAKE) --no-print-directory $(plot_jobs) $(BUILD)/Image
	@scripts/plots/run $(machine_arguments) memory tables footprint
	@$(MAKE) --no-print-directory $(plot_jobs) const
	@scripts/plots/run $(machine_arguments) ratios
plot_jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

size: $(BUILD)/Image $(BUILD)-core/Image
	@scripts/size

# For a USB stick: dd if=build/loaders/efi-usb.img of=/dev/... bs=1M
.PHONY: disk
disk: $(BUILD)/Image
	@scripts/deps check
	@scripts/mk-loaders odd.cpio efi-usb.img
	@echo "$(BUILD)/loaders/efi-usb.img: write it to a USB stick; scripts/run LOADER=efi-usb tries it here"

# All that a CI job needs to try a program, but for Python and QEMU.
.PHONY: release
release: $(BUILD)/Image
	@scripts/mk-release $< $(BUILD)/granule.tar.gz

dump: $(BUILD)/granule.elf
	$(Q)$(OBJDUMP) -d $<

format:
	@scripts/deps check
	find $(sort $(wildcard arch mm kernel lib include tests)) -name '*.[ch]' -exec clang-format -i {} +

clean:
	rm -rf build build-core build-no-user build-no-efi build-debug build-san build-llvm build-llvm$(llvm_later) \
		build-llvm$(llvm_later)-san
	@[ ! -L compile_commands.json ] || rm compile_commands.json

# ---- tests: suites that each leave a count, and a sum at the end ----

suites := style scripts host fuzz llvm hotpath text bench readme console gdb core no-efi no-user user user-fuzz try san architecture matrix matrix-llvm matrix-llvm-later
suite := scripts/suite

.PHONY: check check-sum check-guards $(addprefix check-,style scripts llvm hotpath text bench readme console gdb core no-efi no-user user user-fuzz try san architecture matrix matrix-llvm matrix-llvm-later)
check:
	@scripts/deps build llvm llvm$(llvm_later) run check
	@$(suite) --begin $(suites)
	@status=0; for suite in $(suites); do \
		echo "== $$suite"; \
		$(suite) $$suite $(MAKE) --no-print-directory $(check_jobs) SAMPLE=1 check-$$suite || status=1; \
	done; echo; $(suite) --sum && exit $$status

# As many jobs as were asked for, else as there are processors. (scripts/suite closes make's pipe for them.)
check_jobs = $(or $(filter -j%,$(MAKEFLAGS)),-j$(shell nproc))

check-style:
	@scripts/deps check
	@scripts/checks/run

# The scripts' own tests.
check-scripts: user-fixtures $(host_dir)/test_elf_map
	@scripts/deps build run check
	@scripts/unittests tests/host

# The other compiler builds without a warning, too: Debian's usual version, and a later one.
llvm_later := -19
llvm_build := $(if $(LLVM),$(patsubst %-llvm$(llvm_version),%,$(BUILD)),$(BUILD))-llvm
check-llvm:
	@$(MAKE) --no-print-directory LLVM=1 BUILD=$(llvm_build)
	@$(MAKE) --no-print-directory LLVM=$(llvm_later) BUILD=$(llvm_build)$(llvm_later)

check-hotpath: $(BUILD)/Image const
	@scripts/deps run
	@scripts/check-hotpath

# And the whole text, function by function.
check-text: $(BUILD)/Image const
	@scripts/check-text

bench check-bench: $(BUILD)/Image const
	@scripts/deps run
	@scripts/bench

# Does README.md say what is so? What it shows is what GCC's kernel prints.
check-readme: $(BUILD)/Image $(BUILD)-core/Image const user-fixtures
	@scripts/deps run check
	@scripts/check-readme $(if $(LLVM),,--run)

# A person at the console, through a pseudo-terminal.
check-console: $(BUILD)/Image
	@scripts/deps run check
	@scripts/unittests tests/console

# What gdb is told about the kernel, from its first instruction to the next kernel.
check-gdb: $(BUILD)/Image check-llvm
	@scripts/deps run gdb
	@GRANULE_BUILD_LLVM=$(llvm_build) scripts/unittests tests/gdb

# The kernel without tools boots and reports; without the stub it has its tests.
check-core: $(BUILD)-core/Image
	@scripts/deps run check
	@GRANULE_BUILD=$(BUILD)-core scripts/run-tests --rows tests/core.cfg

check-no-efi: $(BUILD)-no-efi/Image
	@scripts/deps run check
	@GRANULE_BUILD=$(BUILD)-no-efi scripts/run-tests -k '^granule/[0-9]+k-max-512M-el2.0$$'

check-no-user: $(BUILD)-no-user/Image
	@scripts/deps run check
	@GRANULE_BUILD=$(BUILD)-no-user scripts/run-tests --rows tests/no-user.cfg

# Programs: ours, which know what Linux answers, and those that people have.
check-user: $(BUILD)/Image user
	@scripts/deps run check
	@scripts/check-user

# Programs with threads a hundred times, at each size, with one, two and four CPUs: an hour.
.PHONY: check-threads
check-threads: $(BUILD)/Image user user-rust user-go
	@scripts/deps run check
	@scripts/check-user --smp 1 --smp 2 --smp 4 --times 100 threads-musl threads-glibc threads-rust threads-go

# Calls at random, by several programs on several CPUs: FUZZ_SECONDS in all.
.PHONY: user-fuzz
check-user-fuzz user-fuzz: $(BUILD)/Image user
	@scripts/deps run check
	@scripts/fuzz-user --seconds $(FUZZ_SECONDS) $(if $(SEED),--seed $(SEED))
check-user-fuzz: FUZZ_SECONDS ?= 60
user-fuzz: FUZZ_SECONDS ?= 600

check-try: $(BUILD)/Image user user-rust
	@scripts/deps run check
	@scripts/check-try

# Undefined behaviour and wrong accesses in the guest: none in what runs, and what is planted is caught.
check-san: $(BUILD)-san/Image
	@scripts/deps run check
	@$(MAKE) --no-print-directory SAN=1 LLVM=$(llvm_later) BUILD=$(llvm_build)$(llvm_later)-san fetched=$(fetched)
	@GRANULE_BUILD=$(llvm_build)$(llvm_later)-san scripts/run-tests --rows tests/san.cfg -k '^(guest-smp|kexec-crash|access|clang)/'
	@GRANULE_BUILD=$(BUILD)-san scripts/run-tests --rows tests/san.cfg -k '^(?!clang|guest-smp/(4|16)k)'

# Barriers, caches, TLBs and locks, by a model of what the architecture demands, in both compilers' kernels.
# All of it, and whether it can fail, takes half an hour; SAMPLE=1 a minute.
check-architecture: $(BUILD)/Image $(BUILD)/granule.elf
	@scripts/deps run check
	@scripts/check-architecture $(if $(SAMPLE),-k '^(boot|kexec)/|^(locks|user-(moved|smp|threads|kexec))/4k|^user/64k')
	$(if $(SAMPLE),,@$(MAKE) --no-print-directory LLVM=1 BUILD=$(llvm_build))
	$(if $(SAMPLE),,@GRANULE_BUILD=$(llvm_build) scripts/check-architecture -k '^(boot|kexec|user[a-z-]*)/')
	$(if $(SAMPLE),,@scripts/check-architecture --removals)

check-matrix: $(BUILD)/Image $(BUILD)-debug/Image
	@scripts/deps run check
	@scripts/run-tests

# The same rows with 4 CPUs, but for those that name another number. Not a part of check: most of what
# depends on it has rows of its own there.
.PHONY: check-smp
check-smp: $(BUILD)/Image $(BUILD)-debug/Image
	@scripts/deps run check
	@scripts/run-tests --smp 4

# On this machine's own CPU: not a part of check, since few machines have one for it.
.PHONY: check-kvm
check-kvm: $(BUILD)/Image
	@[ -w /dev/kvm ] && [ "$$(uname -m)" = aarch64 ] || { \
		echo 'check-kvm: this is no arm64 machine with a /dev/kvm that may be used' >&2; exit 1; }
	@scripts/deps run check
	@scripts/run-tests --rows tests/kvm.cfg

# What programs do on Linux: not a part of check, since only a change of the programs changes it.
.PHONY: check-oracle
check-oracle: user
	@scripts/deps run
	@scripts/check-oracle

# With the other compiler, what differs most between machines.
check-matrix-llvm: check-llvm
	@scripts/deps run check
	@GRANULE_BUILD=$(llvm_build) scripts/run-tests -k 'granule/.*(max|a53).*512M'

# And with its later version, one at each granule.
check-matrix-llvm-later: check-llvm
	@scripts/deps run check
	@GRANULE_BUILD=$(llvm_build)$(llvm_later) scripts/run-tests -k '^granule/[0-9]+k-max-512M-el2.0$$'

# Can they fail? Not a part of check: a kernel is built and booted for each guard.
check-guards: $(BUILD)/Image
	@scripts/deps run check
	@scripts/check-guards

# ---- help ----

help:
	@echo 'make run             build and boot in QEMU; installs what is missing'
	@echo 'make check           every test'
	@echo 'make bench           count guest instructions, against limits and a constant page size'
	@echo 'make fuzz            fuzz for ten minutes a target'
	@echo 'make user-fuzz       system calls at random, for ten minutes in all'
	@echo 'make check-cpus      host tests of threads on several CPUs, for CPUS_SECONDS (60)'
	@echo 'make check-SUITE     one of: $(suites)'
	@echo 'make disk            an image that starts on UEFI machines, from a USB stick'
	@echo 'make release         kernel and scripts/try in one archive, for CI jobs that try programs'
	@echo 'make check-guards    take each guard out of the kernel: its rows have to fail'
	@echo 'make user            programs to run, into build/user: tests/user/README.md'
	@echo 'make check-oracle    run them on Linux, and compare with what the tables say of it'
	@echo 'make check-threads   programs with threads a hundred times, with 1, 2 and 4 CPUs'
	@echo 'make check-smp       the boot tests with 4 CPUs each'
	@echo 'make check-kvm       the boot tests on the CPU at hand, of an arm64 machine'
	@echo 'make check-architecture  watch barriers, caches, TLBs and locks; then take each operation out'
	@echo 'make check-coverage  lines of the kernel that the host tests run'
	@echo 'make const           kernels of a constant page size, to compare with'
	@echo 'make plots           draw the memory maps, tables, footprints and benchmark ratios'
	@echo 'make gdb             boot under gdb, stopped at the first instruction'
	@echo 'make size            lines of code and bytes, storey by storey'
	@echo 'make dump            disassemble'
	@echo 'make format          clang-format'
	@echo 'make clean           remove what was built'
	@echo 'make help            this'
	@echo
	@echo 'The machine:   PAGESIZE=4k|16k|64k|auto CPU= MEM= SMP= EL2=1 CMDLINE=  (scripts/run --help: all)'
	@echo 'The build:     TOOLS=0 (the core only) USER=0 (no programs) EFI=0 (not started by UEFI) SAN=1 (undefined behaviour and wrong accesses panic) LLVM=1 (LLVM=-19: clang-19) CROSS_COMPILE= LIBFDT_SRC=dir WERROR=1 DEBUG=1 CONST_PAGESIZE=4k|16k|64k BUILD=dir'
	@echo 'The machine that builds:  DEPS=no installs nothing, and says what is missing'

-include $(objects:.o=.d) $(BUILD)/kernel.ld.d
