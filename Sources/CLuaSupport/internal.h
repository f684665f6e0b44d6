#pragma once
#include "CLuaSupport.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <CJSON.h>

// What the files of this target share. Rule of the house: a function that takes a lua_State may raise and is called
// below lua_pcall only; a function that takes a cls_state only must not touch Lua.

enum { CLS_TEXT_MAX = 8192, CLS_HOOK_COUNT = 128, CLS_DEPTH_MAX = 64, CLS_PARTS_MAX = 1000, CLS_PARTS_BYTES_MAX = 1 << 20 };
enum { CLS_POOL_SIZE = 1 << 20, CLS_POOL_BLOCK_MAX = 512 };

/// What the last refused allocation was refused for.
typedef enum { CLS_REFUSED_TOTAL, CLS_REFUSED_BLOCK, CLS_REFUSED_STRING, CLS_REFUSED_TABLE } cls_refused;

typedef enum { CLS_RUNNING, CLS_STOP_TIMEOUT, CLS_STOP_MEMORY } cls_stop;

/// A short text whose Lua string is kept from one event to the next.
typedef struct {
  uint8_t length;
  char bytes[63];
} cls_cached;

enum { CLS_CACHED_EVENT_NAME, CLS_CACHED_RECEIVED_AT, CLS_CACHED_KEYS, CLS_CACHED_COUNT = CLS_CACHED_KEYS + 32 };

/// Memory of one event's result: chunks from the capped allocator, reused by the next event.
typedef struct cls_chunk {
  struct cls_chunk *next;
  size_t size, used;
} cls_chunk;

typedef struct {
  cls_chunk *first, *current;
} cls_arena;

typedef struct {
  cls_kind kind;
  int function;
  cls_text name, file;
  uint32_t line;
  const cls_text *names;
  uint32_t name_count;
} cls_rule;

typedef struct {
  cls_text name, chunk, bytes;
} cls_source;

struct cls_state {
  lua_State *L;
  cls_options options;

  // Memory.
  size_t used;
  uint64_t allocations, fail_from, fail_until;
  cls_refused refused;
  char *pool;  ///< CLS_POOL_SIZE bytes for small blocks; NULL: none
  size_t pool_used;
  void *pool_free[CLS_POOL_BLOCK_MAX / 16 + 1];
  cls_arena kept;   ///< sources, declarations, rules: as long as the state
  cls_arena event;  ///< one event's result

  // Time. The clocks of a call start lazily, at its second tick: a short rule never reads one.
  bool timed, ticked, clock_on;
  int64_t limit, wall_start, processor_start;
  uint32_t work;
  cls_stop stop;
  bool disturbed;  ///< after a failure: hook and heap need care before the next call

  // Loading: where it has come to, for failures that no script's frame tells the place of.
  bool sealed, compiling;
  const cls_source *loading;
  uint32_t loading_line;
  cls_source *sources;
  uint32_t source_count, source_room;
  cls_declaration *declarations;
  uint32_t declaration_count, declaration_room;
  cjson_parser *parser;

  // The pipeline.
  cls_rule *rules;
  uint32_t rule_count, rule_room;
  const cls_event *delivered;
  cls_result *result;
  cls_cached cached[CLS_CACHED_COUNT];
  bool is_ready;  ///< the hot path's values lie at the bottom of the main stack
  uint32_t rule;  ///< the one that runs
  bool in_rule, answer_failed;
  cls_part *parts;
  uint32_t part_count, part_room, kept_count;
  size_t part_bytes;  ///< what the parts' changes come to

  // The log's rate.
  int64_t log_second;
  uint32_t log_lines;

  // The last failure.
  char where_file[512];
  uint32_t where_line;
  char text[CLS_TEXT_MAX + 1024];
  uint32_t text_length;
};

// Keys of the registry: addresses.
extern char cls_key_env, cls_key_loaded, cls_key_build, cls_key_array, cls_key_decimal, cls_key_functions, cls_key_strings;
extern char cls_null_tag;

static inline cls_state *cls_of(lua_State *L) { return *(cls_state **)lua_getextraspace(L); }
static inline cls_text cls_text_of(const char *bytes, size_t length) { return (cls_text){bytes, (uint32_t)length}; }
bool cls_text_equal(cls_text a, cls_text b);

