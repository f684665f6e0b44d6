#pragma once
#include "CLuaSupport.h"

#include <stdatomic.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <CBase.h>
#include <CJSON.h>

// What the files of this target share. Rule of the house: a function that takes a lua_State may raise and is called
// below lua_pcall only; a function that takes a cls_state only must not touch Lua.

enum { CLS_TEXT_MAX = 8192, CLS_HOOK_COUNT = 128, CLS_HOOK_PAUSED = 129, CLS_BURST = 1000000000, CLS_DEPTH_MAX = 64, CLS_PARTS_MAX = 1000, CLS_PARTS_BYTES_MAX = 1 << 20 };
// The threads that call Lua have 2 MiB of stack, and the deepest calls that Lua allows take 448 KiB.
enum { CLS_CLOSES_MAX = 100, CLS_NATIVE_MAX = 1 << 20 };
enum { CLS_POOL_SIZE = 1 << 20, CLS_POOL_BLOCK_MAX = 512 };

/// What the last refused allocation was refused for.
typedef enum { CLS_REFUSED_TOTAL, CLS_REFUSED_BLOCK, CLS_REFUSED_STRING, CLS_REFUSED_TABLE } cls_refused;

typedef enum { CLS_RUNNING, CLS_STOP_TIMEOUT, CLS_STOP_MEMORY, CLS_STOP_REQUESTED } cls_stop;

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
  bool reads_only;  ///< it can neither change the event nor keep it: the next rule may get the same table
} cls_rule;

typedef struct {
  cls_text name, chunk, bytes;
} cls_source;

typedef enum { CLS_RUN_NEW, CLS_RUN_READY, CLS_RUN_WAITING, CLS_RUN_AT_WORK, CLS_RUN_OVER } cls_run_phase;

// The end of the last message about something that the script itself says; a failure that ends so is of that kind. Each
// run has its own, since what one has caught says nothing about another; a call that is no run begins without one.
typedef struct {
  char text[512];
  uint32_t length;
} cls_own;

struct cls_run {
  atomic_bool stopped;
  uint8_t phase;       ///< cls_run_phase
  bool paused;         ///< WAITING for its turn, not for an answer
  lua_State *thread;   ///< kept alive by the registry
  lua_State *waiting;  ///< the coroutine whose call waits: the thread, or one that it resumed
  int64_t used;        ///< nanoseconds of processor time
  uint32_t effects;
  uint64_t random[4];  ///< math.random's generator
  cls_own own;
  // state.update: its function is at work; the instant that it is asked at; the generator before it was asked.
  bool is_updating;
  uint8_t update_now_length;
  char update_now[40];
  uint64_t update_random[4];
};

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
  int64_t limit, wall_limit, wall_start, processor_start;
  int64_t burst;  ///< of a run: the most without taking turns; 0: no such limit
  bool burst_over;
  uint32_t work;
  cls_stop stop;
  bool disturbed;  ///< after a failure: hook and heap need care before the next call

  // Closing coroutines.
  const char *native_base;  ///< where the native stack stood when the host called
  uint32_t closes;          ///< how many closes are under way, one below the other

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
  uint32_t events;  ///< counted to choose those whose rules are timed
  bool is_timed;    ///< this event is one
  int64_t filter_time, mapping_time;
  bool in_rule, answer_failed;
  cls_part *parts;
  uint32_t part_count, part_room, kept_count;
  size_t part_bytes;  ///< what the parts' changes come to

  // The run whose segment is at work; NULL outside of segments.
  cls_run *run;
  int64_t segment_start;    ///< wall clock
  const cls_reply *reply;   ///< answers the effect that the run waits for
  const cjson_node *reply_nodes;
  bool yields_to_host;      ///< the yield under way is the host's, not the script's
  uint32_t blocked;         ///< how many resumed coroutines lie above a C call that cannot yield
  cls_step *step;

  // A decision of a policy or grant rule.
  bool deciding;
  int64_t decision_now;
  uint64_t decision;        ///< counts them: a wallet is good for its own
  cls_decision *decided;

  // The log's rate.
  int64_t log_second;
  uint32_t log_lines;

  // The last failure.
  char where_file[512];
  uint32_t where_line;
  char text[CLS_TEXT_MAX + 1024];
  uint32_t text_length;
  char detail[128];
  uint32_t detail_length;
  bool is_own;  ///< the script itself is wrong
  cls_own own;  ///< of a call that is no run
};

// Keys of the registry: addresses.
extern char cls_key_env, cls_key_loaded, cls_key_build, cls_key_make, cls_key_array, cls_key_decimal, cls_key_functions, cls_key_strings, cls_key_runs, cls_key_raised, cls_key_raised_own;
extern char cls_null_tag, cls_wait_tag;

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
/// Nanoseconds of processor time since cls_start_clock at `wall`; what is too short to have looked at a clock counts by
/// the wall, and little.
int64_t cls_clock_used(const cls_state *state, int64_t wall);
int64_t cls_wall_clock(void);
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
/// Remembers the innermost line of a script from `level` up.
void cls_find_place(lua_State *L, int level);
void cls_sanitize(char *bytes, uint32_t length);
bool cls_is_utf8(const char *bytes, size_t length);
bool cls_protected(cls_state *state, lua_CFunction body, void *argument, cls_failure *failure);
/// Bytes of native stack since the host called; it grows downwards.
static inline size_t cls_native_used(const cls_state *state) {
  const char *here = __builtin_frame_address(0);
  return here < state->native_base ? (size_t)(state->native_base - here) : 0;
}
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
int cls_require(lua_State *L);  // sources.c
/// Pushes the text of any value, without addresses.
const char *cls_push_text(lua_State *L, int index, size_t *length);

