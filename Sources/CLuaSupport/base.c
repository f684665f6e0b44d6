#include "internal.h"

#include <stdio.h>
#include <string.h>

// MARK: - Text of values

// As luaL_tolstring, without the addresses that would tell one run from another.
const char *cls_push_text(lua_State *L, int index, size_t *length) {
  index = lua_absindex(L, index);
  if (luaL_callmeta(L, index, "__tostring")) {
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, length);
  }
  switch (lua_type(L, index)) {
    case LUA_TNUMBER:
      lua_pushvalue(L, index);  // lua_tolstring would change the original in place
      lua_tolstring(L, -1, NULL);
      break;
    case LUA_TSTRING: lua_pushvalue(L, index); break;
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    case LUA_TNIL: lua_pushliteral(L, "nil"); break;
    default: lua_pushstring(L, cls_is_null(L, index) ? "null" : luaL_typename(L, index));
  }
  return lua_tolstring(L, -1, length);
}

int cls_tostring(lua_State *L) {
  luaL_checkany(L, 1);
  size_t length;
  cls_push_text(L, 1, &length);
  return 1;
}

// MARK: - Read-only tables

static int refuse_assignment(lua_State *L) {
  size_t length;
  const char *what = lua_tostring(L, lua_upvalueindex(1));
  const char *name = cls_push_text(L, 2, &length);
  return luaL_error(L, "'%s.%s' is read-only", what, name);
}

// Why a name that people know from elsewhere is not here.
static const char *absent(const char *name) {
  static const char *const reasons[][2] = {
      {"io", "scripts do not reach files"},
      {"os", "scripts do not reach the machine; use time.now() and the functions of time"},
      {"debug", "it is not part of the safe library"},
      {"package", "use require \"lib.NAME\""},
      {"load", "put the code into a file below lib/ and use require"},
      {"loadstring", "put the code into a file below lib/ and use require"},
      {"loadfile", "use require \"lib.NAME\""},
      {"dofile", "use require \"lib.NAME\""},
      {"rawset", "use plain assignment"},
      {"unpack", "it is table.unpack"},
  };
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; ++i) {
    if (strcmp(reasons[i][0], name) == 0) return reasons[i][1];
  }
  return NULL;
}

// Appends the names that there are to the message on top, where they are few.
static void append_names(lua_State *L, int table) {
  enum { NAMES_MAX = 12 };
  const char *names[NAMES_MAX];
  int count = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING || count == NAMES_MAX) {
      lua_pop(L, 1);
      return;
    }
    const char *name = lua_tostring(L, -1);  // the table keeps it
    int at = count++;
    for (; at > 0 && strcmp(names[at - 1], name) > 0; --at) names[at] = names[at - 1];
    names[at] = name;
  }
  if (count == 0) return;
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (int i = 0; i < count; ++i) {
    if (i) luaL_addstring(&list, ", ");
    luaL_addstring(&list, names[i]);
  }
  luaL_pushresult(&list);
  lua_pushfstring(L, "%s; there are %s", lua_tostring(L, -2), lua_tostring(L, -1));
  lua_replace(L, -3);
  lua_pop(L, 1);
}

// __index of the table behind a stand-in: reached for names that do not exist.
static int refuse_unknown(lua_State *L) {
  const char *what = lua_tostring(L, lua_upvalueindex(1));
  if (lua_type(L, 2) != LUA_TSTRING) {
    if (!what) return luaL_error(L, "a global's name is a string");
    return luaL_error(L, "%s has no such field", what);
  }
  size_t length;
  const char *name = lua_tolstring(L, 2, &length);
  cb_search search;
  search.best[0] = 0;
  if (!what) {
    const char *reason = absent(name);
    // The table that was asked first is gone from the chain; the library's names are the candidates.
    if (!reason) cls_nearest(L, 1, name, length, &search);
    if (reason) {
      lua_pushfstring(L, "'%s' is not available: %s", name, reason);
    } else if (search.best[0]) {
      lua_pushfstring(L, "undefined global '%s'; did you mean '%s'?", name, search.best);
    } else {
      lua_pushfstring(L, "undefined global '%s'", name);
    }
    return cls_raise_about(L, what, name, length);
  }
  cls_nearest(L, 1, name, length, &search);
  bool is_vars = strcmp(what, "vars") == 0;
  if (search.best[0]) {
    lua_pushfstring(L, "%s.%s is not defined; did you mean '%s'?", what, name, search.best);
  } else {
    lua_pushfstring(L, "%s.%s is not defined%s", what, name, is_vars ? "; set it in [vars] of config.toml" : "");
    if (!is_vars) append_names(L, 1);
  }
  return cls_raise_about(L, what, name, length);
}

