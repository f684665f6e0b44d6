#include "effects.h"

#include <string.h>

// What `*_test.lua` files see beside the rest: test("name", function(t) … end), and t. A test is a run like a job's; what
// t does to the world under test are effects named "test.…". Comparing and showing values needs no host: it is Lua.

char cls_key_test;

static const char test_source[] =
#include "tests.inc"
;

// ask(name, …): one effect. Only the source above calls it.
static int finish_ask(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return cls_push_reply(L, "t") ? 1 : lua_error(L);
}

static int ask(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  return cls_yield_effect(L, name, 2, lua_gettop(L) - 1, true, CLS_PLAIN, finish_ask);
}

static int protect(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *what = luaL_checkstring(L, 2);
  lua_pushvalue(L, 1);
  cls_protect(L, what);
  return 1;
}

// test(name, run): a declaration like the others. Upvalue: declare.
static int declare_test(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING || lua_type(L, 2) != LUA_TFUNCTION || lua_gettop(L) > 2) {
    return luaL_error(L, "test takes a name and a function: test(\"name\", function(t) … end)");
  }
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "name");
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "run");
  lua_call(L, 1, 0);
  return 0;
}

void cls_open_tests(lua_State *L, int globals) {
  cls_push_declare(L, CLS_TEST);
  lua_pushcclosure(L, declare_test, 1);
  lua_setfield(L, globals, "test");
  if (luaL_loadbufferx(L, test_source, strlen(test_source), "=tidemill", "t") != LUA_OK) lua_error(L);
  lua_pushvalue(L, globals);
  lua_pushcfunction(L, ask);
  lua_pushcfunction(L, protect);
  lua_call(L, 3, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_test);
}

void cls_push_test(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_test) != LUA_TFUNCTION) luaL_error(L, "this state runs no tests");
  lua_call(L, 0, 1);
}
