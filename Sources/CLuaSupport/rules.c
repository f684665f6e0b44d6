#include "rules.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

// The pipeline of filters and mappings over one event. The whole of it runs in one protected call; `state->rule` says
// which rule was at work when something was raised.

bool cls_text_equal(cls_text a, cls_text b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static bool matches(const cls_rule *rule, cls_text event_name) {
  if (rule->name_count == 0) return true;
  for (uint32_t i = 0; i < rule->name_count; ++i) {
    if (cls_text_equal(rule->names[i], event_name)) return true;
  }
  return false;
}

bool cls_rules_match(cls_state *state, cls_text event_name) {
  for (uint32_t i = 0; i < state->rule_count; ++i) {
    if (matches(&state->rules[i], event_name)) return true;
  }
  return false;
}

static bool keep_text(cls_state *state, cls_text text, cls_text *kept) {
  char *bytes = cls_arena_take(state, &state->kept, text.length + 1);
  if (!bytes) return false;
  if (text.length) memcpy(bytes, text.bytes, text.length);
  bytes[text.length] = 0;
  *kept = cls_text_of(bytes, text.length);
  return true;
}

bool cls_rules_add(cls_state *state, cls_kind kind, int64_t function, cls_text name, cls_text file, uint32_t line,
                   const cls_text *names, uint32_t name_count) {
  if (!cls_grow(state, (void **)&state->rules, &state->rule_room, state->rule_count + 1, sizeof(cls_rule))) return false;
  cls_rule rule = {.kind = kind, .function = (int)function, .line = line, .name_count = name_count};
  cls_text *copies = cls_arena_take(state, &state->kept, (name_count + 1) * sizeof(cls_text));
  if (!copies || !keep_text(state, name, &rule.name) || !keep_text(state, file, &rule.file)) return false;
  for (uint32_t i = 0; i < name_count; ++i) {
    if (!keep_text(state, names[i], &copies[i])) return false;
  }
  rule.names = copies;
  lua_State *L = state->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
  lua_rawgeti(L, -1, rule.function);
  rule.reads_only = cls_reads_only(L);
  lua_pop(L, 2);
  state->rules[state->rule_count++] = rule;
  return true;
}

// MARK: - The pipeline

// What the changes of a part come to in the store: each part is written with a patch of its own, though parts share
// the memory of what a mapping before the split has set.
static size_t bytes_of(const cls_part *part) {
  enum { PUNCTUATION = 6 };
  size_t bytes = part->reason.length;
  if (part->changed & CLS_CHANGED_CUSTOMER) bytes += part->customer_id.length;
  if (part->changed & CLS_CHANGED_RESOURCE) bytes += part->resource_id.length;
  if (part->changed & CLS_CHANGED_EVENT_NAME) bytes += part->event_name.length;
  if (part->changed & CLS_CHANGED_TIMESTAMP) bytes += part->timestamp.length;
  for (uint32_t i = 0; i < part->patch_count; ++i) {
    bytes += part->patch[i].key.length + part->patch[i].text.length + PUNCTUATION;
  }
  return bytes;
}

// Adds a part to the result, kept or dropped.
static void finish_part(lua_State *L, const cls_part *part) {
  cls_state *state = cls_of(L);
  if (state->part_count >= CLS_PARTS_MAX) cls_answer_refuse(L, "the event is split into more than 1000 parts", NULL, NULL);
  cls_tick(L, part->patch_count);
  state->part_bytes += bytes_of(part);
  if (state->part_bytes > CLS_PARTS_BYTES_MAX) {
    cls_answer_refuse(L, "the changes of the event's parts come to more than 1 MiB; set less, or split into fewer parts", NULL, NULL);
  }
  if (!cls_grow(state, (void **)&state->parts, &state->part_room, state->part_count + 1, sizeof(cls_part))) {
    cls_out_of_memory(L);
  }
  cls_part *kept = &state->parts[state->part_count++];
  *kept = *part;
  if (part->dropped_by == CLS_KEPT) ++state->kept_count;
  if (part->patch_count > 1) {
    // In a fixed order, so that equal answers give equal records; a copy, because parts may share a patch.
    cls_dimension *sorted = cls_event_take(L, part->patch_count * sizeof *sorted);
    memcpy(sorted, part->patch, part->patch_count * sizeof *sorted);
    if (part->patch_count == 2) {
      if (cls_compare_dimensions(sorted, sorted + 1) > 0) {
        sorted[0] = part->patch[1];
        sorted[1] = part->patch[0];
      }
    } else {
      qsort(sorted, part->patch_count, sizeof *sorted, cls_compare_dimensions);
    }
    kept->patch = sorted;
  }
}

// Two readings of the processor's clock cost more than a short rule: one event in SAMPLE is timed, and stands for all.
enum { SAMPLE = 256 };

static void call_rule(lua_State *L, const cls_rule *rule, const cls_event *event, const cls_part *part, int results,
                      int shared, bool *is_shared) {
  cls_state *state = cls_of(L);
  int64_t begun = state->is_timed ? cls_processor_clock() : 0;
  cls_rule_call(L, rule, event, part, results, shared, is_shared);
  if (!state->is_timed) return;
  int64_t used = SAMPLE * (cls_processor_clock() - begun);
  if (rule->kind == CLS_FILTER) state->filter_time += used; else state->mapping_time += used;
}

int64_t cls_take_rule_time(cls_state *state, cls_kind kind) {
  int64_t *time = kind == CLS_FILTER ? &state->filter_time : &state->mapping_time;
  int64_t used = *time;
  *time = 0;
  return used;
}

static void run_pipeline(lua_State *L, cls_part *part, uint32_t from) {
  cls_state *state = cls_of(L);
  const cls_event *event = state->delivered;
  lua_pushnil(L);  // where the event's table is kept for the next rule
  int base = lua_gettop(L);
  bool is_shared = false;
  for (uint32_t i = from; i < state->rule_count; ++i) {
    const cls_rule *rule = &state->rules[i];
    if (!matches(rule, part->event_name)) continue;
    state->rule = i;
    cls_start_clock(state, state->options.rule_time);
    if (rule->kind == CLS_FILTER) {
      call_rule(L, rule, event, part, 2, base, &is_shared);
      int kind = lua_type(L, base + 1);
      if (kind != LUA_TBOOLEAN) {
        cls_answer_refuse(L, "keep must return true, or false and a reason, got %s", cls_answer_kind(L, base + 1), NULL);
      }
      if (!lua_toboolean(L, base + 1)) {
        part->dropped_by = i;
        if (!lua_isnil(L, base + 2)) {
          if (lua_type(L, base + 2) != LUA_TSTRING) {
            cls_answer_refuse(L, "the reason must be a string, got %s", cls_answer_kind(L, base + 2), NULL);
          }
          size_t length;
          const char *bytes = lua_tolstring(L, base + 2, &length);
          part->reason = cls_answer_copy(L, bytes, length > 1024 ? 1024 : length);
          cls_sanitize((char *)part->reason.bytes, part->reason.length);
        }
        finish_part(L, part);
        lua_settop(L, base - 1);
        return;
      }
    } else {
      call_rule(L, rule, event, part, 1, base, &is_shared);
      int kind = lua_type(L, base + 1);
      if (kind == LUA_TTABLE) {
        state->result->rule = i;
        is_shared = false;
        uint32_t count = cls_answer_list(L, base + 1);
        if (count == 0) {
          cls_answer_take(L, base + 1, part);
        } else {
          cls_part *children = cls_event_take(L, count * sizeof *children);
          for (uint32_t child = 0; child < count; ++child) {
            children[child] = *part;
            lua_rawgeti(L, base + 1, child + 1);
            cls_answer_take(L, base + 2, &children[child]);
            lua_settop(L, base + 1);
          }
          lua_settop(L, base);
          if (count > 1) {
            cls_need_stack(L, 32);
            for (uint32_t child = 0; child < count; ++child) run_pipeline(L, &children[child], i + 1);
            lua_settop(L, base - 1);
            return;
          }
          *part = children[0];
        }
      } else if (kind != LUA_TNIL) {
        cls_answer_refuse(L, "map must return nil, a table of changes or a list of such tables, got %s", cls_answer_kind(L, base + 1), NULL);
      }
    }
    lua_settop(L, base);
  }
  finish_part(L, part);
  lua_settop(L, base - 1);
}

static int apply_protected(lua_State *L) {
  cls_state *state = cls_of(L);
  const cls_event *event = state->delivered;
  cls_rule_push_event(L, event);
  cls_part part = {
      .customer_id = event->customer_id, .resource_id = event->resource_id,
      .event_name = event->event_name, .timestamp = event->timestamp,
      .dropped_by = CLS_KEPT, .reason = cls_text_of("", 0),
  };
  run_pipeline(L, &part, 0);
  return 0;
}

static void fail(cls_state *state, const cls_failure *failure) {
  cls_result *result = state->result;
  // The message with its place, in the buffer that holds the message already.
  char place[600];
  int length = 0;
  if (failure->line) {
    length = snprintf(place, sizeof place, "%.*s:%u: ", (int)failure->file.length, failure->file.bytes, failure->line);
    if (length >= (int)sizeof place) length = (int)sizeof place - 1;
  }
  const cls_rule *rule = &state->rules[state->rule];
  if (failure->code == CLS_CODE_TIMEOUT || failure->code == CLS_CODE_MEMORY) {
    int more = snprintf(place + length, sizeof place - (size_t)length, "%s \"%.*s\": ", cls_rule_kind(rule),
                        rule->name.length > 200 ? 200 : (int)rule->name.length, rule->name.bytes);
    length += more;
    if (length >= (int)sizeof place) length = (int)sizeof place - 1;
  }
  uint32_t text = failure->message.length;
  if (text + (uint32_t)length > CLS_TEXT_MAX) text = CLS_TEXT_MAX - (uint32_t)length;
  memmove(state->text + length, state->text, text);
  memcpy(state->text, place, (size_t)length);
  state->text_length = text + (uint32_t)length;
  cls_sanitize(state->text, state->text_length);
  result->outcome = CLS_FAILED;
  result->code = failure->code;
  result->rule = state->rule;
  result->text = cls_text_of(state->text, state->text_length);
  result->parts = NULL;
  result->part_count = 0;
}

void cls_rules_apply(cls_state *state, const cls_event *event, cls_result *result) {
  memset(result, 0, sizeof *result);
  result->text = cls_text_of("", 0);
  if (!cls_rules_match(state, event->event_name)) return;
  cls_arena_reset(state, &state->event);
  state->delivered = event;
  state->result = result;
  state->in_rule = true;
  state->is_timed = state->events++ % SAMPLE == SAMPLE / 2;
  state->rule = 0;
  state->part_count = state->kept_count = 0;
  state->part_bytes = 0;
  cls_start_clock(state, state->options.rule_time);
  cls_before_call(state);
  lua_State *L = state->L;
  if (!state->is_ready) {
    // Values that live in the registry anyway: pushing them here allocates nothing.
    lua_pushcfunction(L, cls_on_error);
    lua_pushcfunction(L, apply_protected);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_build);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_strings);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_make);
    state->is_ready = true;
  }
  for (int slot = 2; slot <= 6; ++slot) lua_pushvalue(L, slot);
  int status = lua_pcall(L, 4, 0, 1);
  if (status != LUA_OK) {
    cls_failure failure;
    cls_describe(state, status, &failure);
    cls_after_call(state);
    fail(state, &failure);
    return;
  }
  cls_after_call(state);
  if (state->kept_count == 0) {
    result->outcome = CLS_FILTERED;
    result->rule = state->parts[0].dropped_by;
    result->text = state->parts[0].reason;
  } else if (state->part_count > 1 || state->parts[0].changed || state->parts[0].patch_count) {
    result->outcome = CLS_MAPPED;
    result->parts = state->parts;
    result->part_count = state->part_count;
  }
}
