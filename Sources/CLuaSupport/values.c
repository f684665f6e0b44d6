#include "internal.h"

#include <stdio.h>
#include <string.h>

// Values on their way to the host as flat nodes, and back. What the host cannot take is an error that names the value.

cls_node *cls_values_append(lua_State *L, cls_values *values, cls_node_type type) {
  if (values->count == values->room) {
    uint32_t room = values->room ? values->room * 2 : 32;
    cls_node *grown = cls_event_take(L, room * sizeof *grown);
    if (values->count) memcpy(grown, values->nodes, values->count * sizeof *grown);
    values->nodes = grown;
    values->room = room;
  }
  cls_tick(L, 1);
  values->bytes += 8;
  cls_node *node = &values->nodes[values->count++];
  memset(node, 0, sizeof *node);
  node->type = (uint8_t)type;
  return node;
}

static void refuse(lua_State *L, const cls_values *values, const char *key, const char *problem) {
  char name[84];
  size_t length = strlen(key);
  if (length > 80) length = 80;
  memcpy(name, key, length);
  for (size_t i = 0; i < length; ++i) {
    if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) name[i] = '?';
  }
  cls_sanitize(name, (uint32_t)length);
  name[length] = 0;
  luaL_error(L, "%s: '%s' %s", values->what, name, problem);
}

static void append_text(lua_State *L, cls_values *values, cls_node_type type, const char *bytes, size_t length,
                        const char *key) {
  size_t max = cls_of(L)->options.value_max;
  values->bytes += length;
  if (values->bytes > max) {
    luaL_error(L, "%s: the arguments are larger than %d bytes; send less at once", values->what, (int)max);
  }
  if (type == CLS_NODE_STRING && !cls_is_utf8(bytes, length)) refuse(L, values, key, "is not valid UTF-8");
  cls_tick(L, length);
  char *copy = cls_event_take(L, length + 1);
  memcpy(copy, bytes, length);
  copy[length] = 0;
  cls_values_append(L, values, type)->text = cls_text_of(copy, length);
}

static void add(lua_State *L, cls_values *values, int index, const char *key, int depth);

static void add_table(lua_State *L, cls_values *values, int index, const char *key, int depth) {
  const char *why = NULL;
  int64_t length = cls_array_length(L, index, &why);
  if (length < 0) {
    char problem[128];
    snprintf(problem, sizeof problem, "has no JSON form: it is %s", why);
    refuse(L, values, key, problem);
  }
  if (depth >= CLS_DEPTH_MAX - 2) refuse(L, values, key, "is nested too deeply (does a table contain itself?)");
  cls_need_stack(L, 10);
  if (length > 0 || cls_is_marked_array(L, index)) {
    if (length > UINT32_MAX / 2) refuse(L, values, key, "is too long");
    cls_values_append(L, values, CLS_NODE_ARRAY)->count = (uint32_t)length;
    for (int64_t i = 1; i <= length; ++i) {
      char position[32];
      snprintf(position, sizeof position, "[%lld]", (long long)i);
      lua_rawgeti(L, index, i);
      add(L, values, lua_gettop(L), position, depth + 1);
      lua_pop(L, 1);
    }
    return;
  }
  uint32_t at = values->count, members = 0;
  cls_values_append(L, values, CLS_NODE_OBJECT);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    size_t size;
    const char *name = lua_tolstring(L, -2, &size);
    append_text(L, values, CLS_NODE_STRING, name, size, name);
    add(L, values, lua_gettop(L), name, depth + 1);
    lua_pop(L, 1);
    ++members;
  }
  values->nodes[at].count = members;
}

static void add(lua_State *L, cls_values *values, int index, const char *key, int depth) {
  char digits[CLS_DIGITS_MAX], problem[128];
  cls_int128 exact;
  if (values->bytes > cls_of(L)->options.value_max) append_text(L, values, CLS_NODE_STRING, "", 0, key);
  switch (lua_type(L, index)) {
    case LUA_TNIL: cls_values_append(L, values, CLS_NODE_NULL); return;
    case LUA_TBOOLEAN: cls_values_append(L, values, CLS_NODE_BOOLEAN)->integer = lua_toboolean(L, index); return;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      append_text(L, values, CLS_NODE_STRING, text, length, key);
      return;
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        cls_values_append(L, values, CLS_NODE_INTEGER)->integer = lua_tointeger(L, index);
      } else {
        int64_t integer;
        const char *why;
        bool integral = cls_float_digits(lua_tonumber(L, index), &integer, digits, &why);
        if (why) {
          snprintf(problem, sizeof problem, "is %s", why);
          refuse(L, values, key, problem);
        }
        if (integral) {
          cls_values_append(L, values, CLS_NODE_INTEGER)->integer = integer;
        } else {
          append_text(L, values, CLS_NODE_NUMBER, digits, strlen(digits), key);
        }
      }
      return;
    case LUA_TTABLE: add_table(L, values, index, key, depth); return;
    default:
      if (cls_is_null(L, index)) {
        cls_values_append(L, values, CLS_NODE_NULL);
      } else if (cls_is_decimal(L, index, &exact)) {
        if (exact % 1000000000 == 0) {
          cls_values_append(L, values, CLS_NODE_INTEGER)->integer = (int64_t)(exact / 1000000000);
        } else {
          append_text(L, values, CLS_NODE_NUMBER, digits, cls_decimal_digits(exact, digits), key);
        }
      } else {
        snprintf(problem, sizeof problem, "must be a plain value, got a %s",
                 lua_type(L, index) == LUA_TTHREAD ? "coroutine" : luaL_typename(L, index));
        refuse(L, values, key, problem);
      }
  }
}

