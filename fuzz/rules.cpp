// Whole scripts: loaded, sealed, and asked about events, decisions and runs (rules.c and all that it calls).
// Input: a script; after a line "-- events", lines of events. "-- fail N M" at its head: after N allocations, M are
// refused.
#include <CEvents.h>

#include <vector>

#include "harness.h"

static const char default_events[] =
    R"({"customerId":"acme","eventName":"llm.inference","idempotencyKey":"k","timestamp":"2026-10-01T00:00:02.5Z",)"
    R"("dimensions":{"tokens":120,"model":"m","cached":true,"cost":0.25}})"
    "\n"
    R"({"customerId":"other","eventName":"api.call","resourceId":"r","dimensions":{"n":1e3,"s":"2"}})"
    "\n";

// What an operation found wrong with its arguments: the script is searched for constants that say so.
static const cls_fault faults[] = {
    {fuzz_text("amount", 6), false, CLS_NULL, 0, {"", 0}},
    {fuzz_text("grantCredits", 12), false, CLS_NULL, 0, {"", 0}},
    {fuzz_text("customerId", 10), true, CLS_STRING, 0, {"acme", 4}},
    {fuzz_text("n", 1), true, CLS_INTEGER, 5, {"", 0}},
    {fuzz_text("cost", 4), true, CLS_NUMBER, 0, {"0.5", 3}},
    {fuzz_text("isPaid", 6), true, CLS_BOOLEAN, 1, {"", 0}},
};

static void ask(cls_state *state, const cls_declaration &declaration, int64_t function) {
  static const char wallet[] =
      R"({"customer":{"id":"acme"},"wallet":{"balance":"-0.5","currency":"c"},"type":"x","n":[1,null]})";
  cls_text json = fuzz_text(wallet, sizeof wallet - 1);
  if (declaration.kind == CLS_RECHARGE || declaration.kind == CLS_GRANT) {
    cls_decision decision;
    cls_decide(state, function, json, declaration.kind == CLS_RECHARGE, 1800000000000000, &decision);
    if (decision.done) {
      REQUIRE(fuzz_walk(decision.nodes, decision.node_count) == decision.node_count);
    } else {
      fuzz_read_failure(&decision.failure);
    }
  }
  for (uint32_t i = 0; i < 6; ++i) cls_function_says(state, function, faults + i, 6 - i);
  if (declaration.kind != CLS_JOB && declaration.kind != CLS_TEST) return;
  cls_run *run = cls_run_new();
  cls_failure failure;
  const bool has_started = declaration.kind == CLS_JOB ? cls_run_start(state, run, function, json, 7, &failure)
                                                       : cls_run_start_test(state, run, function, 7, &failure);
  if (has_started) {
    static const char *const answers[] = {
        R"({"id":"g","items":[1,2],"more":null})", "null", R"({"data":[{"id":1}],"pagination":{"next":"n"}})",
        R"("2026-10-01T00:00:00Z")"};
    cls_step step;
    const cls_reply *reply = nullptr;
    cls_reply answer{};
    for (unsigned steps = 0; steps < 30; ++steps) {
      cls_run_step(state, run, reply, &step);
      if (step.outcome == CLS_RUN_EFFECT) {
        fuzz_read(step.name);
        uint32_t walked = 0;
        while (walked < step.node_count) walked += fuzz_walk(step.nodes + walked, step.node_count - walked);
        answer.failed = steps % 3 == 2;
        answer.json = fuzz_text(answers[steps % 4], strlen(answers[steps % 4]));
        answer.code = fuzz_text("NotFound", 8);
        answer.message = fuzz_text("there is none", 13);
        answer.faults = faults;
        answer.fault_count = steps % 7;
        reply = &answer;
        if (steps == 20) cls_run_stop(run);
      } else if (step.outcome == CLS_RUN_PAUSED) {
        reply = nullptr;
      } else {
        if (step.outcome == CLS_RUN_FAILED) fuzz_read_failure(&step.failure);
        break;
      }
    }
  } else {
    fuzz_read_failure(&failure);
  }
  cls_run_end(state, run);
  cls_run_free(run);
}

