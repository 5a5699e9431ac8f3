// SPDX-License-Identifier: BSD-2-Clause
/*
 * A line that is being typed; <kernel/line_editor.h> has the contracts.
 *
 * A key changes text and cursor, and nothing else. What the screen has to show follows from these
 * two alone; `refresh` compares it with what the screen shows, and prints the difference. So no
 * key needs to know how it looks, and one typed at the end of the line echoes as itself.
 */
#include <kernel/line_editor.h>
#include <lib/string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE       0x1b
#define DELETE       0x7f

/* Where the keys are in an escape sequence. */
enum escape {
	NO_ESCAPE,
	AFTER_ESCAPE, /* ESC */
	IN_CSI,       /* ESC [, then numbers, then a letter or ~ */
	IN_SS3,       /* ESC O, then a letter */
};

/* ---- the screen ---- */

static void write_text(struct line_editor *e, const char *text)
{
	e->write(text, strlen(text));
}

void line_editor_bell(struct line_editor *e)
{
	write_text(e, "\a");
}

/* Move the window so that the cursor is in it, and not on a < or >. */
static void place_window(struct line_editor *e)
{
	size_t first = e->window + (e->window > 0), end = e->window + e->columns - 1;

	if (e->cursor < first || e->cursor >= end)
		e->window = e->cursor > e->columns / 2 ? e->cursor - e->columns / 2 : 0;
	if (e->len < e->columns)
		e->window = 0;
}

/* What the screen has to show; returns its length. */
static size_t compose(const struct line_editor *e, char *wanted)
{
	size_t len = MIN(e->len - e->window, e->columns);

	memcpy(wanted, e->text + e->window, len);
	if (e->window && len)
		wanted[0] = '<';
	if (e->window + len < e->len)
		wanted[len - 1] = '>';
	return len;
}

/* Bring the screen's cursor to `column` of what is shown. */
static void move_to(struct line_editor *e, size_t column)
{
	for (; e->column > column; e->column--)
		e->write("\b", 1);
	if (e->column < column)
		e->write(e->shown + e->column, column - e->column);
	e->column = column;
}

static void refresh(struct line_editor *e)
{
	char wanted[LINE_EDITOR_COLUMNS + 1];
	size_t len, same = 0;

	place_window(e);
	len = compose(e, wanted);
	while (same < len && same < e->shown_len && wanted[same] == e->shown[same])
		same++;
	if (same < len || same < e->shown_len) {
		move_to(e, same);
		e->write(wanted + same, len - same);
		memcpy(e->shown + same, wanted + same, len - same);
		e->column = len;
		for (; e->column < e->shown_len; e->column++)
			e->write(" ", 1);
		for (; e->column > len; e->column--)
			e->write("\b", 1);
		e->shown_len = len;
	}
	move_to(e, e->cursor - e->window);
}

void line_editor_redraw(struct line_editor *e)
{
	e->shown_len = 0;
	e->column = 0;
	write_text(e, e->prompt);
	refresh(e);
}

/* ---- changing the text ---- */

static void set_text(struct line_editor *e, const char *text)
{
	e->len = strlen(text);
	memcpy(e->text, text, e->len + 1);
	e->cursor = e->len;
	e->lost = false;
}

bool line_editor_insert(struct line_editor *e, const char *text, size_t bytes)
{
	if (bytes >= LINE_EDITOR_BYTES - e->len) {
		line_editor_bell(e);
		return false;
	}
	memmove(e->text + e->cursor + bytes, e->text + e->cursor, e->len - e->cursor + 1);
	memcpy(e->text + e->cursor, text, bytes);
	e->len += bytes;
	e->cursor += bytes;
	refresh(e);
	return true;
}

/* Take [from, to) out; the cursor is where it was. */
static void cut(struct line_editor *e, size_t from, size_t to)
{
	memmove(e->text + from, e->text + to, e->len - to + 1);
	e->len -= to - from;
	e->cursor = from;
	e->lost = false;
}