// values.c: values on their way to the host and back.
typedef struct {
  const char *what;  ///< names the values in errors
  cls_node *nodes;
  uint32_t count, room;
  size_t bytes;
} cls_values;

/// Appends a node, in the event's memory; raises.
cls_node *cls_values_append(lua_State *L, cls_values *values, cls_node_type type);
/// Appends the value at `index`, which errors call `key`; raises for what has no JSON form.
void cls_values_add(lua_State *L, cls_values *values, int index, const char *key);
/// Pushes an answer: nulls are nil (json.null in lists), amounts that no float can hold are texts.
void cls_answer_push(lua_State *L, const cjson_node **cursor);
/// Parses a reply's JSON; NULL: the nodes, else what is wrong.
const char *cls_reply_parse(cls_state *state, const cls_reply *reply, const cjson_node **nodes);
/// Pushes the table {code, message} that a failed call raises. `is_own`: what the script itself says is wrong.
void cls_push_raised(lua_State *L, cls_text code, cls_text message, bool is_own);
bool cls_is_raised_own(lua_State *L, int index);

// effects.c
void cls_open_effects(lua_State *L, int globals);
int cls_checkpoint(lua_State *L);
int cls_time_now(lua_State *L);  ///< of a run
/// Asks the host at once; leaves the answer on the stack.
void cls_ask(lua_State *L, const char *name, int first, int count);

// updates.c
/// Pushes the function `name`; `scope` is the stack index of whose state is shared, 0: the job's own.
void cls_push_update(lua_State *L, const char *name, int scope);
/// The instant of the update whose function is at work; false: none is.
bool cls_push_update_now(lua_State *L);

// declarations.c
/// Pushes the function that declares things of this kind.
void cls_push_declare(lua_State *L, cls_kind kind);

// tests.c
void cls_open_tests(lua_State *L, int globals);
/// Pushes a fresh `t`.
void cls_push_test(lua_State *L);

// coroutines.c
/// Whether a coroutine waits for the host: only what resumed it may resume it again.
bool cls_is_waiting(lua_State *co);

// order.c: what makes a run repeat itself.
int cls_pairs(lua_State *L);
int cls_next(lua_State *L);
int cls_random(lua_State *L);
int cls_randomseed(lua_State *L);
void cls_random_start(cls_run *run, uint64_t seed);

// readers.c
/// Whether the function on top of the stack can only look at its arguments: neither change nor keep them.
bool cls_reads_only(lua_State *L);

// literals.c
/// Whether one of the functions under way says this by a constant: the name where it builds the input of `call` or names
/// the operation, or the field's value wherever it sets it.
bool cls_script_says(lua_State *L, const char *call, const cls_fault *fault);
/// Raises the text on top of the stack with its place, as luaL_error does. Where the script itself reads `name` from what
/// is called `from`, NULL for a global, it is remembered as the script's own.
int cls_raise_about(lua_State *L, const char *from, const char *name, size_t length);

// pattern_calls.c
int cls_string_find(lua_State *L);
int cls_string_match(lua_State *L);
int cls_string_gmatch(lua_State *L);
int cls_string_gsub(lua_State *L);

// json.c, json_encode.c, json_decode.c
int cls_encode(lua_State *L);
int cls_decode(lua_State *L);
void cls_json_push(lua_State *L, const cjson_node **cursor);
/// Appends the JSON of the value at `index` to a buffer.
void cls_json_encode(lua_State *L, int index, luaL_Buffer *buffer);
bool cls_is_null(lua_State *L, int index);
/// 0: an object or empty; n > 0: an array of n; -1: neither (text in *why).
int64_t cls_array_length(lua_State *L, int index, const char **why);
bool cls_is_marked_array(lua_State *L, int index);

// numbers.c: "Numbers" of scripts.md.
enum { CLS_DIGITS_MAX = 400 };
/// The digits of a float; raises for NaN, infinity and from 2^53 on. Integral: *integer is set and true returned.
size_t cls_integer_digits(int64_t value, char digits[24]);
bool cls_float_digits(double value, int64_t *integer, char digits[CLS_DIGITS_MAX], const char **why);
/// The digits of a dimension that the rule in progress got as this float; false where it got none so. (rule_answers.c)
bool cls_delivered_digits(cls_state *state, double real, cls_text *out);

// decimal.c
typedef __int128 cls_int128;
bool cls_decimal_parse(const char *bytes, size_t length, cls_int128 *out);
size_t cls_decimal_digits(cls_int128 value, char out[64]);
void cls_push_decimal(lua_State *L, cls_int128 value);
// Pushes an integer, or a float that keeps all digits of a decimal; false, and nothing pushed, for any other number.
// Says whether the number is a decimal, and which.
bool cls_push_kept_number(lua_State *L, const cjson_node *node, bool *is_exact, cls_int128 *exact);
bool cls_is_decimal(lua_State *L, int index, cls_int128 *out);

// suggest.c
/// The nearest string key of a table: `search->best`, empty where there is none.
bool cls_nearest(lua_State *L, int table, const char *word, size_t length, cb_search *search);
