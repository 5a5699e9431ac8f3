/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image: three segments, each of one permission, then memory that the file does not hold.
 *
 *   text    R-X   boot code first, so that it can be given back as a whole, then the kernel's, with
 *                 the list of its page-size sites, the map of pointers and its functions' names
 *   rodata  R--   constants, then those that only boot reads
 *   data    RW-   the overflow stack, data, bss
 *   (none)  RW-   the stack above its guard, memory for the first tables
 *
 * Segment boundaries suit the largest page; what that wastes at a smaller one goes to the
 * allocator. Linked as a position-independent executable at IMAGE_LINK_BASE.
 */
#include <arch/layout.h>

OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

/* From _name to _name_end: sections .name and .name.*, ordered by their names. */
#define TABLE(name) _##name = .; KEEP(*(SORT_BY_NAME(.name*))) _##name##_end = .;

#define LOAD_AT(section) AT(ADDR(section) - IMAGE_LINK_BASE + ELF_LOAD_ADDRESS)

SECTIONS
{
	. = IMAGE_LINK_BASE;
	_text = .;

	.init.text : LOAD_AT(.init.text) {
		KEEP(*(.head.text))
		KEEP(*(.head.pe))
		/*
		 * What has no page-size site: the first instructions, in the page that firmware
		 * doesn't execute, and the stub. What is patched begins after them.
		 */
		*arch?arm64?boot?*.o(.init.text .init.text.*)
		. = ALIGN(PE_ALIGN);
		_stub = .;
		*arch?arm64?efi?*.o(.text .text.* .init.text .init.text.*)
		_text_patched = .;
		*(.init.text .init.text.*)
	} :text
	. = ALIGN(0x1000);
	_init_text_end = .;

	.text : LOAD_AT(.text) {
		/* Aligned to their size, 2 KiB: here, next to nothing is lost before them. */
		*(.text.vectors)
		*arch?arm64?trap?vectors*.o(.text)

		/* Never interrupted by what looks at the same lists: <mm/hot_text.h>. */
		_hot_text = .;
		*mm?page?pages_hot*.o(.text .text.*)
		*mm?heap?kmalloc_hot*.o(.text .text.*)
		_hot_text_end = .;
		*(.text .text.*)
		_text_patched_end = .;

		/*
		 * One list for each kind, in the order of enum page_site, with a zero after it. Not
		 * with boot's constants: what only the product has could push these alone over a
		 * step of SEGMENT_ALIGN, and the sites would cost 64 KiB instead of a word each.
		 */
		. = ALIGN(4);
		_page_sites = .;
		KEEP(*(.page_sites.lsr)) LONG(0)
		KEEP(*(.page_sites.lsl)) LONG(0)
		KEEP(*(.page_sites.offset)) LONG(0)
		KEEP(*(.page_sites.mask)) LONG(0)
		KEEP(*(.page_sites.word)) LONG(0)
		KEEP(*(.page_sites.shift)) LONG(0)
		KEEP(*(.page_sites.size)) LONG(0)
		KEEP(*(.page_sites.add)) LONG(0)
		KEEP(*(.page_sites.index0)) LONG(0)
		KEEP(*(.page_sites.index1)) LONG(0)
		KEEP(*(.page_sites.index2)) LONG(0)
		KEEP(*(.page_sites.index3)) LONG(0)
		_page_sites_end = .;

		/*
		 * Names of functions, for backtraces: beside the functions, since there is room
		 * up to the next step of SEGMENT_ALIGN, and too little after the constants, which
		 * have where they begin.
		 */
		. = ALIGN(4);
		KEEP(*(.text_symbols))

		/* Which words of the data are pointers into the image (scripts/mkrelocs.py). */
		KEEP(*(.relocs))

		/*
		 * And the texts of the tests in tests/guest and of kernel/process: so the constants
		 * end a little below a step of SEGMENT_ALIGN, and a page of 64K is spared. (The `?`
		 * is the slash, which would begin a comment here.)
		 */
		*kernel?process?*.o(.rodata.str*)
		*tests/guest?*.o(.rodata.str*)
	} :text
	_etext = .;

	. = ALIGN(SEGMENT_ALIGN);
	_rodata = .;
	.rodata : LOAD_AT(.rodata) {
		*(.rodata .rodata.* .srodata .srodata.*)
	} :rodata

	.init.rodata : LOAD_AT(.init.rodata) ALIGN(8) {
		_init_rodata = .;
		*(.init.rodata .init.rodata.*)
	} :rodata
	_erodata = .;

	. = ALIGN(SEGMENT_ALIGN);
	_data = .;
	.data : LOAD_AT(.data) {
		/* First of all that may be written: what lies below is read-only, or not mapped. */
		. += OVERFLOW_STACK_BYTES;
		_overflow_stack_top = .;
		*(.data .data.*)
		*(.data.rel.ro .data.rel.ro.*)
		*(.got .got.plt .got.*)

		/* Tables that are put together from all over the kernel. */
		. = ALIGN(8);
		TABLE(commands)
		TABLE(completers)
		TABLE(init_array)
		TABLE(lock_classes)
		TABLE(options)
		TABLE(panic_reports)
		TABLE(phases)
		TABLE(selftests)
		*(.init.data .init.data.*)
		. = ALIGN(16);
		_edata = .;
	} :data

	.bss (NOLOAD) : LOAD_AT(.bss) {
		. = ALIGN(16);
		_bss = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		_ebss = .;
	} :data

	/* The guard, and the area that begins with the stack. */
	.stacks (NOLOAD) : LOAD_AT(.stacks) ALIGN(SEGMENT_ALIGN) {
		_stacks = .;
		. += STACK_AREA_BYTES;
		. += STACK_BYTES;
		_stack_top = .;
		. += STACK_AREA_BYTES - STACK_BYTES;
		_stacks_end = .;
	} :data

	.boot_pool (NOLOAD) : LOAD_AT(.boot_pool) ALIGN(SEGMENT_ALIGN) {
		_boot_pool = .;
		. += BOOT_POOL_BYTES;
		_boot_pool_end = .;
	} :data
	/*
	 * The linear map is made in two pieces, which meet here. With SAN=1 that is far from what
	 * is read-only: not within a contiguous run, which would first be one when kexec joins it.
	 */
	. = DEFINED(shadow_begin) ? ALIGN(IMAGE_ALIGN) : .;
	_end = .;

	/*
	 * For the PE header. The first page is header to firmware, and not executed by it; what
	 * isn't in the file and isn't bss, the stub needs as little as firmware does.
	 */
	_pe_offset = DEFINED(_pe_header) ? _pe_header - _text : 0;
	_pe_entry = DEFINED(efi_entry) ? efi_entry - _text : 0;
	_pe_text = PE_ALIGN;
	_pe_text_bytes = _rodata - _text - PE_ALIGN;
	_pe_rodata = _rodata - _text;
	_pe_rodata_bytes = _data - _rodata;
	_pe_data = _data - _text;
	_pe_data_file_bytes = _edata - _data;
	_pe_data_bytes = _ebss - _data;
	_pe_bytes = ALIGN(_ebss, PE_ALIGN) - _text;

	/* For the Image header: what of memory the image takes, and what of it the file holds. */
	_image_bytes = _end - _text;
	_file_bytes = _edata - _text;

	/* What scripts/mkrelocs.py makes the map of pointers of: not loaded, nor in the Image. */
	.rela.dyn (INFO) : { *(.rela .rela.*) } :NONE

	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line .debug_line.*) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_str 0 : { *(.debug_str) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.comment 0 : { *(.comment) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/* Calls through a PLT would need one: everything is linked in, so there is none. */
	.plt : { *(.plt .plt.* .iplt .igot .igot.plt) }
	.dynbss : { *(.dynbss) }

	/DISCARD/ : {
		/* What a program would do as it ends. */
		*(.fini_array .fini_array.*)
		*(.interp .dynamic .dynsym .dynstr .hash .gnu.hash .gnu.version*)
		*(.eh_frame .eh_frame.* .note .note.*)
	}
}

ASSERT(_text % IMAGE_ALIGN == 0,
	"the image must be linked at a multiple of 2 MiB: the boot protocol places it so")
ASSERT(_image_bytes <= IMAGE_MAX_BYTES,
	"the image has outgrown its part of the window: see arch/layout.h")
ASSERT(_pe_entry == 0 || (_stub - _text >= PE_ALIGN && _pe_offset % 8 == 0),
	"the stub begins in the page of the PE header, which firmware doesn't execute")
ASSERT(SIZEOF(.plt) == 0 && SIZEOF(.dynbss) == 0,
	"a symbol is reached through a PLT or copied: it is not hidden")
ASSERT(_file_bytes < _image_bytes,
	"data reaches beyond the end of the image")