static size_t word_before(const struct line_editor *e)
{
	size_t at = e->cursor;

	while (at && e->text[at - 1] == ' ')
		at--;
	while (at && e->text[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_behind(const struct line_editor *e)
{
	size_t at = e->cursor;

	while (at < e->len && e->text[at] == ' ')
		at++;
	while (at < e->len && e->text[at] != ' ')
		at++;
	return at;
}

/* ---- lines typed before ---- */

/*
 * Show the line `back` lines ago. The new one is kept as the history's last meanwhile, so that it
 * counts as one, and changes to older ones are forgotten.
 */
static void look_back(struct line_editor *e, unsigned back)
{
	const char *line;

	if (!e->keeps_line && back) {
		if (!line_history_get(e->history, 1))
			return line_editor_bell(e);
		line_history_push(e->history, e->text);
		e->keeps_line = true;
	}
	line = line_history_get(e->history, back + 1);
	if (!line)
		return line_editor_bell(e);
	e->back = back;
	set_text(e, line);
	if (!back) {
		line_history_pop(e->history);
		e->keeps_line = false;
	}
}

/* ---- keys ---- */

static void older(struct line_editor *e)
{
	look_back(e, e->back + 1);
}

static void newer(struct line_editor *e)
{
	if (e->back)
		look_back(e, e->back - 1);
	else
		line_editor_bell(e);
}

/* The letter that ends an escape sequence, or stands for it. */
static void move_key(struct line_editor *e, u8 key)
{
	bool word = e->modifier == 5; /* with Ctrl */

	switch (key) {
	case 'A':
		older(e);
		break;
	case 'B':
		newer(e);
		break;
	case 'C':
		e->cursor = word ? word_behind(e) : MIN(e->cursor + 1, e->len);
		break;
	case 'D':
		e->cursor = word ? word_before(e) : e->cursor - (e->cursor > 0);
		break;
	case 'H':
		e->cursor = 0;
		break;
	case 'F':
		e->cursor = e->len;
		break;
	}
}

static void delete_at(struct line_editor *e)
{
	if (e->cursor < e->len)
		cut(e, e->cursor, e->cursor + 1);
}

/* ESC [ 3 ~ and the like: what a PC's keys send. */
static void number_key(struct line_editor *e)
{
	if (e->parameter == 3)
		delete_at(e);
	else if (e->parameter == 1 || e->parameter == 7)
		e->cursor = 0;
	else if (e->parameter == 4 || e->parameter == 8)
		e->cursor = e->len;
}

/* One byte of ESC [ numbers letter. A byte that can't stand there ends it. */
static void csi_key(struct line_editor *e, u8 byte)
{
	if (byte >= '0' && byte <= '9') {
		e->modifier = (u8)(e->modifier * 10 + (byte - '0'));
	} else if (byte == ';') {
		e->parameter = e->modifier;
		e->modifier = 0;
	} else if (byte < 0x20 || byte > 0x3f) {
		e->escape = NO_ESCAPE;
		if (byte == '~') {
			e->parameter = e->parameter ? e->parameter : e->modifier;
			number_key(e);
		} else {
			move_key(e, byte);
		}
	}
}

static void escape_key(struct line_editor *e, u8 byte)
{
	enum escape where = (enum escape)e->escape;

	if (where == IN_CSI) {
		csi_key(e, byte);
		return;
	}
	e->escape = NO_ESCAPE;
	e->parameter = 0;
	e->modifier = 0;
	if (where == IN_SS3)
		move_key(e, byte);
	else if (byte == '[')
		e->escape = IN_CSI;
	else if (byte == 'O')
		e->escape = IN_SS3;
	else if (byte == ESCAPE)
		e->escape = AFTER_ESCAPE;
	else if (byte == 'b')
		e->cursor = word_before(e);
	else if (byte == 'f')
		e->cursor = word_behind(e);
}

/* What needs more than another text or cursor is the caller's. */
static void control_key(struct line_editor *e, u8 byte)
{
	switch (byte) {
	case CTRL('A'):
		e->cursor = 0;
		break;
	case CTRL('E'):
		e->cursor = e->len;
		break;
	case CTRL('B'):
		e->cursor -= e->cursor > 0;
		break;
	case CTRL('F'):
		e->cursor = MIN(e->cursor + 1, e->len);
		break;
	case CTRL('D'):
		delete_at(e);
		break;
	case CTRL('K'):
		cut(e, e->cursor, e->len);
		break;
	case CTRL('U'):
		cut(e, 0, e->cursor);
		break;
	case CTRL('W'):
		cut(e, word_before(e), e->cursor);
		break;
	case CTRL('P'):
		older(e);
		break;
	case CTRL('N'):
		newer(e);
		break;
	case '\b':
	case DELETE:
		if (e->cursor)
			cut(e, e->cursor - 1, e->cursor);
		break;
	case ESCAPE:
		e->escape = AFTER_ESCAPE;
		break;
	}
}

/* The line is done with: leave its screen line. */
static void leave(struct line_editor *e, const char *mark)
{
	if (e->keeps_line)
		line_history_pop(e->history);
	e->keeps_line = false;
	e->back = 0;
	move_to(e, e->shown_len);
	write_text(e, mark);
}

static void cancel(struct line_editor *e)
{
	leave(e, e->shown_len + 2 <= e->columns ? "^C\n" : "\n");
	set_text(e, "");
	e->window = 0;
	line_editor_redraw(e);
}

enum line_event line_editor_key(struct line_editor *e, u8 byte)
{
	bool second = byte == '\n' && e->skip_feed; /* a terminal may send both */

	e->skip_feed = byte == '\r';
	if (second)
		return LINE_EDITING;
	if (byte == '\r' || byte == '\n') {
		leave(e, "\n");
		line_history_add(e->history, e->text);
		return e->lost ? LINE_TOO_LONG : LINE_ENTERED;
	}
	if (byte == CTRL('C') || byte == CTRL('L')) {
		e->escape = NO_ESCAPE;
		if (byte == CTRL('C')) {
			cancel(e);
		} else {
			write_text(e, "\n");
			line_editor_redraw(e);
		}
		return LINE_EDITING;
	}
	if (e->escape)
		escape_key(e, byte);
	else if (byte == '\t')
		return LINE_COMPLETE;
	else if (byte == CTRL('D') && !e->len)
		return LINE_END;
	else if (byte < ' ' || byte == DELETE)
		control_key(e, byte);
	else if (byte < DELETE)
		e->lost |= !line_editor_insert(e, (const char *)&byte, 1);
	refresh(e);
	return LINE_EDITING;
}

void line_editor_begin(struct line_editor *e, const char *prompt, struct line_history *history,
		       void (*write)(const char *text, size_t bytes))
{
	bool skip_feed = e->skip_feed;

	*e = (struct line_editor){ .write = write,
				   .history = history,
				   .prompt = prompt,
				   .skip_feed = skip_feed,
				   .columns = LINE_EDITOR_COLUMNS - strlen(prompt) };
	line_editor_redraw(e);
}
