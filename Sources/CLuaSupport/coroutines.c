#include "internal.h"

// Coroutines of scripts. Only resume, wrap and close differ from Lua's own: a stop passes through them.

static lua_State *check_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

// Returns how many results were moved to L; -1: an error object was.
static int resume(lua_State *L, lua_State *co, int arguments) {
  int results;
  if (!lua_checkstack(co, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, arguments);
  int status = lua_resume(co, L, arguments, &results);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(co, results);
      lua_pushliteral(L, "too many results to resume");
      return -1;
    }
    lua_xmove(co, L, results);
    return results;
  }
  lua_xmove(co, L, 1);
  cls_rethrow_stop(L, status);
  return -1;
}

static int coroutine_resume(lua_State *L) {
  lua_State *co = check_coroutine(L);
  int results = resume(L, co, lua_gettop(L) - 1);
  if (results < 0) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, 1);
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, co, lua_gettop(L));
  if (results >= 0) return results;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = lua_resetthread(co);
    lua_xmove(co, L, 1);
    cls_rethrow_stop(L, status);
  }
  return lua_error(L);
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
  int status = lua_status(co);
  bool dead = status != LUA_YIELD && (status != LUA_OK || (!lua_getstack(co, 0, &ar) && lua_gettop(co) == 0));
  if (co == L || (!dead && status != LUA_YIELD && lua_getstack(co, 0, &ar))) {
    return luaL_error(L, "cannot close a running coroutine");
  }
  status = lua_resetthread(co);
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
  static const char *const plain[] = {"running", "status", "isyieldable", "yield"};
  for (int i = 0; i < 4; ++i) {
    lua_getfield(L, -1, plain[i]);
    lua_setfield(L, library, plain[i]);
  }
  lua_settop(L, library);
  static const luaL_Reg own[] = {
      {"create", coroutine_create}, {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {"close", coroutine_close},
      {NULL, NULL},
  };
  cls_set_functions(L, own);
  cls_protect(L, "coroutine");
  lua_setfield(L, globals, "coroutine");
}
