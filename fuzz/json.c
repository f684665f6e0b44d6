// JSON: the parser's nodes, and what json.decode, encode and diff make of them in Lua.
// Input: a text.
#include "../Sources/CLuaSupport/internal.h"
#include "harness.h"

static cls_state *state;
static cjson_parser *parser;

// Walks a value: its items lie behind it, and as many nodes belong to it as it says.
static const cjson_node *walk(const cjson_node *node, const cjson_node *end, int depth) {
  REQUIRE(node < end && node->span >= 1 && (size_t)(end - node) >= node->span && depth <= CLS_DEPTH_MAX);
  const cjson_node *next = node + 1;
  switch (node->type) {
    case CJSON_NULL: case CJSON_FALSE: case CJSON_TRUE: break;
    case CJSON_INTEGER: case CJSON_NUMBER: {
      // Its digits are those of the text: the C library reads the same float from them.
      char *digits = malloc(node->count + 1);
      memcpy(digits, node->text, node->count);
      digits[node->count] = 0;
      REQUIRE(node->count > 0 && strtod(digits, NULL) == node->real);
      REQUIRE(node->type == CJSON_NUMBER || strtoll(digits, NULL, 10) == node->integer);
      free(digits);
      break;
    }
    case CJSON_STRING: fuzz_read(fuzz_text(node->text, node->count)); break;
    case CJSON_ARRAY:
      for (uint32_t i = 0; i < node->count; ++i) next = walk(next, end, depth + 1);
      break;
    case CJSON_OBJECT:
      for (uint32_t i = 0; i < node->count; ++i) {
        REQUIRE(next < end && next->type == CJSON_STRING);
        next = walk(next, end, depth + 1);
        next = walk(next, end, depth + 1);
      }
      break;
    default: REQUIRE(false);
  }
  REQUIRE(next == node + node->span);
  return next;
}

// A value that is decoded has one text: encoded, decoded and encoded again it is the same, and differs in nothing.
static int there_and_back(lua_State *L) {
  const cls_text *text = lua_touserdata(L, 1);
  cls_start_clock(state, 50000000);
  luaL_checkstack(L, 50, NULL);
  cls_open_json(L);
  const int json = lua_gettop(L);
  lua_getfield(L, json, "decode");
  lua_pushlstring(L, text->bytes, text->length);
  lua_call(L, 1, 1);
  const int value = lua_gettop(L);
  if (lua_isnil(L, value)) return 0;
  lua_getfield(L, json, "encode");
  lua_pushvalue(L, value);
  lua_call(L, 1, 1);  // fails where the value has no JSON form, such as a float of 2^53
  const int first = lua_gettop(L);
  lua_getfield(L, json, "decode");
  lua_pushvalue(L, first);
  lua_call(L, 1, 1);
  const int again = lua_gettop(L);
  REQUIRE(!lua_isnil(L, again));
  lua_getfield(L, json, "encode");
  lua_pushvalue(L, again);
  lua_call(L, 1, 1);
  REQUIRE(lua_rawequal(L, first, -1));
  lua_getfield(L, json, "diff");
  lua_pushvalue(L, value);
  lua_pushvalue(L, again);
  lua_call(L, 2, 1);
  REQUIRE(lua_isnil(L, -1));
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!state) {
    const cls_options options = fuzz_options();
    state = cls_open(&options);
    parser = cjson_open(CLS_DEPTH_MAX);
  }
  char *bytes = malloc(size + !size);
  memcpy(bytes, data, size);
  const cjson_node *nodes;
  size_t count;
  const char *problem = cjson_parse(parser, bytes, size, &nodes, &count);
  cjson_fault fault;
  const bool is_faulty = cjson_find_fault(bytes, size, CLS_DEPTH_MAX, 0, &fault);
  if (is_faulty) {
    REQUIRE(fault.line > 0 && fault.column > 0);
    fuzz_read_string(fault.what);
  }
  if (problem) {
    fuzz_read_string(problem);
  } else {
    REQUIRE(!is_faulty);
    const cjson_node *twin = cjson_twin(nodes, count);
    if (twin) fuzz_read(fuzz_text(twin->text, twin->count));
    REQUIRE(walk(nodes, nodes + count, 0) == nodes + count);
  }
  cls_text text = fuzz_text(bytes, size);
  cls_failure failure;
  if (!cls_protected(state, there_and_back, &text, &failure)) fuzz_read_failure(&failure);
  free(bytes);
  return 0;
}
