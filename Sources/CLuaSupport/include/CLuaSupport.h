#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Lua 5.4 behind a C layer. No function here lets a Lua error leave it, and nothing that may allocate in Lua runs
// outside a protected call: Swift and C++ callers never see a longjmp.

/// Bytes that belong to somebody else; not NUL-terminated.
typedef struct {
  const char *bytes;
  uint32_t length;
} cls_text;

typedef enum { CLS_NULL, CLS_BOOLEAN, CLS_INTEGER, CLS_NUMBER, CLS_STRING } cls_type;

/// One dimension of an event: a key and a JSON scalar.
typedef struct {
  cls_text key;
  uint8_t type;      ///< cls_type; CLS_NULL in a patch removes the key
  bool boolean;
  int64_t integer;   ///< CLS_INTEGER
  double real;       ///< CLS_NUMBER: nearest double, what Lua sees
  cls_text text;     ///< CLS_STRING: the text; CLS_NUMBER and CLS_INTEGER: the digits as delivered or as the script gave them
} cls_dimension;

/// An event as the rules see it.
typedef struct {
  cls_text customer_id, resource_id /* length 0: none */, event_name, idempotency_key /* length 0: none */;
  cls_text timestamp, received_at;  ///< RFC 3339, UTC, ending in Z
  const cls_dimension *dimensions;
  uint32_t dimension_count;
} cls_event;

/// What a mapping made of one event, or of one part of a split event.
typedef struct {
  uint8_t changed;  ///< bits CLS_CHANGED_…
  cls_text customer_id, resource_id, event_name, timestamp /* as the script gave it, not parsed */;
  const cls_dimension *patch;  ///< dimensions set (or removed: CLS_NULL) against the event as delivered, one entry a key
  uint32_t patch_count;
  uint32_t dropped_by;  ///< the filter that dropped this part of a split event, an index into the pipeline; CLS_KEPT: none
  cls_text reason;      ///< that filter's reason, may be empty
} cls_part;

#define CLS_KEPT UINT32_MAX

enum { CLS_CHANGED_CUSTOMER = 1, CLS_CHANGED_RESOURCE = 2, CLS_CHANGED_EVENT_NAME = 4, CLS_CHANGED_TIMESTAMP = 8 };

typedef enum {
  CLS_UNCHANGED,  ///< kept, no mapping changed anything
  CLS_MAPPED,     ///< kept; `parts` (one; more when split, at least one of them kept)
  CLS_FILTERED,   ///< filters said no to all of it; the first: `rule`, `text` is its reason (may be empty)
  CLS_FAILED,     ///< a rule failed: `rule`, `code`, `text` is the message with file:line
} cls_outcome;

typedef enum {
  CLS_CODE_ERROR, CLS_CODE_TIMEOUT, CLS_CODE_MEMORY, CLS_CODE_ANSWER /* nonsensical answer */,
  CLS_CODE_STOPPED,  ///< a run that somebody stopped: cls_run_stop
} cls_code;

/// Lives until the next cls_rules_apply on the same state.
typedef struct {
  uint8_t outcome;
  uint8_t code;
  uint32_t rule;  ///< index into the state's pipeline, load order
  cls_text text;
  const cls_part *parts;
  uint32_t part_count;
} cls_result;

typedef struct cls_state cls_state;

/// Runs the pipeline of filters and mappings of a loaded state on one event. Never raises, never longjmps.
void cls_rules_apply(cls_state *state, const cls_event *event, cls_result *result);

/// Whether any rule in the pipeline looks at events of this name (false: the event passes unchanged, no call needed).
bool cls_rules_match(cls_state *state, cls_text event_name);

// MARK: - Opening, loading and closing a state

/// Where a failure lies and what it says. Texts live until the next failing call on the same state.
typedef struct {
  uint8_t code;      ///< cls_code
  cls_text message;  ///< UTF-8 without NUL, at most 8 KiB, without the position
  cls_text detail;   ///< the `code` of a raised table {code, message}; empty: none
  cls_text file;     ///< empty: unknown
  uint32_t line;     ///< 0: unknown
  bool needs_scripts;  ///< what the script itself says is wrong: it stays so until the script changes
} cls_failure;

typedef enum { CLS_LOG_DEBUG, CLS_LOG_INFO, CLS_LOG_WARN, CLS_LOG_ERROR } cls_log_level;

