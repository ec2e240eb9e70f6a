/* provider_bedrock/pictures.c - pictures of the client that go to a model, and the model's that
 * come back.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>
#include <stdlib.h>

/* An uploaded file may be larger than what scratch holds. */
static void put_blob(struct invocation *v, struct cdt_out *o, const struct cdt_blob *blob)
{
	size_t room = (blob->data.n / 3 + 1) * 4;
	char *text = v->self->crypto ? malloc(room) : NULL;

	if (!text) {
		v->status = CDT_E_NOMEM;
		return;
	}
	o->api->text(o, (cdt_str){ text, v->self->crypto->base64(blob->data, 0, text, room) });
	free(text);
}

void bedrock_put_picture(struct invocation *v, struct cdt_out *o, cdt_val picture)
{
	int64_t number = cdt_i64(cdt_get(picture, "blob"), -1);
	cdt_str url = cdt_text(cdt_get(cdt_get(picture, "image_url"), "url"));
	struct inlined in;

	if (number >= 0 && (uint64_t)number < v->req->blob_count) {
		put_blob(v, o, &v->req->blobs[number]);
		return;
	}
	if (bedrock_inlined(url, &in) && in.base64)
		o->api->text(o, in.bytes);
	else
		bedrock_decline(v, CDT_E_INVALID, "image", "This provider can not fetch "
		                "pictures: they must be uploaded, or data: URLs.");
}

cdt_status bedrock_show_picture(const struct reader *r, struct batch *b, cdt_str base64)
{
	const struct inlined in = { CDT_STR(""), base64, 1 };
	const char *kind = bedrock_image_kind(&in);
	struct cdt_event ev = { .type = CDT_EV_OPEN, .kind = CDT_PART_IMAGE };
	char type[32];
	cdt_status st;

	(void)b;
	if (base64.n == 0)
		return CDT_E_UPSTREAM;
	ev.index = r->answer->next_index++;
	(void)snprintf(type, sizeof type, "image/%s", kind ? kind : "png");
	ev.name = words_z(type);
	st = bedrock_start(r);
	if (st == CDT_OK)
		st = cdt_emit(r->sink, ev);
	ev.type = CDT_EV_DELTA;
	ev.name = CDT_STR("");
	ev.data = base64;
	if (st == CDT_OK)
		st = cdt_emit(r->sink, ev);
	ev.type = CDT_EV_CLOSE;
	ev.data = CDT_STR("");
	return st != CDT_OK ? st : cdt_emit(r->sink, ev);
}
