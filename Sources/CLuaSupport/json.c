#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// json.encode, decode, null, array, diff. Encoding sorts keys, so that equal values give equal texts.

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

// MARK: - Encoding

static void encode_string(lua_State *L, luaL_Buffer *buffer, const char *text, size_t length) {
  cls_tick(L, length + 1);
  if (!cls_is_utf8(text, length)) luaL_error(L, "json.encode: a string is not valid UTF-8");
  luaL_addchar(buffer, '"');
  for (size_t i = 0; i < length; ++i) {
    unsigned char c = (unsigned char)text[i];
    switch (c) {
      case '"': luaL_addstring(buffer, "\\\""); break;
      case '\\': luaL_addstring(buffer, "\\\\"); break;
      case '\n': luaL_addstring(buffer, "\\n"); break;
      case '\r': luaL_addstring(buffer, "\\r"); break;
      case '\t': luaL_addstring(buffer, "\\t"); break;
      default:
        if (c < 0x20 || c == 0x7f) {
          char code[8];
          snprintf(code, sizeof code, "\\u%04x", c);
          luaL_addstring(buffer, code);
        } else {
          luaL_addchar(buffer, (char)c);
        }
    }
  }
  luaL_addchar(buffer, '"');
}

typedef struct {
  const char *bytes;
  size_t length;
} Key;

static int compare_keys(const void *a, const void *b) {
  const Key *x = a, *y = b;
  int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

// The table's string keys in bytewise order, in a userdata that is left on the stack; the strings live in the table.
static const Key *sorted_keys(lua_State *L, int index, size_t *count) {
  size_t room = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    ++room;
  }
  cls_tick(L, room * 8);
  Key *keys = lua_newuserdatauv(L, (room + 1) * sizeof *keys, 0);
  size_t made = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING && made < room) {
      keys[made].bytes = lua_tolstring(L, -1, &keys[made].length);
      ++made;
    }
  }
  qsort(keys, made, sizeof *keys, compare_keys);
  *count = made;
  return keys;
}

// The buffer keeps a value of its own on the stack and nothing may lie above it while it grows: the values that are being
// encoded wait in a scratch table, one slot a level.
static void encode_value(lua_State *L, luaL_Buffer *buffer, int depth, int scratch);

// Encodes the value on top of the stack, one level down, and pops it.
static void encode_child(lua_State *L, luaL_Buffer *buffer, int depth, int scratch) {
  lua_rawseti(L, scratch, depth + 1);
  encode_value(L, buffer, depth + 1, scratch);
}

static void encode_value(lua_State *L, luaL_Buffer *buffer, int depth, int scratch) {
  if (depth > CLS_DEPTH_MAX) {
    luaL_error(L, "json.encode: nested deeper than %d levels (does a table contain itself?)", CLS_DEPTH_MAX);
  }
  int kind = lua_rawgeti(L, scratch, depth);
  char digits[CLS_DIGITS_MAX];
  cls_int128 exact;
  switch (kind) {
    case LUA_TNIL:
      lua_pop(L, 1);
      luaL_addstring(buffer, "null");
      return;
    case LUA_TBOOLEAN: {
      bool value = lua_toboolean(L, -1);
      lua_pop(L, 1);
      luaL_addstring(buffer, value ? "true" : "false");
      return;
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1)) {
        cls_integer_digits(lua_tointeger(L, -1), digits);
      } else {
        int64_t integer;
        const char *why;
        if (cls_float_digits(lua_tonumber(L, -1), &integer, digits, &why)) cls_integer_digits(integer, digits);
        if (why) luaL_error(L, "json.encode: a number is %s", why);
      }
      lua_pop(L, 1);
      luaL_addstring(buffer, digits);
      return;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, -1, &length);
      lua_pop(L, 1);  // stays alive in the scratch table
      encode_string(L, buffer, text, length);
      return;
    }
    case LUA_TTABLE: break;
    default:
      if (cls_is_null(L, -1)) {
        lua_pop(L, 1);
        luaL_addstring(buffer, "null");
        return;
      }
      if (cls_is_decimal(L, -1, &exact)) {
        cls_decimal_digits(exact, digits);
        lua_pop(L, 1);
        luaL_addstring(buffer, digits);
        return;
      }
      luaL_error(L, "json.encode: a %s has no JSON form", luaL_typename(L, -1));
  }
  cls_need_stack(L, 20);
  const char *why = NULL;
  int64_t length = cls_array_length(L, -1, &why);
  if (length < 0) luaL_error(L, "json.encode: %s has no JSON form", why);
  if (length > 0 || cls_is_marked_array(L, -1)) {
    lua_pop(L, 1);
    luaL_addchar(buffer, '[');
    for (int64_t i = 1; i <= length; ++i) {
      if (i > 1) luaL_addchar(buffer, ',');
      lua_rawgeti(L, scratch, depth);
      lua_rawgeti(L, -1, i);
      lua_remove(L, -2);
      encode_child(L, buffer, depth, scratch);
    }
    luaL_addchar(buffer, ']');
    return;
  }
  size_t count;
  const Key *keys = sorted_keys(L, lua_gettop(L), &count);
  // The keys' userdata stays alive in the scratch table too, at a negative position.
  lua_rawseti(L, scratch, -1 - depth);
  lua_pop(L, 1);
  luaL_addchar(buffer, '{');
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) luaL_addchar(buffer, ',');
    encode_string(L, buffer, keys[i].bytes, keys[i].length);
    luaL_addchar(buffer, ':');
    lua_rawgeti(L, scratch, depth);
    lua_pushlstring(L, keys[i].bytes, keys[i].length);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    encode_child(L, buffer, depth, scratch);
  }
  luaL_addchar(buffer, '}');
}

