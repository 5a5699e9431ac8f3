# SPDX-License-Identifier: BSD-2-Clause
#
# User programs: they run on Linux for arm64 as they are, and on this kernel.
#
#   make user                          build them all, into build/user
#   make user-rust                     and those in Rust: rustc and its library are 100 MB of packages
#   make user-go                       and one in Go, whose compiler is 80 MB
#   make check-oracle                  run them on Debian's Linux, whose pages are of 4K or 16K, and compare
#
# The compiler is GCC, whatever the kernel is built with: programs are what a kernel is tried with, and one set
# of them is enough. C libraries are Debian's arm64 packages, fetched by name (scripts/fetch-arm64).

user_dir := tests/user
user_out := $(BUILD)/user
user_prefix := $(if $(CROSS_COMPILE),$(CROSS_COMPILE),$(if $(filter-out aarch64,$(shell uname -m)),aarch64-linux-gnu-))
user_cc := $(user_prefix)gcc
user_ld := $(user_prefix)ld
user_packages := $(user_out)/packages
musl := $(user_packages)/usr/lib/aarch64-linux-musl
glibc := $(user_packages)/usr/lib/aarch64-linux-gnu
fixtures := $(shell awk -F'\t' '!/^\043/ { print $$1 }' $(user_dir)/fixtures.tsv)

user_cflags := -std=gnu11 -O2 -g -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables -mno-outline-atomics \
	-fdebug-prefix-map="$$PWD"=. -MMD -MP $(warnings)
# The compiler's own headers come last here: they are for a machine without a C library.
user_gcc_file = $$($(user_cc) -print-file-name=$(1))
bare_cflags = -ffreestanding -fno-tree-loop-distribute-patterns -nostdinc -isystem $(call user_gcc_file,include)
musl_cflags = -nostdinc -isystem $(user_packages)/usr/include/aarch64-linux-musl -isystem $(call user_gcc_file,include)
glibc_cflags = -nostdinc -isystem $(call user_gcc_file,include) -isystem $(user_packages)/usr/include/aarch64-linux-gnu \
	-isystem $(user_packages)/usr/include

# Program: its objects, from $(user_out)/KIND/NAME.o, where the kind says how they are compiled.
bare_programs := hello-bare cat psz hostile ubench signals events churn only
c_programs := hello threads
user_programs := $(addprefix $(user_out)/,$(bare_programs) hello-bare-pie hello-musl-pie hello-glibc-pie \
	$(foreach library,musl glibc,$(c_programs:%=%-$(library))))
user_fixtures := $(fixtures:%=$(user_out)/fixtures/%)

.PHONY: user user-fixtures user-go user-rust deps-user
user: $(user_programs) user-fixtures $(user_out)/data/bytes-5000
user-fixtures: $(user_fixtures)
user-go: $(user_out)/threads-go
user-rust: $(user_out)/hello-rust $(user_out)/threads-rust
deps-user:
	@scripts/deps user

$(user_packages)/.fetched/linux-libc-dev: scripts/fetch-arm64 | deps-user
	@scripts/fetch-arm64 $(user_packages) musl-dev libc6-dev linux-libc-dev
	@touch $@

define user_kind
$(user_out)/$(1)/%.o: $(user_dir)/%.c $(user_dir)/user.mk $(if $(filter-out bare,$(2)),$(user_packages)/.fetched/linux-libc-dev) | deps-user
	@mkdir -p $$(@D)
	@echo '  UCC     $$@'
	$$(Q)$(user_cc) $(user_cflags) $$($(2)_cflags) $(3) -c -o $$@ $$<
endef
$(eval $(call user_kind,static,bare,-fno-pie))
$(eval $(call user_kind,pie,bare,-fpie))
$(eval $(call user_kind,musl,musl,-fpie))
$(eval $(call user_kind,glibc,glibc,-fpie))

user_link = @mkdir -p $(@D); echo '  ULD     $@'
page_64k := -z max-page-size=65536 -z noexecstack --build-id=none

$(bare_programs:%=$(user_out)/%): $(user_out)/%: $(user_out)/static/bare.o
	$(user_link)
	$(Q)$(user_ld) $(page_64k) -o $@ $(filter %.o,$^)
