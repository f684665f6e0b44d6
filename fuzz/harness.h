#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CLuaSupport.h>

// What the harnesses share: taking an input apart, and what must hold.

/// Ends the process where something that must hold does not: the fuzzer keeps the input.
#define REQUIRE(condition)                                                              \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                          \
    }                                                                                   \
  } while (0)

/// The bytes of an input that are not taken yet.
typedef struct {
  const char *bytes;
  size_t left;
} fuzz_input;

static inline uint8_t fuzz_byte(fuzz_input *input) {
  if (input->left == 0) return 0;
  --input->left;
  return (uint8_t)*input->bytes++;
}

static inline cls_text fuzz_text(const char *bytes, size_t length) {
  cls_text text = {bytes, (uint32_t)length};
  return text;
}

/// The text up to the next `end`, which is stepped over; all that is left where there is none.
static inline cls_text fuzz_until(fuzz_input *input, const char *end) {
  const size_t length = strlen(end);
  size_t at = 0;
  while (at + length <= input->left && memcmp(input->bytes + at, end, length) != 0) ++at;
  const bool is_found = at + length <= input->left;
  const cls_text text = fuzz_text(input->bytes, is_found ? at : input->left);
  const size_t taken = is_found ? at + length : input->left;
  input->bytes += taken;
  input->left -= taken;
  return text;
}

/// Reads every byte of a text: one that lies outside of its memory is reported here.
static inline void fuzz_read(cls_text text) {
  static volatile unsigned char sum;
  for (uint32_t i = 0; i < text.length; ++i) sum = (unsigned char)(sum + (unsigned char)text.bytes[i]);
}

static inline void fuzz_read_string(const char *text) {
  if (text) fuzz_read(fuzz_text(text, strlen(text)));
}

// MARK: - A state as the host opens it

static inline void fuzz_log(void *context, int32_t level, cls_text message, cls_text fields, cls_text file,
                            uint32_t line) {
  (void)context;
  (void)line;
  REQUIRE(level >= CLS_LOG_DEBUG && level <= CLS_LOG_ERROR);
  fuzz_read(message);
  fuzz_read(fields);
  fuzz_read(file);
}

/// Two zones that change their clocks four times a year, and all others that are as Berlin was in winter.
static inline bool fuzz_zone_offset(void *context, cls_text zone, int64_t seconds, int32_t *offset) {
  (void)context;
  fuzz_read(zone);
  if (zone.length > 0 && zone.bytes[0] == 'X') return false;
  const int64_t quarter = seconds / 7889400;
  *offset = zone.length > 0 && zone.bytes[0] == 'E' ? (quarter % 2 ? 7200 : 3600) : zone.length == 3 ? -43200 : 3600;
  return true;
}

static inline int64_t fuzz_now(void *context) {
  (void)context;
  return 1800000000000000;
}

static inline void fuzz_ask(void *context, cls_text name, const cls_node *arguments, uint32_t count, cls_reply *reply) {
  (void)context;
  fuzz_read(name);
  for (uint32_t i = 0; i < count; ++i) fuzz_read(arguments[i].text);
  reply->failed = count % 3 == 2;
  reply->json = fuzz_text("{\"a\":[1,null,\"x\"],\"n\":0.1}", 26);
  reply->code = fuzz_text("NotFound", 8);
  reply->message = fuzz_text("there is none", 13);
}

/// Little memory and little time, so that inputs that use up either are soon done.
static inline cls_options fuzz_options(void) {
#define FUZZ_OPERATION(name, page, refused) {{name, sizeof name - 1}, {page, sizeof page - 1}, refused}
  static const cls_operation operations[] = {
      FUZZ_OPERATION("grantCredits", "", false),         FUZZ_OPERATION("reportUsage", "", false),
      FUZZ_OPERATION("reportEvent", "", false),          FUZZ_OPERATION("getCustomer", "", false),
      FUZZ_OPERATION("provisionCustomer", "", false),    FUZZ_OPERATION("provisionSubscription", "", false),
      FUZZ_OPERATION("getCreditBalance", "", false),     FUZZ_OPERATION("checkEntitlement", "", false),
      FUZZ_OPERATION("listCustomers", "data", false),    FUZZ_OPERATION("listSubscriptions", "data", false),
      FUZZ_OPERATION("listCreditGrants", "data", false), FUZZ_OPERATION("getCreditLedger", "data", false),
      FUZZ_OPERATION("pause", "", true),
  };
  cls_options options;
  memset(&options, 0, sizeof options);
  options.memory = 8 << 20;
  options.string_max = 1 << 20;
  options.rule_time = 20000000;
  options.load_time = 50000000;
  options.job_time = 50000000;
  options.effects_max = 100;
  options.value_max = 1 << 18;
  options.log = fuzz_log;
  options.zone_offset = fuzz_zone_offset;
  options.now = fuzz_now;
  options.ask = fuzz_ask;
  options.operations = operations;
  options.operation_count = sizeof operations / sizeof *operations;
  return options;
}

static inline void fuzz_read_failure(const cls_failure *failure) {
  REQUIRE(failure->code <= CLS_CODE_STOPPED);
  fuzz_read(failure->message);
  fuzz_read(failure->detail);
  fuzz_read(failure->file);
}

/// A loaded script; NULL with `failure` where it does not load.
static inline bool fuzz_load(cls_state *state, cls_text script, cls_failure *failure) {
  memset(failure, 0, sizeof *failure);
  const cls_text name = fuzz_text("a.lua", 5);
  return cls_add_source(state, name, name, script, failure) && cls_load(state, name, failure);
}

/// The function of a declaration: its last one.
static inline const cls_node *fuzz_function(const cls_declaration *declaration) {
  for (uint32_t i = declaration->node_count; i > 0; --i) {
    if (declaration->nodes[i - 1].type == CLS_NODE_FUNCTION) return &declaration->nodes[i - 1];
  }
  return NULL;
}

/// Walks values that came out of Lua; returns how many nodes the first one has.
static inline uint32_t fuzz_walk(const cls_node *nodes, uint32_t count) {
  REQUIRE(count > 0);
  const cls_node *node = nodes;
  uint32_t taken = 1, values = node->count;
  const bool is_text = node->type == CLS_NODE_STRING || node->type == CLS_NODE_NUMBER || node->type == CLS_NODE_OTHER;
  if (is_text) fuzz_read(node->text);
  if (node->type == CLS_NODE_OBJECT) values *= 2;
  if (node->type != CLS_NODE_OBJECT && node->type != CLS_NODE_ARRAY) values = 0;
  for (uint32_t i = 0; i < values; ++i) {
    // In declarations a key may be no UTF-8: that is said in its place.
    const uint8_t type = nodes[taken].type;
    if (node->type == CLS_NODE_OBJECT && i % 2 == 0) REQUIRE(type == CLS_NODE_STRING || type == CLS_NODE_OTHER);
    taken += fuzz_walk(nodes + taken, count - taken);
  }
  return taken;
}
