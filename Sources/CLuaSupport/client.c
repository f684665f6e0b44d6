#include "effects.h"

#include <string.h>

// client: the operations as functions, with client.try and client.each.

static void check_table(lua_State *L, const char *name) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  if (lua_type(L, 1) != LUA_TTABLE || lua_gettop(L) > 1) {
    luaL_error(L, "%s takes one table, %s { … }, got %s", name, name,
               lua_gettop(L) > 1 ? "several values" : luaL_typename(L, 1));
  }
}

// Upvalues: the effect's name, "client.grantCredits", and the mode.
static int call_operation(lua_State *L) {
  check_table(L, cls_own_name(L));
  return cls_yield_effect(L, cls_own_name(L), 1, 1, false, (int)lua_tointeger(L, lua_upvalueindex(2)), cls_finish_effect);
}

enum { EACH_NAME = 1, EACH_FIELD, EACH_INPUT, EACH_PAGE, EACH_AT, EACH_NEXT };

static int each_take(lua_State *L);

static int each_page(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  const char *name = cls_own_name(L);
  if (!cls_push_reply(L, name)) return lua_error(L);
  int answer = lua_gettop(L);
  if (lua_type(L, answer) != LUA_TTABLE) return luaL_error(L, "%s: the answer is no page", name);
  lua_pushvalue(L, lua_upvalueindex(EACH_FIELD));
  if (lua_rawget(L, answer) != LUA_TTABLE) {
    return luaL_error(L, "%s: the answer has no '%s'", name, lua_tostring(L, lua_upvalueindex(EACH_FIELD)));
  }
  lua_replace(L, lua_upvalueindex(EACH_PAGE));
  lua_pushinteger(L, 0);
  lua_replace(L, lua_upvalueindex(EACH_AT));
  lua_pushnil(L);
  lua_pushliteral(L, "pagination");
  if (lua_rawget(L, answer) == LUA_TTABLE) {
    lua_pushliteral(L, "next");
    if (lua_rawget(L, -2) == LUA_TSTRING) {
      if (lua_rawequal(L, -1, lua_upvalueindex(EACH_NEXT))) {
        return luaL_error(L, "%s: the answer leads back to the same page", name);
      }
      lua_replace(L, answer + 1);
    }
  }
  lua_settop(L, answer + 1);
  lua_replace(L, lua_upvalueindex(EACH_NEXT));
  lua_settop(L, 0);
  return each_take(L);
}

// The next item of the page, or of the next page.
static int each_take(lua_State *L) {
  cls_tick(L, 1);
  bool begun = lua_type(L, lua_upvalueindex(EACH_PAGE)) == LUA_TTABLE;
  if (begun) {
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(EACH_AT)) + 1;
    if (lua_rawgeti(L, lua_upvalueindex(EACH_PAGE), at) != LUA_TNIL) {
      lua_pushinteger(L, at);
      lua_replace(L, lua_upvalueindex(EACH_AT));
      return 1;
    }
    if (lua_isnil(L, lua_upvalueindex(EACH_NEXT))) return 1;  // nil: the end
  }
  lua_settop(L, 0);
  if (begun) {
    lua_pushvalue(L, lua_upvalueindex(EACH_NEXT));
    lua_setfield(L, lua_upvalueindex(EACH_INPUT), "after");
  }
  // What is called is the list itself.
  const char *name = cls_own_name(L);
  lua_pushfstring(L, "client.%s", name + strlen("client.each."));
  lua_pushvalue(L, lua_upvalueindex(EACH_INPUT));
  return cls_yield_effect(L, lua_tostring(L, 1), 2, 1, false, CLS_PLAIN, each_page);
}

static int each_next(lua_State *L) {
  lua_settop(L, 0);
  return each_take(L);
}

static int each_operation(lua_State *L) {
  const char *name = cls_own_name(L);
  check_table(L, name);
  cls_calling_run(L, name);
  lua_newtable(L);  // a copy: it gets the cursor
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    cls_tick(L, 1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, 2);
  }
  lua_pushvalue(L, lua_upvalueindex(EACH_NAME));
  lua_insert(L, 2);
  lua_pushvalue(L, lua_upvalueindex(EACH_FIELD));
  lua_insert(L, 3);
  lua_pushnil(L);
  lua_pushinteger(L, 0);
  lua_pushnil(L);
  lua_pushcclosure(L, each_next, 6);
  return 1;
}

// Operators ask it elsewhere.
static int refuse_operation(lua_State *L) {
  const char *name = cls_own_name(L), *last = strrchr(name, '.') + 1;
  char from[64];
  size_t length = (size_t)(last - 1 - name);
  if (length >= sizeof from) length = sizeof from - 1;
  memcpy(from, name, length);
  from[length] = 0;
  lua_pushfstring(L, "%s is not available in scripts: operators ask it, with `tidemill call %s`", name, last);
  return cls_raise_about(L, from, last, strlen(last));
}

// Sets a function of the operation's name in the table below the top. Its upvalues: the effect's name, and the value on
// top, which goes: the mode, or the field of a page.
static void set_operation(lua_State *L, const char *prefix, const cls_operation *operation, lua_CFunction function) {
  lua_pushlstring(L, operation->name.bytes, operation->name.length);
  lua_insert(L, -2);
  lua_pushfstring(L, "%s%s", prefix, lua_tostring(L, -2));
  lua_insert(L, -2);
  lua_pushcclosure(L, operation->refused ? refuse_operation : function, 2);
  lua_rawset(L, -3);
}

static void set_calls(lua_State *L, const char *prefix, int mode) {
  const cls_options *options = &cls_of(L)->options;
  for (uint32_t i = 0; i < options->operation_count; ++i) {
    lua_pushinteger(L, mode);
    set_operation(L, prefix, &options->operations[i], call_operation);
  }
}

void cls_open_client(lua_State *L) {
  const cls_options *options = &cls_of(L)->options;
  lua_newtable(L);
  set_calls(L, "client.", CLS_PLAIN);
  lua_newtable(L);
  set_calls(L, "client.", CLS_TRY);
  cls_protect(L, "client.try");
  lua_setfield(L, -2, "try");
  lua_newtable(L);
  for (uint32_t i = 0; i < options->operation_count; ++i) {
    const cls_operation *operation = &options->operations[i];
    if (operation->page.length == 0) continue;
    lua_pushlstring(L, operation->page.bytes, operation->page.length);
    set_operation(L, "client.each.", operation, each_operation);
  }
  cls_protect(L, "client.each");
  lua_setfield(L, -2, "each");
  cls_protect(L, "client");
}