$(user_out)/hello-bare: $(user_out)/static/hello_bare.o
# $(call user_objects,NAME): those of all its files.
user_objects = $(patsubst $(user_dir)/%.c,$(user_out)/static/%.o,$(wildcard $(user_dir)/$(1).c $(user_dir)/$(1)_*.c))
$(user_out)/psz: $(call user_objects,psz) $(user_out)/static/probe.o
$(user_out)/hostile: $(call user_objects,hostile) $(user_out)/static/probe.o
$(user_out)/ubench: $(call user_objects,ubench)
$(user_out)/cat: $(user_out)/static/cat.o
$(user_out)/signals: $(user_out)/static/signals.o
$(user_out)/events: $(call user_objects,events)
$(user_out)/churn: $(user_out)/static/churn.o
$(user_out)/only: $(user_out)/static/only.o
$(user_out)/hello-bare-pie: $(user_out)/pie/hello_bare.o $(user_out)/pie/bare.o
	$(user_link)
	$(Q)$(user_ld) -pie --no-dynamic-linker $(page_64k) -o $@ $^

# $(call user_static,LIBRARY,START,OPTIONS): as the compiler's driver would, without its paths.
user_static = $(Q)$(user_ld) $(page_64k) $(3) -z relro -o $@ $(1)/$(2) $(1)/crti.o $(call user_gcc_file,$(4)) $(filter %.o,$^) \
	--start-group $(1)/libc.a $(call user_gcc_file,libgcc.a) $(call user_gcc_file,libgcc_eh.a) --end-group \
	$(call user_gcc_file,$(5)) $(1)/crtn.o
$(c_programs:%=$(user_out)/%-musl): $(user_out)/%-musl: $(user_out)/musl/%.o
	$(user_link)
	$(call user_static,$(musl),crt1.o,-static,crtbeginT.o,crtend.o)
$(user_out)/hello-musl-pie: $(user_out)/musl/hello.o
	$(user_link)
	$(call user_static,$(musl),rcrt1.o,-static -pie --no-dynamic-linker -z text,crtbeginS.o,crtendS.o)
$(c_programs:%=$(user_out)/%-glibc): $(user_out)/%-glibc: $(user_out)/glibc/%.o
	$(user_link)
	$(call user_static,$(glibc),crt1.o,-static,crtbeginT.o,crtend.o)
$(user_out)/hello-glibc-pie: $(user_out)/glibc/hello.o
	$(user_link)
	$(call user_static,$(glibc),rcrt1.o,-static -pie --no-dynamic-linker -z text,crtbeginS.o,crtendS.o)

# What psz maps where it can make no file.
$(user_out)/data/bytes-5000:
	@mkdir -p $(@D)
	$(Q)head -c 5000 /dev/zero > $@

# A fixture's second column: LINKER static|pie [padding] OPTIONS.
$(user_fixtures): $(user_out)/fixtures/%: $(foreach kind,static pie,$(foreach name,fixture bare padding,\
		$(user_out)/$(kind)/$(name).o)) $(user_dir)/fixtures.tsv
	$(user_link)
	$(Q)set -- $$(awk -F'\t' '$$1 == "$*" { print $$2 }' $(user_dir)/fixtures.tsv); \
	case $$1 in lld) ld=ld.lld ;; *) ld=$(user_ld) ;; esac; \
	case $$2 in pie) kind='-pie --no-dynamic-linker' ;; *) kind=-static ;; esac; \
	objects="$(user_out)/$$2/fixture.o $(user_out)/$$2/bare.o"; \
	[ "$$3" != padding ] || objects="$$objects $(user_out)/$$2/padding.o"; \
	shift 2; [ "$$1" != padding ] || shift; \
	$$ld $$kind "$$@" -z noexecstack --build-id=none -o $@ $$objects

# Rust's own target has glibc in it. Debian's compiler, since its library has to be of the same version.
rust_packages := $(user_out)/rust-packages
$(user_out)/%-rust: $(user_dir)/%.rs $(user_packages)/.fetched/linux-libc-dev
	@scripts/deps rust
	@scripts/fetch-arm64 -x './usr/lib/rustlib/*/lib/*.rlib' $(rust_packages) libstd-rust-dev
	@echo '  RUSTC   $@'
	$(Q)/usr/bin/rustc --edition 2021 --target aarch64-unknown-linux-gnu --sysroot $(rust_packages)/usr -O -C strip=symbols \
		-C target-feature=+crt-static -C relocation-model=static -C panic=abort -C linker=$(user_cc) \
		-C link-arg=-B$(glibc) -C link-arg=-L$(glibc) -C link-arg=-Wl,-z,max-page-size=65536 -o $@ $<

# Go's programs have no C library: its own cross compiler needs nothing of arm64.
$(user_out)/threads-go: $(user_dir)/threads.go
	@scripts/deps go
	@mkdir -p $(@D)
	@echo '  GO      $@'
	$(Q)GO111MODULE=off GOOS=linux GOARCH=arm64 CGO_ENABLED=0 GOCACHE=$(abspath $(user_out))/go-cache \
		go build -trimpath -ldflags '-s -w' -o $@ $<

-include $(wildcard $(user_out)/*/*.d)
