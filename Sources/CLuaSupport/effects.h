#pragma once
#include "internal.h"

// How what jobs call reaches the host, whoever calls it.

enum { CLS_PLAIN, CLS_TRY };

/// The run that calls `name`, or an error that says where it may be called.
cls_run *cls_calling_run(lua_State *L, const char *name);
/// Yields the effect `name` with `count` arguments from stack index `first` on, as a list or alone; `then` goes on with
/// cls_push_reply. Does not return.
int cls_yield_effect(lua_State *L, const char *name, int first, int count, bool as_list, int mode, lua_KFunction then);
/// Pushes the answer to the effect, or the error it failed with: false.
bool cls_push_reply(lua_State *L, const char *name);
/// The effect's name, of a function that has it as its first upvalue.
const char *cls_own_name(lua_State *L);
/// Goes on with such a function: raises, or returns nil and the error, by `mode`.
int cls_finish_effect(lua_State *L, int status, lua_KContext mode);
/// Pushes the table `client`.
void cls_open_client(lua_State *L);