void cls_refuse_unknown(lua_State *L, const char *what) {
  lua_createtable(L, 0, 1);
  if (what) lua_pushstring(L, what); else lua_pushnil(L);
  lua_pushcclosure(L, refuse_unknown, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

void cls_protect(lua_State *L, const char *what) {
  int inner = lua_gettop(L);
  cls_refuse_unknown(L, what);
  lua_newtable(L);  // the stand-in
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, inner);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, what);
  lua_pushcclosure(L, refuse_assignment, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_replace(L, inner);
  lua_settop(L, inner);
}

void cls_set_functions(lua_State *L, const luaL_Reg *functions) { luaL_setfuncs(L, functions, 0); }

// MARK: - Functions of Lua's own library, charged

static int call_charged(lua_State *L) {
  cls_charge_arguments(L);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void cls_charged(lua_State *L) { lua_pushcclosure(L, call_charged, 1); }

// Copies the named fields of the table at `from` into the one on top.
static void copy_fields(lua_State *L, int from, const char *const *names, bool charged) {
  for (; *names; ++names) {
    lua_getfield(L, from, *names);
    if (charged && lua_iscfunction(L, -1)) cls_charged(L);
    lua_setfield(L, -2, *names);
  }
}

// MARK: - Protected calls that cannot catch a stop

static int finish_protected(lua_State *L, int status, lua_KContext context) {
  if (status != LUA_OK && status != LUA_YIELD) {
    cls_rethrow_stop(L, status);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)context;
}

static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_protected);
  return finish_protected(L, status, 0);
}

// The handler runs after the stack is unwound, so that it is an ordinary call under the ordinary limits.
static int finish_handled(lua_State *L, int status, lua_KContext context) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)context;
  cls_rethrow_stop(L, status);
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  status = lua_pcall(L, 1, 1, 0);
  if (status != LUA_OK) cls_rethrow_stop(L, status);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

static int protected_call_with_handler(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);  // handler, f, args… becomes: handler, true, f, args…
  lua_insert(L, 1);
  lua_pushboolean(L, 1);
  lua_replace(L, 3);
  lua_pushvalue(L, 2);
  lua_insert(L, 4);
  lua_remove(L, 2);
  // handler, true, f, args…
  int status = lua_pcallk(L, count - 2, LUA_MULTRET, 0, 1, finish_handled);
  return finish_handled(L, status, 1);
}

static int set_metatable(lua_State *L) {
  int kind = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
  if (kind == LUA_TTABLE) {
    static const char *const refused[] = {"__gc", "__mode"};
    for (int i = 0; i < 2; ++i) {
      lua_pushstring(L, refused[i]);
      if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "a metatable must not have '%s'", refused[i]);
      lua_pop(L, 1);
    }
  }
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

static int collect_garbage(lua_State *L) {
  const char *what = luaL_optstring(L, 1, "collect");
  if (strcmp(what, "count") != 0) return luaL_error(L, "collectgarbage does \"count\" only");
  lua_pushnumber(L, (double)cls_of(L)->used / 1024);
  return 1;
}

static int to_number(lua_State *L) {
  cls_int128 value;
  if (cls_is_decimal(L, 1, &value)) {
    if (value % 1000000000 == 0) {
      lua_pushinteger(L, (lua_Integer)(value / 1000000000));
    } else {
      char digits[64];
      cls_decimal_digits(value, digits);
      lua_pushnumber(L, lua_stringtonumber(L, digits) ? lua_tonumber(L, -1) : 0);
    }
    return 1;
  }
  // No number needs a thousand characters; a megabyte of digits is not worth its time.
  if (lua_type(L, 1) == LUA_TSTRING && lua_rawlen(L, 1) > 1000) {
    luaL_pushfail(L);
    return 1;
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void cls_open_base(lua_State *L, int globals) {
  // Lua's own functions come from a table that no script sees.
  luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
  int base = lua_gettop(L);
  static const char *const plain[] = {"assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "select", "type", NULL};
  lua_pushvalue(L, globals);
  copy_fields(L, base, plain, false);
  static const luaL_Reg own[] = {
      {"pcall", protected_call}, {"xpcall", protected_call_with_handler}, {"setmetatable", set_metatable},
      {"tostring", cls_tostring}, {"collectgarbage", collect_garbage}, {"require", cls_require}, {NULL, NULL},
  };
  cls_set_functions(L, own);
  static const luaL_Reg ordered[] = {{"pairs", cls_pairs}, {"next", cls_next}, {NULL, NULL}};
  for (const luaL_Reg *function = ordered; function->name; ++function) {
    lua_getfield(L, base, function->name);
    lua_pushcclosure(L, function->func, 1);
    lua_setfield(L, globals, function->name);
  }
  lua_getfield(L, base, "tonumber");
  lua_pushcclosure(L, to_number, 1);
  lua_setfield(L, globals, "tonumber");
  lua_pushliteral(L, "Lua 5.4");
  lua_setfield(L, globals, "_VERSION");

  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
  int math = lua_gettop(L);
  static const char *const functions[] = {"abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "log", "max", "min", "modf", "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult", NULL};
  static const char *const constants[] = {"huge", "maxinteger", "mininteger", "pi", NULL};
  lua_newtable(L);
  copy_fields(L, math, functions, true);
  copy_fields(L, math, constants, false);
  lua_pushcfunction(L, cls_random);
  lua_setfield(L, -2, "random");
  lua_pushcfunction(L, cls_randomseed);
  lua_setfield(L, -2, "randomseed");
  cls_protect(L, "math");
  lua_setfield(L, globals, "math");

  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 0);
  int utf8 = lua_gettop(L);
  static const char *const utf8_functions[] = {"char", "codepoint", "codes", "len", "offset", NULL};
  static const char *const utf8_constants[] = {"charpattern", NULL};
  lua_newtable(L);
  copy_fields(L, utf8, utf8_functions, true);
  copy_fields(L, utf8, utf8_constants, false);
  cls_protect(L, "utf8");
  lua_setfield(L, globals, "utf8");

  // luaL_requiref keeps what it opened in the registry, and luaopen_base filled the registry's globals: forget both.
  lua_pushnil(L);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_settop(L, globals);
}
