#include "internal.h"

// Coroutines of scripts. They differ from Lua's own in that a stop and the host's yields pass through them.

static lua_State *check_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

// A run's coroutine yields for two reasons: the script yields to the script that resumed it, or a call yields to the host.
// The host's yield passes through every coroutine in between: each leaves a mark on its stack, or, when its turn ended in
// Lua code, in its hook. Only the resume that it passed through goes on with it, once the host has answered.

bool cls_is_waiting(lua_State *co) {
  if (lua_status(co) != LUA_YIELD) return false;
  if (lua_gethookcount(co) == CLS_HOOK_PAUSED) return true;
  return lua_gettop(co) > 0 && lua_islightuserdata(co, -1) && lua_touserdata(co, -1) == &cls_wait_tag;
}

static void refuse_waiting(lua_State *L, lua_State *co, const char *what) {
  cls_state *state = cls_of(L);
  if (cls_is_waiting(co)) luaL_error(L, "cannot %s a coroutine that waits for a call", what);
  if (state->run && co == state->run->thread && co != L) luaL_error(L, "cannot %s the run itself", what);
}

enum { RAISED = -1, HOST_YIELD = -2 };

// Returns how many results were moved to L, RAISED: an error object was, or HOST_YIELD.
static int resume(lua_State *L, lua_State *co, int arguments) {
  cls_state *state = cls_of(L);
  int results;
  if (!lua_checkstack(co, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return RAISED;
  }
  lua_xmove(L, co, arguments);
  bool blocks = !lua_isyieldable(L);
  state->blocked += blocks;
  int status = lua_resume(co, L, arguments, &results);
  state->blocked -= blocks;
  if (status == LUA_YIELD && state->yields_to_host) return HOST_YIELD;
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(co, results);
      lua_pushliteral(L, "too many results to resume");
      return RAISED;
    }
    lua_xmove(co, L, results);
    return results;
  }
  lua_xmove(co, L, 1);
  cls_rethrow_stop(L, status);
  return RAISED;
}

// Goes on with a coroutine through which the host's yield passed.
static int resume_waiting(lua_State *L, lua_State *co) {
  lua_pop(L, 1);  // the mark
  if (lua_gethookcount(co) == CLS_HOOK_PAUSED) lua_sethook(co, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
  return resume(L, co, 0);
}

static int pass_on(lua_State *L, lua_KFunction then) {
  lua_pushlightuserdata(L, &cls_wait_tag);
  return lua_yieldk(L, 1, 0, then);
}

static int finish_resume(lua_State *L, int results);

static int continue_resume(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return finish_resume(L, resume_waiting(L, lua_tothread(L, 1)));
}

static int finish_resume(lua_State *L, int results) {
  if (results == HOST_YIELD) return pass_on(L, continue_resume);
  if (results < 0) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, 1);
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int coroutine_resume(lua_State *L) {
  lua_State *co = check_coroutine(L);
  refuse_waiting(L, co, "resume");
  return finish_resume(L, resume(L, co, lua_gettop(L) - 1));
}

static int finish_wrapped(lua_State *L, lua_State *co, int results);

static int continue_wrapped(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  return finish_wrapped(L, co, resume_waiting(L, co));
}

// Closes a coroutine: its closing values run, on the native stack, and may close others. lua_resetthread goes on counting
// nested calls where the coroutine was last resumed, not where its closer stands, so that a chain of closes would pass
// LUAI_MAXCCALLS by. Closes are counted here, and what they use of the native stack is measured: below each there may be
// as many calls as Lua allows. Both bounds leave room for one more such depth.
static int close_thread(lua_State *L, lua_State *co) {
  cls_state *state = cls_of(L);
  if (state->closes >= CLS_CLOSES_MAX || cls_native_used(state) > CLS_NATIVE_MAX) {
    luaL_error(L, "C stack overflow: too many coroutines that close each other");
  }
  ++state->closes;
  int status = lua_resetthread(co);
  --state->closes;
  return status;
}

static int finish_wrapped(lua_State *L, lua_State *co, int results) {
  if (results == HOST_YIELD) return pass_on(L, continue_wrapped);
  if (results >= 0) return results;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = close_thread(L, co);
    lua_xmove(co, L, 1);
    cls_rethrow_stop(L, status);
  }
  return lua_error(L);
}

static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  refuse_waiting(L, co, "resume");
  return finish_wrapped(L, co, resume(L, co, lua_gettop(L)));
}

static bool is_run(lua_State *L) {
  cls_state *state = cls_of(L);
  return state->run && state->run->thread == L;
}

static int coroutine_yield(lua_State *L) {
  if (is_run(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

static int coroutine_isyieldable(lua_State *L) {
  lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushboolean(L, !is_run(co) && lua_isyieldable(co));
  return 1;
}

static int coroutine_running(lua_State *L) {
  bool is_main = lua_pushthread(L);
  lua_pushboolean(L, is_main || is_run(L));
  return 2;
}

static int coroutine_create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  cls_tick(L, 64);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

static int coroutine_wrap(lua_State *L) {
  coroutine_create(L);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

static int coroutine_close(lua_State *L) {
  lua_State *co = check_coroutine(L);
  lua_Debug ar;
  refuse_waiting(L, co, "close");
  int status = lua_status(co);
  bool dead = status != LUA_YIELD && (status != LUA_OK || (!lua_getstack(co, 0, &ar) && lua_gettop(co) == 0));
  if (co == L || (!dead && status != LUA_YIELD && lua_getstack(co, 0, &ar))) {
    return luaL_error(L, "cannot close a running coroutine");
  }
  status = close_thread(L, co);
  if (status == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_xmove(co, L, 1);
  cls_rethrow_stop(L, status);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

void cls_open_coroutine(lua_State *L, int globals) {
  lua_newtable(L);
  int library = lua_gettop(L);
  lua_pushcfunction(L, luaopen_coroutine);
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "status");
  lua_setfield(L, library, "status");
  lua_settop(L, library);
  static const luaL_Reg own[] = {
      {"create", coroutine_create}, {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {"close", coroutine_close},
      {"yield", coroutine_yield}, {"isyieldable", coroutine_isyieldable}, {"running", coroutine_running},
      {NULL, NULL},
  };
  cls_set_functions(L, own);
  cls_protect(L, "coroutine");
  lua_setfield(L, globals, "coroutine");
}
