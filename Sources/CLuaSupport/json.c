#include "internal.h"

// json.null, array, diff; encode is in json_encode.c, decode in json_decode.c.

bool cls_is_null(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && lua_touserdata(L, index) == &cls_null_tag;
}

bool cls_is_marked_array(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_array);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

int64_t cls_array_length(lua_State *L, int index, const char **why) {
  index = lua_absindex(L, index);
  int64_t count = 0, names = 0, largest = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    cls_tick(L, 1);
    lua_pop(L, 1);
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > 0) {
      ++count;
      if (lua_tointeger(L, -1) > largest) largest = lua_tointeger(L, -1);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
      ++names;
    } else {
      lua_pop(L, 1);
      *why = "a table with keys that are neither strings nor positions";
      return -1;
    }
  }
  if (count && names) {
    *why = "a table that mixes positions and names";
    return -1;
  }
  if (count != largest) {
    *why = "a list with holes";
    return -1;
  }
  if (names && cls_is_marked_array(L, index)) {
    *why = "a json.array with names";
    return -1;
  }
  return count;
}

// MARK: - array, diff

static int array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  if (cls_is_marked_array(L, 1)) return 1;
  if (lua_getmetatable(L, 1)) return luaL_error(L, "json.array takes a table without a metatable");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_array);
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

static bool is_object(lua_State *L, int index) {
  const char *why;
  return lua_type(L, index) == LUA_TTABLE && !cls_is_marked_array(L, index) && cls_array_length(L, index, &why) == 0;
}

static bool is_equal(lua_State *L, int a, int b, int depth) {
  cls_tick(L, 1);
  if (depth > CLS_DEPTH_MAX) luaL_error(L, "json.diff: nested deeper than %d levels", CLS_DEPTH_MAX);
  if (lua_compare(L, a, b, LUA_OPEQ)) return true;
  if (lua_type(L, a) != LUA_TTABLE || lua_type(L, b) != LUA_TTABLE) return false;
  cls_need_stack(L, 10);
  int top = lua_gettop(L);
  size_t count = 0, other = 0;
  lua_pushnil(L);
  while (lua_next(L, a)) {
    ++count;
    lua_pushvalue(L, -2);
    lua_rawget(L, b);
    if (!is_equal(L, top + 2, top + 3, depth + 1)) {
      lua_settop(L, top);
      return false;
    }
    lua_settop(L, top + 1);
  }
  lua_pushnil(L);
  while (lua_next(L, b)) {
    ++other;
    lua_settop(L, top + 1);
  }
  return count == other;
}

// Pushes what turns the value at a into the one at b, as a JSON merge patch (RFC 7396); nil when they are equal.
static void push_diff(lua_State *L, int a, int b, int depth) {
  cls_need_stack(L, 20);
  if (is_equal(L, a, b, depth)) {
    lua_pushnil(L);
    return;
  }
  if (!is_object(L, a) || !is_object(L, b)) {
    lua_pushvalue(L, b);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlightuserdata(L, &cls_null_tag);
    }
    return;
  }
  lua_newtable(L);
  int patch = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, a)) {  // key, old
    lua_pushvalue(L, -2);
    if (lua_rawget(L, b) == LUA_TNIL) {
      lua_pushvalue(L, patch + 1);
      lua_pushlightuserdata(L, &cls_null_tag);
    } else {
      push_diff(L, patch + 2, patch + 3, depth + 1);
      lua_pushvalue(L, patch + 1);
      lua_insert(L, -2);
    }
    lua_rawset(L, patch);
    lua_settop(L, patch + 1);
  }
  lua_pushnil(L);
  while (lua_next(L, b)) {  // key, new
    lua_pushvalue(L, -2);
    if (lua_rawget(L, a) == LUA_TNIL) {
      lua_pushvalue(L, patch + 1);
      lua_pushvalue(L, patch + 2);
      lua_rawset(L, patch);
    }
    lua_settop(L, patch + 1);
  }
}

static int diff(lua_State *L) {
  luaL_checkany(L, 1);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  push_diff(L, 1, 2, 0);
  return 1;
}

void cls_open_json(lua_State *L) {
  lua_newtable(L);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &cls_key_array);
  static const luaL_Reg own[] = {{"encode", cls_encode}, {"decode", cls_decode}, {"array", array}, {"diff", diff}, {NULL, NULL}};
  lua_newtable(L);
  cls_set_functions(L, own);
  lua_pushlightuserdata(L, &cls_null_tag);
  lua_setfield(L, -2, "null");
  cls_protect(L, "json");
}
