/* check/multipart.c - reads what the host wrote: no more forms than it writes.
 * SPDX-License-Identifier: MIT */
#include "check/multipart.h"

#include <stdio.h>

#include "base/str.h"

/* Between a mark and the next quote. */
static cdt_str quoted(cdt_str line, const char *mark)
{
	cdt_str s = str_skip(line, str_search(line, str_z(mark)));

	s = str_skip(s, str_z(mark).n);
	return str_from(s.p, str_find(s, '"'));
}

static void read_line(cdt_str line, struct form_part *p)
{
	if (str_starts(line, "content-disposition: form-data; name=\"")) {
		p->name = quoted(line, " name=\"");
		p->filename = quoted(line, " filename=\"");
	} else if (str_starts(line, "content-type: ")) {
		p->type = str_skip(line, 14);
	}
}

/* head and bytes of one part, between two boundaries. */
static bool read_part(cdt_str s, struct form_part *p)
{
	size_t end = str_search(s, CDT_STR("\r\n\r\n"));
	cdt_str head = str_from(s.p, end);

	*p = (struct form_part){ CDT_STR(""), CDT_STR(""), CDT_STR(""), CDT_STR("") };
	if (end == s.n)
		return false;
	while (head.n)
		read_line(str_trim(str_cut(&head, '\n')), p);
	p->bytes = str_skip(s, end + 4);
	return p->name.n != 0;
}

bool multipart_read(cdt_str type, cdt_str body, struct form_part part[PARTS_MAX],
                    size_t *count)
{
	size_t at = str_search(type, CDT_STR("boundary="));
	char mark[128];
	int n;

	*count = 0;
	if (!str_starts(type, "multipart/form-data") || at == type.n)
		return false;
	n = snprintf(mark, sizeof mark, "\r\n--%.*s", STR_ARG(str_skip(type, at + 9)));
	if (n < 0 || (size_t)n >= sizeof mark || !str_starts(body, mark + 2))
		return false;
	body = str_skip(body, (size_t)n - 2);
	while (*count < PARTS_MAX && !str_starts(body, "--")) {
		size_t end = str_search(body, str_z(mark));

		if (end == body.n || !read_part(str_from(body.p, end), &part[*count]))
			return false;
		++*count;
		body = str_skip(body, end + (size_t)n);
	}
	return str_starts(body, "--");
}
