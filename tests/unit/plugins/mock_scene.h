/* unit/plugins/mock_scene.h - one request to provider_mock, its program and its answer.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_MOCK_SCENE_H
#define UNIT_PLUGINS_MOCK_SCENE_H
#include "unit/plugins/fake.h"
#include "unit/unit.h"

/* A request, its program played to the end (or for at most some ms), its answer read. */
struct scene {
	struct fake_plugin plugin;
	struct fake_try try;
	struct fake_wire wire;
	const struct cdt_provider_local *local;
	void *handle;
	cdt_status read;                           /* of frame or finish */
};

void scene_begin(struct scene *s, const struct fake_ask *ask);
void scene_start(struct scene *s);
/* What came over the wire is read by the plugin. */
void scene_read(struct scene *s);
void scene_end(struct scene *s);
/* All of it but the end. */
void scene_play(struct scene *s, const struct fake_ask *ask);
/* The whole answer is that, but for its first line. */
void scene_says(const struct fake_ask *ask, const char *want);

#endif
