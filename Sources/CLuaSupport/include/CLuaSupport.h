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
} cls_part;

enum { CLS_CHANGED_CUSTOMER = 1, CLS_CHANGED_RESOURCE = 2, CLS_CHANGED_EVENT_NAME = 4, CLS_CHANGED_TIMESTAMP = 8 };

typedef enum {
  CLS_UNCHANGED,  ///< kept, no mapping changed anything
  CLS_MAPPED,     ///< kept; `parts` (one; more when split)
  CLS_FILTERED,   ///< a filter said no: `rule`, `text` is its reason (may be empty)
  CLS_FAILED,     ///< a rule failed: `rule`, `code`, `text` is the message with file:line
} cls_outcome;

typedef enum { CLS_CODE_ERROR, CLS_CODE_TIMEOUT, CLS_CODE_MEMORY, CLS_CODE_ANSWER /* nonsensical answer */ } cls_code;

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

#ifdef __cplusplus
}
#endif