// The text grows in a buffer of its own, above the scratch table, and is then added to the caller's.
void cls_json_encode(lua_State *L, int index, luaL_Buffer *buffer) {
  lua_pushvalue(L, index);
  lua_newtable(L);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 0);
  int scratch = lua_gettop(L);
  luaL_Buffer inner;
  luaL_buffinit(L, &inner);
  encode_value(L, &inner, 0, scratch);
  luaL_pushresult(&inner);
  lua_remove(L, scratch);
  luaL_addvalue(buffer);
}

static int encode(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  cls_json_encode(L, 1, &buffer);
  luaL_pushresult(&buffer);
  return 1;
}

// MARK: - Decoding

// A number that is no 64-bit integer: the integer that it is, the float that keeps its digits, or the exact decimal.
static void push_number(lua_State *L, const cjson_node *node) {
  int64_t integer;
  const char *why;
  char digits[CLS_DIGITS_MAX];
  cls_int128 exact, rounded;
  const bool is_exact = cls_decimal_parse(node->text, node->count, &exact);
  if (is_exact && exact % 1000000000 == 0) {
    lua_pushinteger(L, (lua_Integer)(exact / 1000000000));
    return;
  }
  cls_float_digits(node->real, &integer, digits, &why);
  if (is_exact && !why && cls_decimal_parse(digits, strlen(digits), &rounded) && rounded == exact) {
    lua_pushnumber(L, node->real);
  } else if (is_exact) {
    cls_push_decimal(L, exact);
  } else {
    // Beyond a decimal's range: the digits as text, unless 15 of them say everything.
    int significant = 0, zeros = 0;
    bool started = false;
    for (uint32_t i = 0; i < node->count && node->text[i] != 'e' && node->text[i] != 'E'; ++i) {
      char c = node->text[i];
      if (c < '0' || c > '9') continue;
      if (c != '0') started = true;
      if (!started) continue;
      if (c == '0') {
        ++zeros;
      } else {
        significant += zeros + 1;
        zeros = 0;
      }
    }
    if (significant <= 15 && node->real != 0) lua_pushnumber(L, node->real); else lua_pushlstring(L, node->text, node->count);
  }
}

void cls_json_push(lua_State *L, const cjson_node **cursor) {
  const cjson_node *node = (*cursor)++;
  cls_tick(L, 1);
  cls_need_stack(L, 10);
  switch (node->type) {
    case CJSON_FALSE: lua_pushboolean(L, 0); break;
    case CJSON_TRUE: lua_pushboolean(L, 1); break;
    case CJSON_INTEGER: lua_pushinteger(L, node->integer); break;
    case CJSON_NUMBER: push_number(L, node); break;
    case CJSON_STRING: lua_pushlstring(L, node->text, node->count); break;
    case CJSON_ARRAY: {
      lua_createtable(L, (int)node->count, 0);
      lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_array);
      lua_setmetatable(L, -2);
      for (uint32_t i = 1; i <= node->count; ++i) {
        cls_json_push(L, cursor);
        lua_rawseti(L, -2, i);
      }
      break;
    }
    case CJSON_OBJECT:
      lua_createtable(L, 0, (int)node->count);
      for (uint32_t i = 0; i < node->count; ++i) {
        cls_json_push(L, cursor);
        cls_json_push(L, cursor);
        lua_rawset(L, -3);
      }
      break;
    default: lua_pushlightuserdata(L, &cls_null_tag);
  }
}

static int decode(lua_State *L) {
  cls_state *state = cls_of(L);
  size_t length, count;
  const char *text = luaL_checklstring(L, 1, &length);
  cls_tick(L, length * 2);
  // The parser's nodes lie outside the allocator: at most one a byte or two, held against the limit while it works.
  if (length > state->options.string_max || state->used + length * 32 > state->options.memory) return cls_out_of_memory(L);
  if (!state->parser) state->parser = cjson_open(CLS_DEPTH_MAX);
  if (!state->parser) return cls_out_of_memory(L);
  const cjson_node *nodes;
  const char *problem = cjson_parse(state->parser, text, length, &nodes, &count);
  if (problem) {
    luaL_pushfail(L);
    lua_pushstring(L, problem);
    return 2;
  }
  cls_json_push(L, &nodes);
  if (length > 65536) {  // do not keep what one large document needed
    cjson_close(state->parser);
    state->parser = NULL;
  }
  return 1;
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
  static const luaL_Reg own[] = {{"encode", encode}, {"decode", decode}, {"array", array}, {"diff", diff}, {NULL, NULL}};
  lua_newtable(L);
  cls_set_functions(L, own);
  lua_pushlightuserdata(L, &cls_null_tag);
  lua_setfield(L, -2, "null");
  cls_protect(L, "json");
}