// limits.c
void *cls_allocate(void *state, void *block, size_t old_size, size_t new_size);
void *cls_arena_take(cls_state *state, cls_arena *arena, size_t size);
void cls_arena_reset(cls_state *state, cls_arena *arena);
void cls_arena_free(cls_state *state, cls_arena *arena);
bool cls_grow(cls_state *state, void **items, uint32_t *room, uint32_t needed, size_t item_size);
void cls_hook(lua_State *L, lua_Debug *ar);
void cls_loading_hook(lua_State *L, lua_Debug *ar);
void cls_start_clock(cls_state *state, int64_t limit);
void cls_check_time(lua_State *L);
/// Accounts for `units` of work (bytes, items) of a C function and looks at the clock once enough came together.
static inline void cls_tick(lua_State *L, size_t units) {
  cls_state *state = cls_of(L);
  if (units > 16384 || (state->work += (uint32_t)units) > 16384) cls_check_time(L);
}
/// Charges for the lengths of all string arguments.
void cls_charge_arguments(lua_State *L);
/// Raises again what a script must not catch.
void cls_rethrow_stop(lua_State *L, int status);
int cls_out_of_memory(lua_State *L);
void cls_need_stack(lua_State *L, int slots);
void *cls_event_take(lua_State *L, size_t size);  ///< from the event's arena; raises

// failures.c
int cls_on_error(lua_State *L);
void cls_describe(cls_state *state, int status, cls_failure *failure);
void cls_sanitize(char *bytes, uint32_t length);
bool cls_is_utf8(const char *bytes, size_t length);
bool cls_protected(cls_state *state, lua_CFunction body, void *argument, cls_failure *failure);
/// Before and after every protected call of the host.
void cls_before_call(cls_state *state);
void cls_after_call(cls_state *state);

// The library; each leaves one table (or function) on the stack.
void cls_open_base(lua_State *L, int globals);
void cls_open_string(lua_State *L);
void cls_open_table(lua_State *L);
void cls_open_coroutine(lua_State *L, int globals);
void cls_open_json(lua_State *L);
void cls_open_decimal(lua_State *L);
void cls_open_time(lua_State *L);
void cls_open_log(lua_State *L);
void cls_open_declarations(lua_State *L, int globals);
/// Replaces the table on top by a read-only stand-in; unknown fields are errors that name `what`.
void cls_protect(lua_State *L, const char *what);
/// Unknown fields of the table on top are errors that name `what`; NULL: they are undefined globals.
void cls_refuse_unknown(lua_State *L, const char *what);
void cls_set_functions(lua_State *L, const luaL_Reg *functions);
/// Wraps the C function on top so that its string arguments are charged.
void cls_charged(lua_State *L);
int cls_tostring(lua_State *L);
int cls_require(lua_State *L);  // state.c
/// Pushes the text of any value, without addresses.
const char *cls_push_text(lua_State *L, int index, size_t *length);

// patterns.c
int cls_string_find(lua_State *L);
int cls_string_match(lua_State *L);
int cls_string_gmatch(lua_State *L);
int cls_string_gsub(lua_State *L);

// json.c
void cls_json_push(lua_State *L, const cjson_node **cursor);
/// Appends the JSON of the value at `index` to a buffer.
void cls_json_encode(lua_State *L, int index, luaL_Buffer *buffer);
bool cls_is_null(lua_State *L, int index);
/// 0: an object or empty; n > 0: an array of n; -1: neither (text in *why).
int64_t cls_array_length(lua_State *L, int index, const char **why);
bool cls_is_marked_array(lua_State *L, int index);

// numbers.c: "Numbers" of SCRIPTS.md.
enum { CLS_DIGITS_MAX = 400 };
/// The digits of a float; raises for NaN, infinity and from 2^53 on. Integral: *integer is set and true returned.
size_t cls_integer_digits(int64_t value, char digits[24]);
bool cls_float_digits(double value, int64_t *integer, char digits[CLS_DIGITS_MAX], const char **why);

// decimal.c
typedef __int128 cls_int128;
bool cls_decimal_parse(const char *bytes, size_t length, cls_int128 *out);
size_t cls_decimal_digits(cls_int128 value, char out[64]);
void cls_push_decimal(lua_State *L, cls_int128 value);
bool cls_is_decimal(lua_State *L, int index, cls_int128 *out);

// suggest.c
/// The nearest string key of a table.
bool cls_nearest(lua_State *L, int table, const char *word, size_t length, char best[64]);
void cls_nearest_begin(char best[64], int *distance);
void cls_nearest_try(const char *word, size_t length, const char *candidate, char best[64], int *distance);
