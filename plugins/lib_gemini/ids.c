/* lib_gemini/ids.c - ids of tool calls, and names of tools in the letters that Google takes.
 *
 * Clients send back a tool call's id, name and arguments and nothing else, but newer models
 * want the signature of the thoughts that led to the call, too.  So it travels in the id:
 *
 *     ID-gsig-KSIGNATURE
 *
 * ID is Google's own, or "call_..." when it gave none.  The signature is base64 without
 * padding in the letters that every client takes; K says how it was written: s (+/), p (+/ with
 * padding), u (-_), v (-_ with padding).
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <stdio.h>
#include <string.h>

#define MARK "-gsig-"
enum { OWN_ID_MAX = 256, SIGNATURE_MAX = 128 << 10, NAME_BYTES_MAX = 64 };

static int is_letter(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* 0: it can not be written so that it comes back byte for byte. */
static char spelling_of(cdt_str s, size_t *n)
{
	size_t padding = 0, plain = 0, safe = 0;

	for (; padding < s.n && padding < 2 && s.p[s.n - 1 - padding] == '='; padding++)
		;
	*n = s.n - padding;
	for (size_t i = 0; i < *n; i++) {
		plain += s.p[i] == '+' || s.p[i] == '/';
		safe += s.p[i] == '-' || s.p[i] == '_';
		if (!is_letter(s.p[i]) && !strchr("+/-_", s.p[i]))
			return 0;
	}
	if (*n == 0 || (plain && safe) || s.n > SIGNATURE_MAX
	    || (padding && padding != (4 - *n % 4) % 4))
		return 0;
	return safe ? (padding ? 'v' : 'u') : (padding ? 'p' : 's');
}

static cdt_str signed_id(struct cdt_call *call, cdt_str id, cdt_str signature)
{
	size_t n;
	char kind[2] = { spelling_of(signature, &n), '\0' };
	cdt_str out;
	char *p;

	if (!kind[0])
		return id;
	out = words_join(call, (cdt_str[]){ id, CDT_STR(MARK), { kind, 1 },
		{ signature.p, n } }, 4);
	if (!out.p)
		return id;
	p = call->api->scratch(call, out.n + 1);
	if (!p)
		return id;
	memcpy(p, out.p, out.n);
	for (size_t i = out.n - n; i < out.n; i++)
		p[i] = p[i] == '+' ? '-' : p[i] == '/' ? '_' : p[i];
	return (cdt_str){ p, out.n };
}

/* The same for the same answer, and another one for each call of it. */
static cdt_str made_id(const struct reader *r, uint32_t n)
{
	const struct gemini_answer *a = r->answer;
	const struct choice *c = &a->choice[n];
	cdt_str of = a->id_n ? (cdt_str){ a->id, a->id_n } : r->call->api->id(r->call), id;
	char end[32], *p;

	if (n)
		(void)snprintf(end, sizeof end, "_%u_%u", n, c->calls);
	else
		(void)snprintf(end, sizeof end, "_%u", c->calls);
	id = words_join(r->call, (cdt_str[]){ CDT_STR("call_"), of, words_z(end) }, 3);
	p = r->call->api->scratch(r->call, id.n + 1);
	if (!id.p || !p)
		return CDT_STR("call_0");
	for (size_t i = 0; i < id.n; i++)
		p[i] = is_letter(id.p[i]) ? id.p[i] : '_';
	return (cdt_str){ p, id.n };
}

cdt_str gemini_id_write(const struct reader *r, const struct call_id *c, uint32_t n)
{
	cdt_str id = c->id.n && c->id.n <= OWN_ID_MAX ? c->id : made_id(r, n);

	return r->self->signed_ids ? signed_id(r->call, id, c->signature) : id;
}

/* The signature as Google wrote it. */
static cdt_str spelled(struct cdt_call *call, char kind, cdt_str s)
{
	size_t padding = kind == 'p' || kind == 'v' ? (4 - s.n % 4) % 4 : 0;
	cdt_str out = words_join(call, (cdt_str[]){ s, { "==", padding } }, 2);
	char *p;

	if (kind == 'u' || kind == 'v' || !out.p)
		return out;
	p = call->api->scratch(call, out.n + 1);
	if (!p)
		return (cdt_str){ NULL, 0 };
	for (size_t i = 0; i < out.n; i++)
		p[i] = out.p[i] == '-' ? '+' : out.p[i] == '_' ? '/' : out.p[i];
	return (cdt_str){ p, out.n };
}

/* Ids that begin with "call_" are ours or another provider's: Google never saw them. */
struct call_id gemini_id_read(struct cdt_call *call, cdt_str id)
{
	size_t at = words_find(id, CDT_STR(MARK));
	cdt_str rest = words_after(id, at + sizeof MARK - 1);
	struct call_id c = { { id.p, at }, { NULL, 0 } };

	if (rest.n > 1 && strchr("spuv", rest.p[0]))
		c.signature = spelled(call, rest.p[0], words_after(rest, 1));
	if (words_begin(c.id, "call_"))
		c.id.n = 0;
	return c;
}

/* A letter or _ first, then letters, digits and _.:- */
cdt_str gemini_tool_name(struct draft *d, cdt_str name)
{
	cdt_str s = name;
	char *p;
	int odd = name.n > NAME_BYTES_MAX || name.n == 0;

	for (size_t i = 0; i < name.n && !odd; i++)
		odd = !(is_letter(name.p[i]) || (name.p[i] && strchr("_.:-", name.p[i])))
		      || (i == 0 && !(is_letter(name.p[0]) || name.p[0] == '_'))
		      || (i == 0 && name.p[0] >= '0' && name.p[0] <= '9');
	if (!odd)
		return name;
	s = words_join(d->call, (cdt_str[]){ CDT_STR("_"), name }, 2);
	if (name.n && is_letter(name.p[0]) && !(name.p[0] >= '0' && name.p[0] <= '9'))
		s = words_after(s, 1);
	s.n = s.n < NAME_BYTES_MAX ? s.n : NAME_BYTES_MAX;
	p = s.p ? d->call->api->scratch(d->call, s.n + 1) : NULL;
	if (!p) {
		gemini_refuse(d, CDT_E_LIMIT, "tools", "The names of the tools are too long.");
		return CDT_STR("_");
	}
	for (size_t i = 0; i < s.n; i++)
		p[i] = is_letter(s.p[i]) || (s.p[i] && strchr("_.:-", s.p[i])) ? s.p[i] : '_';
	return (cdt_str){ p, s.n };
}