/// One value copied out of Lua, in the order of cjson_node: items follow an array, key and value each an object.
typedef enum {
  CLS_NODE_NULL, CLS_NODE_BOOLEAN, CLS_NODE_INTEGER, CLS_NODE_NUMBER /* text: exact digits */, CLS_NODE_STRING,
  CLS_NODE_ARRAY, CLS_NODE_OBJECT, CLS_NODE_FUNCTION /* integer: its reference */,
  CLS_NODE_OTHER /* text: what it is, "expected …, got TEXT" */,
} cls_node_type;

typedef struct {
  uint8_t type;
  uint32_t count;  ///< items or members; 0 in an empty table, which may be either: CLS_NODE_OBJECT
  int64_t integer; ///< CLS_NODE_INTEGER, CLS_NODE_BOOLEAN, CLS_NODE_FUNCTION
  cls_text text;
} cls_node;

/// What is wrong with the arguments of a call: the name of a field that there is not, or the value of one.
typedef struct {
  cls_text name;
  bool has_value;
  uint8_t type;     ///< cls_type of the value
  int64_t integer;  ///< CLS_INTEGER, CLS_BOOLEAN
  cls_text text;    ///< CLS_STRING; the digits of a CLS_NUMBER
} cls_fault;

/// What the host answers a script that asks it: JSON, or an error to raise. The texts are the host's and are read before
/// it is asked again.
typedef struct {
  bool failed;
  cls_text json;           ///< of an answer
  cls_text code, message;  ///< of an error
  const cls_fault *faults; ///< of an error: what of the arguments it is about
  uint32_t fault_count;
} cls_reply;

/// One operation that scripts know.
typedef struct {
  cls_text name;  ///< of client.NAME
  cls_text page;  ///< the field of its answer that holds a page of a list, for client.each; empty: no pages
  bool refused;   ///< there is one of the name, and scripts may not call it
} cls_operation;

/// What a state may use, and the callbacks it needs. Callbacks get flat buffers, never see Lua and must return.
typedef struct {
  size_t memory;            ///< bytes of the whole state
  size_t string_max;        ///< bytes of one string
  int64_t rule_time;        ///< nanoseconds of processor time of one rule call; the wall clock may take 20 times that
  int64_t load_time;        ///< the same for loading one file
  uint64_t fail_after;      ///< tests: this many allocations succeed, …
  uint64_t fail_count;      ///< … then this many are refused
  void *context;            ///< handed to the callbacks
  /// One line of a script's log: control characters are escaped, `fields` is a JSON object or empty.
  void (*log)(void *context, int32_t level, cls_text message, cls_text fields, cls_text file, uint32_t line);
  /// Seconds east of UTC of `zone` at an instant; false: no such zone.
  bool (*zone_offset)(void *context, cls_text zone, int64_t unix_seconds, int32_t *offset);
  /// Microseconds since 1970: time.now() while files are loaded.
  int64_t (*now)(void *context);
  /// Answers `lookup.…` of rules and decisions, and `wallet.consumed`, at once; NULL: there is nothing to ask. In runs
  /// they are effects.
  void (*ask)(void *context, cls_text name, const cls_node *arguments, uint32_t count, cls_reply *reply);
  const cls_operation *operations;  ///< read by cls_open only
  uint32_t operation_count;
  int64_t job_time;            ///< nanoseconds of processor time of one run, all its segments together
  uint32_t effects_max;        ///< effects of one run
  size_t value_max;            ///< bytes of an effect's arguments, and of an answer
  bool runs_tests;             ///< files may declare tests: `tidemill test`
} cls_options;

/// A fresh state with the library and no scripts; NULL when it does not fit into `memory`.
cls_state *cls_open(const cls_options *options);
void cls_close(cls_state *state);

/// What scripts read as vars.NAME: one JSON object. False: `failure`.
bool cls_set_vars(cls_state *state, cls_text json, cls_failure *failure);

/// Makes a source known. `name` is the path below the scripts folder, `chunk` what messages call it. The bytes are
/// copied. False: out of memory.
bool cls_add_source(cls_state *state, cls_text name, cls_text chunk, cls_text bytes, cls_failure *failure);

/// Runs a source once, collecting its declarations; those made before a failure stay.
bool cls_load(cls_state *state, cls_text name, cls_failure *failure);
/// Compiles a source without running it.
bool cls_compile(cls_state *state, cls_text name, cls_failure *failure);
/// Ends loading: globals become read-only and declarations errors.
bool cls_seal(cls_state *state, cls_failure *failure);

