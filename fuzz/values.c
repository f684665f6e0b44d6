// Values between the host and Lua: into a decision and out of it, into a run, out of its effects and back into it.
// Input: JSON; after a line "---", more of it for the answers of the effects.
#include <CJSON.h>

#include "harness.h"

static const char script[] =
    "recharge { name = 'r', decide = function(value) return value end }\n"
    "recharge { name = 'w', decide = function(value) return { value.consumed and value.consumed('6h'), value } end }\n"
    "job { name = 'j', run = function(run)\n"
    "  local ok, answer = pcall(client.grantCredits, { value = run })\n"
    "  local more = client.reportEvent(answer)\n"
    "  state.set('k', more)\n"
    "  log.info('x', { a = more })\n"
    "  return { answer = answer, more = more, kept = state.get('k') }\n"
    "end }\n";

static cls_state *state;
static int64_t functions[3];
static cjson_parser *parser;

static bool open_state(void) {
  const cls_options options = fuzz_options();
  cls_failure failure;
  state = cls_open(&options);
  parser = cjson_open(64);
  if (!state || !parser || !fuzz_load(state, fuzz_text(script, sizeof script - 1), &failure)) return false;
  for (uint32_t i = 0; i < 3; ++i) {
    const cls_declaration declaration = cls_declaration_at(state, i);
    functions[i] = fuzz_function(&declaration)->integer;
  }
  return cls_seal(state, &failure);
}

/// What a value comes to whatever order its members have: nulls in objects are none, the last of equal keys counts.
typedef struct {
  uint32_t strings, numbers, booleans, nulls, items;
  bool is_certain;
} Sum;

static uint32_t sum_nodes(const cls_node *node, Sum *sum) {
  uint32_t taken = 1;
  switch (node->type) {
    case CLS_NODE_STRING: sum->strings += node->text.length + 1; break;
    case CLS_NODE_INTEGER: case CLS_NODE_NUMBER: ++sum->numbers; break;
    case CLS_NODE_BOOLEAN: ++sum->booleans; break;
    case CLS_NODE_NULL: ++sum->nulls; break;
    case CLS_NODE_ARRAY:
      sum->items += node->count;
      for (uint32_t i = 0; i < node->count; ++i) taken += sum_nodes(node + taken, sum);
      break;
    case CLS_NODE_OBJECT:
      for (uint32_t i = 0; i < node->count; ++i) {
        sum->strings += node[taken].text.length + 1;
        ++taken;
        taken += sum_nodes(node + taken, sum);
      }
      break;
    default: REQUIRE(false);
  }
  return taken;
}

static uint32_t sum_json(const cjson_node *node, Sum *sum) {
  uint32_t taken = 1;
  switch (node->type) {
    case CJSON_STRING: sum->strings += node->count + 1; break;
    case CJSON_NUMBER: sum->is_certain = false; ++sum->numbers; break;  // a text, where no float holds it
    case CJSON_INTEGER: ++sum->numbers; break;
    case CJSON_TRUE: case CJSON_FALSE: ++sum->booleans; break;
    case CJSON_NULL: ++sum->nulls; break;
    case CJSON_ARRAY:
      sum->items += node->count;
      for (uint32_t i = 0; i < node->count; ++i) taken += sum_json(node + taken, sum);
      break;
    default:
      for (uint32_t i = 0; i < node->count; ++i) {
        const cjson_node *key = node + taken, *value = key + 1;
        taken += 1 + value->span;
        for (uint32_t j = i + 1, at = taken; j < node->count; ++j) {
          const bool is_same = node[at].count == key->count && memcmp(node[at].text, key->text, key->count) == 0;
          if (is_same) sum->is_certain = false;
          at += 1 + node[at + 1].span;
        }
        if (value->type == CJSON_NULL) continue;
        sum->strings += key->count + 1;
        sum_json(value, sum);
      }
  }
  return taken;
}

static void decide(cls_text json) {
  cls_decision decision;
  cls_decide(state, functions[1], json, true, 1800000000000000, &decision);
  if (decision.done) {
    REQUIRE(fuzz_walk(decision.nodes, decision.node_count) == decision.node_count);
  } else {
    fuzz_read_failure(&decision.failure);
  }
  cls_decide(state, functions[0], json, false, 1800000000000000, &decision);
  if (!decision.done) {
    fuzz_read_failure(&decision.failure);
    return;
  }
  REQUIRE(fuzz_walk(decision.nodes, decision.node_count) == decision.node_count);
  const cjson_node *nodes;
  size_t count;
  REQUIRE(!cjson_parse(parser, json.bytes, json.length, &nodes, &count));
  Sum out = {0}, in = {.is_certain = true};
  sum_nodes(decision.nodes, &out);
  if (count < 2000) sum_json(nodes, &in);
  if (count < 2000 && in.is_certain) {
    REQUIRE(out.strings == in.strings && out.numbers == in.numbers && out.booleans == in.booleans);
    REQUIRE(out.nulls == in.nulls && out.items == in.items);
  }
}

static void run(cls_text json, cls_text answer) {
  cls_run *run = cls_run_new();
  cls_failure failure;
  if (!cls_run_start(state, run, functions[2], json, json.length, &failure)) {
    fuzz_read_failure(&failure);
  } else {
    const cls_fault faults[] = {
        {.name = fuzz_text("value", 5)},
        {.name = fuzz_text("x", 1), .has_value = true, .type = CLS_STRING, .text = answer},
    };
    cls_reply reply = {.json = answer, .message = answer, .faults = faults, .fault_count = 2};
    reply.code = fuzz_text("BadUserInput", 12);
    cls_step step;
    cls_run_step(state, run, NULL, &step);
    for (int steps = 0; steps < 12; ++steps) {
      if (step.outcome == CLS_RUN_EFFECT) {
        fuzz_read(step.name);
        // One argument list, whose items are walked.
        uint32_t walked = 0;
        while (walked < step.node_count) walked += fuzz_walk(step.nodes + walked, step.node_count - walked);
        reply.failed = (answer.length + (uint32_t)steps) % 4 == 3;
        cls_run_step(state, run, &reply, &step);
      } else if (step.outcome == CLS_RUN_PAUSED) {
        cls_run_step(state, run, NULL, &step);
      } else {
        if (step.outcome == CLS_RUN_FINISHED) REQUIRE(fuzz_walk(step.nodes, step.node_count) == step.node_count);
        if (step.outcome == CLS_RUN_FAILED) fuzz_read_failure(&step.failure);
        break;
      }
    }
  }
  cls_run_end(state, run);
  cls_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!state) REQUIRE(open_state());
  char *bytes = malloc(size + !size);
  memcpy(bytes, data, size);
  fuzz_input input = {bytes, size};
  const cls_text json = fuzz_until(&input, "\n---\n"), answer = fuzz_text(input.bytes, input.left);
  decide(json);
  run(json, answer.length ? answer : json);
  free(bytes);
  return 0;
}