void cls_values_add(lua_State *L, cls_values *values, int index, const char *key) {
  add(L, values, lua_absindex(L, index), key, 0);
}

// MARK: - Answers

// An amount is a number where Lua's numbers keep its digits, else its digits as text.
static void push_number(lua_State *L, const cjson_node *node) {
  bool is_exact;
  cls_int128 exact;
  if (!cls_push_kept_number(L, node, &is_exact, &exact)) lua_pushlstring(L, node->text, node->count);
}

void cls_answer_push(lua_State *L, const cjson_node **cursor) {
  const cjson_node *node = (*cursor)++;
  cls_tick(L, 1);
  cls_need_stack(L, 10);
  switch (node->type) {
    case CJSON_FALSE: lua_pushboolean(L, 0); break;
    case CJSON_TRUE: lua_pushboolean(L, 1); break;
    case CJSON_INTEGER: lua_pushinteger(L, node->integer); break;
    case CJSON_NUMBER: push_number(L, node); break;
    case CJSON_STRING: lua_pushlstring(L, node->text, node->count); break;
    case CJSON_ARRAY:
      lua_createtable(L, (int)node->count, 0);
      lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_array);
      lua_setmetatable(L, -2);
      for (uint32_t i = 1; i <= node->count; ++i) {
        if ((*cursor)->type == CJSON_NULL) {  // a hole would end the list
          lua_pushlightuserdata(L, &cls_null_tag);
          ++*cursor;
        } else {
          cls_answer_push(L, cursor);
        }
        lua_rawseti(L, -2, i);
      }
      break;
    case CJSON_OBJECT:
      lua_createtable(L, 0, (int)node->count);
      for (uint32_t i = 0; i < node->count; ++i) {
        cls_answer_push(L, cursor);
        cls_answer_push(L, cursor);
        lua_rawset(L, -3);
      }
      break;
    default: lua_pushnil(L);
  }
}

const char *cls_reply_parse(cls_state *state, const cls_reply *reply, const cjson_node **nodes) {
  size_t count;
  if (reply->json.length > state->options.value_max) return "the answer is too large; ask for less at once";
  if (!state->parser) state->parser = cjson_open(CLS_DEPTH_MAX);
  if (!state->parser) return "there is not enough memory for the answer";
  return cjson_parse(state->parser, reply->json.bytes, reply->json.length, nodes, &count);
}

static int raised_text(lua_State *L) {
  lua_settop(L, 1);
  if (lua_type(L, 1) != LUA_TTABLE) return 0;
  static const char *const names[] = {"code", "message"};
  for (int i = 0; i < 2; ++i) {
    lua_pushstring(L, names[i]);
    if (lua_rawget(L, 1) != LUA_TSTRING) {
      lua_pop(L, 1);
      lua_pushliteral(L, "?");
    }
  }
  lua_pushfstring(L, "%s: %s", lua_tostring(L, 2), lua_tostring(L, 3));
  return 1;
}

static void push_raised_metatable(lua_State *L, bool is_own) {
  const char *key = is_own ? &cls_key_raised_own : &cls_key_raised;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, raised_text);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void cls_push_raised(lua_State *L, cls_text code, cls_text message, bool is_own) {
  cls_need_stack(L, 10);
  lua_createtable(L, 0, 2);
  lua_pushlstring(L, code.length ? code.bytes : "", code.length);
  lua_setfield(L, -2, "code");
  lua_pushlstring(L, message.length ? message.bytes : "", message.length > CLS_TEXT_MAX ? CLS_TEXT_MAX : message.length);
  lua_setfield(L, -2, "message");
  push_raised_metatable(L, is_own);
  lua_setmetatable(L, -2);
}

bool cls_is_raised_own(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_raised_own);
  bool is_own = lua_type(L, -1) == LUA_TTABLE && lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_own;
}
