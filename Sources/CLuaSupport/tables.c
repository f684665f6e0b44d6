#include "internal.h"

// The table library. Every loop counts its steps as work, so that a length that lies (__len), a range of 2^40 or an
// expensive comparison ends with the time limit.

static lua_Integer length_of(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  return luaL_len(L, index);
}

static int table_insert(lua_State *L) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)length_of(L, 1) + 1);
  lua_Integer position = end;
  switch (lua_gettop(L)) {
    case 2: break;
    case 3:
      position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2, "position out of bounds");
      for (lua_Integer i = end; i > position; --i) {
        cls_tick(L, 1);
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
      }
      break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

static int table_remove(lua_State *L) {
  lua_Integer size = length_of(L, 1);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (position != size) {
    luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
  }
  lua_geti(L, 1, position);
  for (; position < size; ++position) {
    cls_tick(L, 1);
    lua_geti(L, 1, position + 1);
    lua_seti(L, 1, position);
  }
  lua_pushnil(L);
  lua_seti(L, 1, position);
  return 1;
}

static int table_move(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer from = luaL_checkinteger(L, 2), end = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
  int target = lua_isnoneornil(L, 5) ? 1 : 5;
  luaL_checktype(L, target, LUA_TTABLE);
  if (end >= from) {
    luaL_argcheck(L, from > 0 || end < LUA_MAXINTEGER + from, 3, "too many elements to move");
    luaL_argcheck(L, to <= LUA_MAXINTEGER - (end - from), 4, "destination wrap around");
    bool forward = to > end || to <= from || (target != 1 && !lua_rawequal(L, 1, target));
    for (lua_Integer i = 0; i <= end - from; ++i) {
      lua_Integer at = forward ? i : end - from - i;
      cls_tick(L, 1);
      lua_geti(L, 1, from + at);
      lua_seti(L, target, to + at);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

static int table_concat(lua_State *L) {
  lua_Integer last = length_of(L, 1);
  size_t separator_length;
  const char *separator = luaL_optlstring(L, 2, "", &separator_length);
  lua_Integer i = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (; i <= last; ++i) {
    if (lua_geti(L, 1, i) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) {
      return luaL_error(L, "table.concat: the value at %I is %s, expected a string or a number", i, luaL_typename(L, -1));
    }
    cls_tick(L, 1 + (lua_type(L, -1) == LUA_TSTRING ? lua_rawlen(L, -1) : 0) + separator_length);
    luaL_addvalue(&buffer);
    if (i == last) break;  // the last integer has no successor
    luaL_addlstring(&buffer, separator, separator_length);
  }
  luaL_pushresult(&buffer);
  return 1;
}

static int table_pack(lua_State *L) {
  int count = lua_gettop(L);
  cls_tick(L, (size_t)count);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; --i) lua_rawseti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

static int table_unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= 100000 || !lua_checkstack(L, (int)count + 1)) return luaL_error(L, "too many results to unpack");
  for (lua_Unsigned i = 0; i <= count; ++i) {
    cls_tick(L, 1);
    lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
  }
  return (int)count + 1;
}

// MARK: - Sorting

// Whether the value at stack index a comes before the one at b.
static bool is_before(lua_State *L, int a, int b) {
  a = lua_absindex(L, a);
  b = lua_absindex(L, b);
  cls_tick(L, 4);
  if (lua_isnil(L, 2)) return lua_compare(L, a, b, LUA_OPLT);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, a);
  lua_pushvalue(L, b);
  lua_call(L, 2, 1);
  bool result = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return result;
}

// Heap sort: n log n whatever the comparison answers, and never outside the table. Sinks the value on top of the stack
// into the heap of `size` items from `root` down, and pops it.
static void sink(lua_State *L, lua_Integer root, lua_Integer size) {
  int value = lua_gettop(L);
  for (;;) {
    lua_Integer child = 2 * root;
    if (child > size) break;
    lua_geti(L, 1, child);
    if (child < size) {
      lua_geti(L, 1, child + 1);
      if (is_before(L, -2, -1)) {
        ++child;
        lua_remove(L, -2);
      } else {
        lua_pop(L, 1);
      }
    }
    if (!is_before(L, value, -1)) break;
    lua_seti(L, 1, root);
    root = child;
  }
  lua_settop(L, value);
  lua_seti(L, 1, root);
}

static int table_sort(lua_State *L) {
  lua_Integer size = length_of(L, 1);
  luaL_argcheck(L, size < INT32_MAX, 1, "table too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  cls_need_stack(L, 20);
  for (lua_Integer root = size / 2; root >= 1; --root) {
    lua_geti(L, 1, root);
    sink(L, root, size);
  }
  for (lua_Integer last = size; last > 1; --last) {
    lua_geti(L, 1, last);
    lua_geti(L, 1, 1);
    lua_seti(L, 1, last);
    sink(L, 1, last - 1);
  }
  return 0;
}

void cls_open_table(lua_State *L) {
  static const luaL_Reg own[] = {
      {"insert", table_insert}, {"remove", table_remove}, {"move", table_move}, {"concat", table_concat},
      {"pack", table_pack}, {"unpack", table_unpack}, {"sort", table_sort}, {NULL, NULL},
  };
  lua_newtable(L);
  cls_set_functions(L, own);
  cls_protect(L, "table");
}