static void feed(cls_state *state, cls_text events) {
  const uint8_t key[16] = {7};
  cev_decoder *decoder = cev_decoder_open(key);
  cev_batch *batch = cev_batch_open();
  const cev_field fields[] = {
      {CEV_DIMENSION, fuzz_text("tokens", 6), true}, {CEV_CUSTOMER_ID, fuzz_text("", 0), false}};
  REQUIRE(decoder && batch && cev_decoder_set_fields(decoder, fields, 2));
  cev_decoder_set_rules(decoder, state);
  const cev_source source{fuzz_text("d", 1), 1790812802500000, 4102444800000000, 0xff, fuzz_text("", 0)};
  std::vector<char> text(events.bytes, events.bytes + events.length);
  text.resize(text.size() + 64);
  uint64_t record = 0, line = 0;
  cev_decode_lines(decoder, batch, &source, 0, text.data(), events.length, true, 65536, 50, &record, &line);
  uint32_t count, part_count;
  const cev_record *records = cev_batch_records(batch, &count);
  const cev_part *parts = cev_batch_parts(batch, &part_count);
  for (uint32_t i = 0; i < count; ++i) {
    fuzz_read(records[i].message);
    fuzz_read_string(records[i].code);
    REQUIRE(records[i].verdict != CEV_REJECTED || (records[i].code && records[i].part_count == 0));
    REQUIRE(uint64_t(records[i].part_first) + records[i].part_count <= part_count);
  }
  for (uint32_t i = 0; i < part_count; ++i) {
    fuzz_read(parts[i].patch);
    fuzz_read(parts[i].reason);
    fuzz_read(parts[i].customer_id);
  }
  cev_batch_close(batch);
  cev_decoder_close(decoder);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<char> bytes(data, data + size);
  bytes.push_back(0);
  fuzz_input input{bytes.data(), size};
  cls_options options = fuzz_options();
  options.runs_tests = true;
  unsigned after, count;
  if (sscanf(bytes.data(), "-- fail %u %u", &after, &count) == 2) {
    options.fail_after = after;
    options.fail_count = count;
  }
  const cls_text script = fuzz_until(&input, "-- events\n");
  cls_text events = fuzz_text(input.bytes, input.left);
  if (events.length == 0) events = fuzz_text(default_events, sizeof default_events - 1);
  cls_state *state = cls_open(&options);
  if (!state) return 0;
  cls_failure failure;
  if (!fuzz_load(state, script, &failure)) fuzz_read_failure(&failure);
  for (uint32_t i = 0; i < cls_declaration_count(state); ++i) {
    const cls_declaration declaration = cls_declaration_at(state, i);
    uint32_t walked = 0;
    while (walked < declaration.node_count) {
      walked += fuzz_walk(declaration.nodes + walked, declaration.node_count - walked);
    }
    const cls_node *function = fuzz_function(&declaration);
    if (!function || (declaration.kind != CLS_FILTER && declaration.kind != CLS_MAPPING)) continue;
    const cls_text names[] = {fuzz_text("llm.inference", 13), fuzz_text("other", 5)};
    cls_rules_add(state, cls_kind(declaration.kind), function->integer, fuzz_text("rule", 4), declaration.file,
                  declaration.line, names, i % 3 == 2 ? 2 : 0);
  }
  if (!cls_seal(state, &failure)) fuzz_read_failure(&failure);
  feed(state, events);
  for (uint32_t i = 0; i < cls_declaration_count(state) && i < 8; ++i) {
    const cls_declaration declaration = cls_declaration_at(state, i);
    if (const cls_node *function = fuzz_function(&declaration)) ask(state, declaration, function->integer);
  }
  // Whatever has happened, the next event finds the state in order.
  cls_fail_allocations(state, 0, 0);
  feed(state, fuzz_text(default_events, sizeof default_events - 1));
  cls_close(state);
  return 0;
}
