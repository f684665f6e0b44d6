#include "internal.h"

#include <stdio.h>
#include <string.h>

// catalog{}, filter{}, mapping{}, recharge{}, grant{}, job{}: a declaration is copied out of Lua as flat nodes; the host
// checks all of them at once when every file is read. Functions stay in Lua, by reference.

typedef struct {
  cls_node *nodes;
  uint32_t count, room;
} Nodes;

static cls_node *append(lua_State *L, Nodes *nodes, cls_node_type type) {
  cls_state *state = cls_of(L);
  // Nodes come from the kept arena in doubling blocks, so that a raised error loses nothing that must be freed.
  if (nodes->count == nodes->room) {
    uint32_t room = nodes->room ? nodes->room * 2 : 32;
    cls_node *grown = cls_arena_take(state, &state->kept, room * sizeof(cls_node));
    if (!grown) cls_out_of_memory(L);
    if (nodes->count) memcpy(grown, nodes->nodes, nodes->count * sizeof(cls_node));
    nodes->nodes = grown;
    nodes->room = room;
  }
  cls_tick(L, 1);
  cls_node *node = &nodes->nodes[nodes->count++];
  memset(node, 0, sizeof *node);
  node->type = (uint8_t)type;
  return node;
}

static cls_text keep(lua_State *L, const char *bytes, size_t length) {
  cls_state *state = cls_of(L);
  char *copy = cls_arena_take(state, &state->kept, length + 1);
  if (!copy) cls_out_of_memory(L);
  memcpy(copy, bytes, length);
  copy[length] = 0;
  return cls_text_of(copy, length);
}

static void append_other(lua_State *L, Nodes *nodes, const char *what) {
  cls_text text = keep(L, what, strlen(what));
  append(L, nodes, CLS_NODE_OTHER)->text = text;
}

static void append_text(lua_State *L, Nodes *nodes, cls_node_type type, const char *bytes, size_t length) {
  if (type == CLS_NODE_STRING && (memchr(bytes, 0, length) || !cls_is_utf8(bytes, length))) {
    append_other(L, nodes, "a string with bytes that are no UTF-8 text");
    return;
  }
  cls_text text = keep(L, bytes, length);
  append(L, nodes, type)->text = text;
}

static void copy_value(lua_State *L, int index, Nodes *nodes, int depth);

static void copy_table(lua_State *L, int index, Nodes *nodes, int depth) {
  const char *why = NULL;
  int64_t length = cls_array_length(L, index, &why);
  if (length < 0 || depth >= CLS_DEPTH_MAX) {
    append_other(L, nodes, length < 0 ? why : "a table nested too deeply (does it contain itself?)");
    return;
  }
  cls_need_stack(L, 10);
  if (length > 0 || cls_is_marked_array(L, index)) {
    append(L, nodes, CLS_NODE_ARRAY)->count = (uint32_t)length;
    for (int64_t i = 1; i <= length; ++i) {
      lua_rawgeti(L, index, i);
      copy_value(L, lua_gettop(L), nodes, depth + 1);
      lua_pop(L, 1);
    }
    return;
  }
  uint32_t at = nodes->count, members = 0;
  append(L, nodes, CLS_NODE_OBJECT);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    size_t size;
    const char *key = lua_tolstring(L, -2, &size);
    append_text(L, nodes, CLS_NODE_STRING, key, size);
    copy_value(L, lua_gettop(L), nodes, depth + 1);
    lua_pop(L, 1);
    ++members;
  }
  nodes->nodes[at].count = members;
}

static void copy_value(lua_State *L, int index, Nodes *nodes, int depth) {
  char digits[CLS_DIGITS_MAX];
  cls_int128 exact;
  switch (lua_type(L, index)) {
    case LUA_TNIL: append_other(L, nodes, "nil"); return;
    case LUA_TBOOLEAN: append(L, nodes, CLS_NODE_BOOLEAN)->integer = lua_toboolean(L, index); return;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      append_text(L, nodes, CLS_NODE_STRING, text, length);
      return;
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        append(L, nodes, CLS_NODE_INTEGER)->integer = lua_tointeger(L, index);
      } else {
        int64_t integer;
        const char *why;
        bool integral = cls_float_digits(lua_tonumber(L, index), &integer, digits, &why);
        if (why) {
          append_other(L, nodes, why);
        } else if (integral) {
          append(L, nodes, CLS_NODE_INTEGER)->integer = integer;
        } else {
          append_text(L, nodes, CLS_NODE_NUMBER, digits, strlen(digits));
        }
      }
      return;
    case LUA_TTABLE: copy_table(L, index, nodes, depth); return;
    case LUA_TFUNCTION: {
      lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
      lua_Integer reference = (lua_Integer)lua_rawlen(L, -1) + 1;
      lua_pushvalue(L, index);
      lua_rawseti(L, -2, reference);
      lua_pop(L, 1);
      append(L, nodes, CLS_NODE_FUNCTION)->integer = reference;
      return;
    }
    default:
      if (cls_is_null(L, index)) {
        append(L, nodes, CLS_NODE_NULL);
      } else if (cls_is_decimal(L, index, &exact)) {
        if (exact % 1000000000 == 0) {
          append(L, nodes, CLS_NODE_INTEGER)->integer = (int64_t)(exact / 1000000000);
        } else {
          append_text(L, nodes, CLS_NODE_NUMBER, digits, cls_decimal_digits(exact, digits));
        }
      } else {
        append_other(L, nodes, lua_type(L, index) == LUA_TTHREAD ? "a coroutine" : "a userdata");
      }
  }
}

static int declare(lua_State *L) {
  cls_state *state = cls_of(L);
  int kind = (int)lua_tointeger(L, lua_upvalueindex(1));
  static const char *const names[] = {"catalog", "filter", "mapping", "recharge", "grant", "job", "test"};
  if (state->sealed) return luaL_error(L, "%s is declared while the file is loaded, not later", names[kind]);
  cls_declaration declaration = {.kind = (uint8_t)kind};
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); ++level) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0 && ar.source[0] == '@') {
      declaration.file = keep(L, ar.source + 1, strlen(ar.source + 1));
      declaration.line = (uint32_t)ar.currentline;
      break;
    }
  }
  if (lua_isnone(L, 1)) lua_pushnil(L);
  Nodes nodes = {0};
  copy_value(L, 1, &nodes, 0);
  declaration.nodes = nodes.nodes;
  declaration.node_count = nodes.count;
  if (!cls_grow(state, (void **)&state->declarations, &state->declaration_room, state->declaration_count + 1, sizeof declaration)) {
    return cls_out_of_memory(L);
  }
  state->declarations[state->declaration_count++] = declaration;
  return 0;
}

void cls_push_declare(lua_State *L, cls_kind kind) {
  lua_pushinteger(L, kind);
  lua_pushcclosure(L, declare, 1);
}

void cls_open_declarations(lua_State *L, int globals) {
  static const char *const names[] = {"catalog", "filter", "mapping", "recharge", "grant", "job"};
  for (int kind = 0; kind < 6; ++kind) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, declare, 1);
    lua_setfield(L, globals, names[kind]);
  }
}

uint32_t cls_declaration_count(const cls_state *state) { return state->declaration_count; }
cls_declaration cls_declaration_at(const cls_state *state, uint32_t index) { return state->declarations[index]; }