typedef enum { CLS_CATALOG, CLS_FILTER, CLS_MAPPING, CLS_RECHARGE, CLS_GRANT, CLS_JOB, CLS_TEST } cls_kind;

typedef struct {
  uint8_t kind;  ///< cls_kind
  cls_text file;
  uint32_t line;
  const cls_node *nodes;
  uint32_t node_count;
} cls_declaration;

uint32_t cls_declaration_count(const cls_state *state);
/// Lives as long as the state.
cls_declaration cls_declaration_at(const cls_state *state, uint32_t index);

/// Appends a filter or mapping to the pipeline. `function` is a CLS_NODE_FUNCTION's reference; `name_count` 0: every
/// event.
bool cls_rules_add(cls_state *state, cls_kind kind, int64_t function, cls_text name, cls_text file, uint32_t line,
                   const cls_text *names, uint32_t name_count);

// MARK: - Runs of jobs

/// A run is a coroutine of its state. Between its segments it waits for the answer to an effect; many may wait at once.
typedef struct cls_run cls_run;

typedef enum {
  CLS_RUN_EFFECT,    ///< `name` and `nodes`: to be performed; answer with the next step
  CLS_RUN_PAUSED,    ///< computed for long enough: let others go first, then step without a reply
  CLS_RUN_FINISHED,  ///< `nodes`: what the job returned
  CLS_RUN_FAILED,    ///< `failure`
} cls_run_outcome;

/// Texts and nodes live until the next call on the same state.
typedef struct {
  uint8_t outcome;
  cls_text name;
  const cls_node *nodes;
  uint32_t node_count;
  cls_failure failure;
} cls_step;

/// NULL: no memory. The run belongs to the caller, outlives its state if it must, and is freed by cls_run_free.
cls_run *cls_run_new(void);
void cls_run_free(cls_run *run);
/// Asks a run to stop, from any thread: when it computes it ends within its next thousand instructions.
void cls_run_stop(cls_run *run);
bool cls_run_is_stopped(const cls_run *run);

/// Makes the coroutine. `function` is a CLS_NODE_FUNCTION's reference; `json` what the job gets as `run`.
bool cls_run_start(cls_state *state, cls_run *run, int64_t function, cls_text json, uint64_t seed, cls_failure *failure);
/// The same for a test: its function gets `t`.
bool cls_run_start_test(cls_state *state, cls_run *run, int64_t function, uint64_t seed, cls_failure *failure);
/// Runs the next segment. `reply` answers the effect of the last step; NULL for the first step and after a pause.
void cls_run_step(cls_state *state, cls_run *run, const cls_reply *reply, cls_step *step);
/// Drops a run, whatever it waits for: no code of it runs again. Harmless for one that has ended.
void cls_run_end(cls_state *state, cls_run *run);

// MARK: - Decisions of policies and grant rules

/// Lives until the next call on the same state.
typedef struct {
  bool done;
  const cls_node *nodes;  ///< what `decide` returned
  uint32_t node_count;
  cls_failure failure;
} cls_decision;

/// Calls `decide` with the value of `json`, under rule_time. `now` is what time.now() says. With `is_wallet` the value
/// gets the function `consumed`, which asks for "wallet.consumed".
void cls_decide(cls_state *state, int64_t function, cls_text json, bool is_wallet, int64_t now, cls_decision *decision);

/// Whether a function that a file declared says one of these by a constant of its own: what its answer was refused for.
bool cls_function_says(cls_state *state, int64_t function, const cls_fault *faults, uint32_t count);

/// Whether the library has what `path` names, from a global on; `arguments`, a JSON list or empty: and takes these. What
/// is no table is not looked into. False: `failure` says it as a run would be told.
bool cls_probe(cls_state *state, const cls_text *path, uint32_t count, cls_text arguments, cls_failure *failure);

/// Bytes that the state holds now, and how many allocations it made: for tests and status.
size_t cls_memory_used(const cls_state *state);
/// What filters or mappings have used since the last call, in nanoseconds of the processor: estimated from one event in
/// many. To be called by whoever uses the state.
int64_t cls_take_rule_time(cls_state *state, cls_kind kind);
/// Processor time of the calling thread, in nanoseconds.
int64_t cls_processor_clock(void);
uint64_t cls_allocations(const cls_state *state);
/// Tests: from now on `after` allocations succeed, then `count` are refused.
void cls_fail_allocations(cls_state *state, uint64_t after, uint64_t count);

#ifdef __cplusplus
}
#endif
