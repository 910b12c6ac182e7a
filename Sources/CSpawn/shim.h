// What <spawn.h> has for those alone who define _GNU_SOURCE, which Swift's Glibc does not.
#ifndef BALANCEALERT_SPAWN_SHIM_H
#define BALANCEALERT_SPAWN_SHIM_H

#include <spawn.h>

#ifndef __APPLE__
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
// Not known before glibc 2.34.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from)
    __attribute__((weak));
#endif

static inline int ba_spawn_in(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

// A program gets its three files, and none of ours that is open, where the system can do that.
static inline int ba_spawn_alone(posix_spawn_file_actions_t *actions, short *flags) {
#ifdef __APPLE__
  (void)actions;
  *flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
  return 0;
#else
  (void)flags;
  if (!posix_spawn_file_actions_addclosefrom_np) return 0;
  return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
}

#endif
