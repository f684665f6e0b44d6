#include "effects.h"

#include <string.h>

// state.update(key, function(old) return new end, { ttl = … }): one atomic step across runs. The host says the old value;
// the function says the new one, without waiting for anything; the host sets it if the old one still stands, and says the
// value that stands otherwise, for which the function is asked again. Its answer to a replay has both values: the function
// is asked once more, for what it keeps in locals of the script, and the value of then holds.

// The stack while an update waits: the arguments of the effect, then the function, then the host's answer.
enum { UPDATE_NAME = 1, UPDATE_SCOPE };

// How many arguments the effect has before the new value: the key, the options, and before them whose state.
static int arguments_of(lua_State *L) { return lua_isnil(L, lua_upvalueindex(UPDATE_SCOPE)) ? 2 : 3; }

static const char *own_name(lua_State *L) { return lua_tostring(L, lua_upvalueindex(UPDATE_NAME)); }

static int finish_update(lua_State *L, int status, lua_KContext context);

// Calls the function with the old value; leaves the new one on the stack.
static void call_function(lua_State *L, int function, int answer, bool again) {
  cls_run *run = cls_of(L)->run;
  // It is asked until its answer holds, and once by a replay: it draws the same numbers each time.
  if (again) {
    memcpy(run->random, run->update_random, sizeof run->random);
  } else {
    memcpy(run->update_random, run->random, sizeof run->random);
  }
  size_t length = 0;
  run->update_now_length = 0;
  if (lua_getfield(L, answer, "now") == LUA_TSTRING) {
    const char *now = lua_tolstring(L, -1, &length);
    if (length <= sizeof run->update_now) {
      memcpy(run->update_now, now, length);
      run->update_now_length = (uint8_t)length;
    }
  }
  lua_pop(L, 1);
  lua_pushvalue(L, function);
  lua_getfield(L, answer, "old");
  run->is_updating = true;
  int status = lua_pcall(L, 1, 1, 0);
  run->is_updating = false;
  if (status == LUA_OK) return;
  cls_rethrow_stop(L, status);
  lua_error(L);
}

static int apply(lua_State *L, bool again) {
  int count = arguments_of(L), function = count + 1, answer = count + 2;
  if (lua_type(L, answer) != LUA_TTABLE) return luaL_error(L, "%s was answered by a %s", own_name(L), luaL_typename(L, answer));
  bool is_done = lua_getfield(L, answer, "isDone") == LUA_TBOOLEAN && lua_toboolean(L, -1);
  lua_settop(L, answer);
  call_function(L, function, answer, again);
  if (is_done) {
    lua_getfield(L, answer, "new");
    return 1;
  }
  int value = lua_gettop(L);
  for (int i = 1; i <= count; ++i) lua_pushvalue(L, i);
  lua_pushvalue(L, value);
  return cls_yield_effect(L, own_name(L), value + 1, count + 1, true, CLS_PLAIN, finish_update);
}

static int begin_update(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  lua_settop(L, arguments_of(L) + 1);
  if (!cls_push_reply(L, own_name(L))) return lua_error(L);
  return apply(L, false);
}

static int finish_update(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  int answer = arguments_of(L) + 2;
  lua_settop(L, answer - 1);
  if (!cls_push_reply(L, own_name(L))) return lua_error(L);
  if (lua_type(L, answer) != LUA_TTABLE) return luaL_error(L, "%s was answered by a %s", own_name(L), luaL_typename(L, answer));
  bool is_done = lua_getfield(L, answer, "isDone") == LUA_TBOOLEAN && lua_toboolean(L, -1);
  lua_settop(L, answer);
  if (!is_done) return apply(L, true);
  lua_getfield(L, answer, "new");
  return 1;
}

static int call_update(lua_State *L) {
  bool is_shared = !lua_isnil(L, lua_upvalueindex(UPDATE_SCOPE));
  if (is_shared && lua_type(L, 1) == LUA_TTABLE) lua_remove(L, 1);  // called with a colon
  if (lua_gettop(L) > 3 || lua_type(L, 2) != LUA_TFUNCTION) {
    return luaL_error(L, "%s takes a key, a function and options, %s(key, function(old) return … end)%s%s", own_name(L),
                      own_name(L), lua_gettop(L) > 3 ? "" : "; what stands for the function is a ",
                      lua_gettop(L) > 3 ? "" : luaL_typename(L, 2));
  }
  lua_settop(L, 3);
  lua_rotate(L, 2, 1);  // key, options, function
  if (is_shared) {
    lua_pushvalue(L, lua_upvalueindex(UPDATE_SCOPE));
    lua_insert(L, 1);
  }
  // What waits needs the function below the answer: the arguments are handed on from above it.
  int count = arguments_of(L);
  for (int i = 1; i <= count; ++i) lua_pushvalue(L, i);
  return cls_yield_effect(L, own_name(L), count + 2, count, true, CLS_PLAIN, begin_update);
}

void cls_push_update(lua_State *L, const char *name, int scope) {
  lua_pushstring(L, name);
  if (scope) lua_pushvalue(L, scope); else lua_pushnil(L);
  lua_pushcclosure(L, call_update, 2);
}

bool cls_push_update_now(lua_State *L) {
  const cls_run *run = cls_of(L)->run;
  if (!run->is_updating || run->update_now_length == 0) return false;
  lua_pushlstring(L, run->update_now, run->update_now_length);
  return true;
}
