/* vet.h - folders for plugins that are only looked at.  Part of the app layer.
 * SPDX-License-Identifier: MIT */
#ifndef VET_H
#define VET_H

/* With the files in it; what can not be removed stays. */
void vet_remove_dir(const char *path);

#endif
