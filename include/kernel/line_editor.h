/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line that is being typed: keys in, the line and what to print out.
 *
 * The screen is asked for nothing but characters, backspace and bell, so that any terminal will
 * do, one on paper too; and never for more than LINE_EDITOR_COLUMNS, so that no line wraps: of a
 * longer one a window is shown, with < and > where more of it is.
 *
 *   left, right, Ctrl-B, Ctrl-F    a character; with Ctrl, and Alt-B, Alt-F: a word
 *   home, end, Ctrl-A, Ctrl-E      the ends of the line
 *   backspace, delete, Ctrl-D      the character before or at the cursor
 *   Ctrl-W, Ctrl-U, Ctrl-K         the word before the cursor; all before it; all from it on
 *   up, down, Ctrl-P, Ctrl-N       lines typed before
 *   Ctrl-L                         the line anew, on an empty line
 *   Ctrl-C                         no line
 *   tab                            LINE_COMPLETE, for the caller
 *
 * What else comes in is ignored, escape sequences as a whole.
 *
 * Invariants, checked by the host tests after each key:
 *   L1  cursor <= len < LINE_EDITOR_BYTES, and text[len] is 0.
 *   L2  What the screen shows is `shown`, with its cursor at `column`, after the prompt.
 *
 * Locking: none; one prompt has one editor. Page size does not enter. Source: ECMA-48, for the
 * sequences of keys.
 */
#ifndef KERNEL_LINE_EDITOR_H
#define KERNEL_LINE_EDITOR_H

#include <kernel/compiler.h>
#include <kernel/line_history.h>
#include <kernel/types.h>
#include <kernel/words.h>

#define LINE_EDITOR_BYTES   WORDS_BYTES
#define LINE_EDITOR_COLUMNS 79 /* a screen's 80 less the one where some wrap already */

struct line_editor {
	char text[LINE_EDITOR_BYTES];
	size_t len;
	size_t cursor;

	void (*write)(const char *text, size_t bytes);
	struct line_history *history;
	unsigned back;   /* so many lines of the history; 0 for the one that is new */
	bool keeps_line; /* the new one is the history's last while an older one is looked at */

	u8 escape;      /* where in an escape sequence the keys are: line_editor.c */
	u8 parameter;   /* its first number */
	u8 modifier;    /* and its last */
	bool skip_feed; /* the last key was a carriage return */
	bool lost;      /* a character found no room, and nothing was taken out since */

	const char *prompt;
	size_t columns; /* after the prompt */
	size_t window;  /* of the text, the first character that is shown */
	size_t column;
	size_t shown_len;
	char shown[LINE_EDITOR_COLUMNS + 1];
};

enum line_event {
	LINE_EDITING,  /* go on */
	LINE_ENTERED,  /* text is a line; the cursor of the screen is below it */
	LINE_TOO_LONG, /* the same, but not all that was typed is in it */
	LINE_COMPLETE, /* the tab key: line_editor_insert what can be, or print and redraw */
	LINE_END,      /* Ctrl-D where there is nothing */
};

/*
 * Begin an empty line: prints the prompt, which has at most 40 characters. `e` is zeroed before its
 * first line, and left alone between two.
 */
void line_editor_begin(struct line_editor *e, const char *prompt, struct line_history *history,
		       void (*write)(const char *text, size_t bytes));

/* Take one byte from the terminal, and print what it changes. */
enum line_event line_editor_key(struct line_editor *e, u8 byte);

/* Insert text at the cursor, as if typed. False, with a bell and nothing changed: no room. */
bool line_editor_insert(struct line_editor *e, const char *text, size_t bytes);

/* Print prompt and line anew, on an empty line of the screen. */
void line_editor_redraw(struct line_editor *e);

/* For what can't be. */
void line_editor_bell(struct line_editor *e);

#endif
