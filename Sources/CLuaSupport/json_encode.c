#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// json.encode. Keys are sorted, so that equal values give equal texts.

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

int cls_encode(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  cls_json_encode(L, 1, &buffer);
  luaL_pushresult(&buffer);
  return 1;
}
