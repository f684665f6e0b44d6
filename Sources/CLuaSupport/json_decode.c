#include "internal.h"

#include <string.h>

// json.decode, and values of the host that come as JSON.

bool cls_push_kept_number(lua_State *L, const cjson_node *node, bool *is_exact, cls_int128 *exact) {
  int64_t integer;
  const char *why;
  char digits[CLS_DIGITS_MAX];
  cls_int128 rounded;
  *is_exact = cls_decimal_parse(node->text, node->count, exact);
  if (!*is_exact) return false;
  if (*exact % 1000000000 == 0) {
    lua_pushinteger(L, (lua_Integer)(*exact / 1000000000));
    return true;
  }
  cls_float_digits(node->real, &integer, digits, &why);
  if (why || !cls_decimal_parse(digits, strlen(digits), &rounded) || rounded != *exact) return false;
  lua_pushnumber(L, node->real);
  return true;
}

// A number that is no 64-bit integer: the integer that it is, the float that keeps its digits, or the exact decimal.
static void push_number(lua_State *L, const cjson_node *node) {
  bool is_exact;
  cls_int128 exact;
  if (cls_push_kept_number(L, node, &is_exact, &exact)) return;
  if (is_exact) {
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

int cls_decode(lua_State *L) {
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
