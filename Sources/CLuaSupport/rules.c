#include "internal.h"

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

// MARK: - The event as a table

enum {
  SLOT_BUILD = 1, SLOT_FUNCTIONS, SLOT_STRINGS, SLOT_MAKE, SLOT_CUSTOMER, SLOT_RESOURCE, SLOT_EVENT_NAME, SLOT_KEY, SLOT_TIMESTAMP, SLOT_RECEIVED,
  SLOT_DIMENSIONS,  ///< from here on: key, value, key, value, …
  DIMENSIONS_ON_STACK = 64,
};

static void push_text(lua_State *L, cls_text text) { lua_pushlstring(L, text.length ? text.bytes : "", text.length); }

// Event names, arrival times and dimension keys repeat from event to event: their strings are kept.
static void push_cached(lua_State *L, cls_text text, uint32_t slot) {
  cls_cached *cached = &cls_of(L)->cached[slot];
  if (cached->length == text.length && memcmp(cached->bytes, text.bytes, text.length) == 0) {
    lua_rawgeti(L, SLOT_STRINGS, slot + 1);
    return;
  }
  push_text(L, text);
  if (text.length == 0 || text.length > sizeof cached->bytes) return;
  lua_pushvalue(L, -1);
  lua_rawseti(L, SLOT_STRINGS, slot + 1);  // an existing array slot: nothing is allocated
  memcpy(cached->bytes, text.bytes, text.length);
  cached->length = (uint8_t)text.length;
}

static void push_value(lua_State *L, const cls_dimension *dimension) {
  switch (dimension->type) {
    case CLS_BOOLEAN: lua_pushboolean(L, dimension->boolean); break;
    case CLS_INTEGER: lua_pushinteger(L, dimension->integer); break;
    case CLS_NUMBER: {
      double real = dimension->real;
      if (real > -9007199254740992.0 && real < 9007199254740992.0 && real == (double)(int64_t)real) {
        lua_pushinteger(L, (int64_t)real);
      } else {
        lua_pushnumber(L, real);
      }
      break;
    }
    case CLS_STRING: push_text(L, dimension->text); break;
    default: lua_pushnil(L);
  }
}

static void push_dimensions(lua_State *L, const cls_event *event, const cls_part *part) {
  lua_createtable(L, 0, (int)(event->dimension_count + part->patch_count));
  if (event->dimension_count <= DIMENSIONS_ON_STACK) {
    for (uint32_t i = 0; i < event->dimension_count; ++i) {
      if (event->dimensions[i].type == CLS_NULL) continue;
      lua_pushvalue(L, SLOT_DIMENSIONS + 2 * (int)i);
      lua_pushvalue(L, SLOT_DIMENSIONS + 2 * (int)i + 1);
      lua_rawset(L, -3);
    }
  } else {
    cls_tick(L, event->dimension_count);
    for (uint32_t i = 0; i < event->dimension_count; ++i) {
      if (event->dimensions[i].type == CLS_NULL) continue;
      push_text(L, event->dimensions[i].key);
      push_value(L, &event->dimensions[i]);
      lua_rawset(L, -3);
    }
  }
  for (uint32_t i = 0; i < part->patch_count; ++i) {
    push_text(L, part->patch[i].key);
    push_value(L, &part->patch[i]);
    lua_rawset(L, -3);
  }
}

// The arguments of the functions that make the event's table: seven.
static void push_fields(lua_State *L, const cls_event *event, const cls_part *part) {
  if (part->changed & CLS_CHANGED_CUSTOMER) push_text(L, part->customer_id); else lua_pushvalue(L, SLOT_CUSTOMER);
  if (part->changed & CLS_CHANGED_RESOURCE) {
    if (part->resource_id.length) push_text(L, part->resource_id); else lua_pushnil(L);
  } else {
    lua_pushvalue(L, SLOT_RESOURCE);
  }
  if (part->changed & CLS_CHANGED_EVENT_NAME) push_text(L, part->event_name); else lua_pushvalue(L, SLOT_EVENT_NAME);
  lua_pushvalue(L, SLOT_KEY);
  if (part->changed & CLS_CHANGED_TIMESTAMP) push_text(L, part->timestamp); else lua_pushvalue(L, SLOT_TIMESTAMP);
  lua_pushvalue(L, SLOT_RECEIVED);
  push_dimensions(L, event, part);
}

// Calls the rule's function with an event that is as if it were made for it alone; `results` values are left on the
// stack. A table that only readers have seen lies at `shared`, and goes to the rules one after the other until one
// might change it.
static void call_rule(lua_State *L, const cls_rule *rule, const cls_event *event, const cls_part *part, int results,
                      int shared, bool *is_shared) {
  bool is_last = rule == &cls_of(L)->rules[cls_of(L)->rule_count - 1];
  if (!*is_shared && (is_last || !rule->reads_only)) {
    lua_pushvalue(L, SLOT_BUILD);
    lua_rawgeti(L, SLOT_FUNCTIONS, rule->function);
    push_fields(L, event, part);
    lua_call(L, 8, results);
    return;
  }
  if (!*is_shared) {
    lua_pushvalue(L, SLOT_MAKE);
    push_fields(L, event, part);
    lua_call(L, 7, 1);
    lua_replace(L, shared);
  }
  *is_shared = rule->reads_only;
  lua_rawgeti(L, SLOT_FUNCTIONS, rule->function);
  lua_pushvalue(L, shared);
  lua_call(L, 1, results);
}

// MARK: - Answers

static const char *rule_kind(const cls_rule *rule) { return rule->kind == CLS_FILTER ? "filter" : "mapping"; }

// Raises the error of a nonsensical answer. `detail` may be the text on top of the stack.
static void refuse(lua_State *L, const char *format, const char *a, const char *b) {
  cls_state *state = cls_of(L);
  const cls_rule *rule = &state->rules[state->rule];
  lua_pushfstring(L, "%s \"%s\": ", rule_kind(rule), rule->name.bytes);
  lua_pushfstring(L, format, a, b);
  lua_concat(L, 2);
  state->answer_failed = true;
  lua_error(L);
}

static const char *kind_of(lua_State *L, int index) {
  if (cls_is_null(L, index)) return "json.null";
  switch (lua_type(L, index)) {
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return "a boolean";
    case LUA_TNUMBER: return "a number";
    case LUA_TSTRING: return "a string";
    case LUA_TTABLE: return "a table";
    case LUA_TFUNCTION: return "a function";
    case LUA_TTHREAD: return "a coroutine";
    default: return cls_is_decimal(L, index, NULL) ? "a decimal" : "a value";
  }
}

// A short, printable form of a key or text for a message; stays on the stack.
static const char *shown(lua_State *L, int index) {
  size_t length;
  const char *text = cls_push_text(L, index, &length);
  char copy[84];
  size_t cut = length > 80 ? 80 : length;
  memcpy(copy, text, cut);
  for (size_t i = 0; i < cut; ++i) {
    if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f) copy[i] = '?';
  }
  cls_sanitize(copy, (uint32_t)cut);
  copy[cut] = 0;
  lua_pop(L, 1);
  return lua_pushfstring(L, length > cut ? "%s…" : "%s", copy);
}

static cls_text copy_text(lua_State *L, const char *bytes, size_t length) {
  char *copy = cls_event_take(L, length + 1);
  memcpy(copy, bytes, length);
  copy[length] = 0;
  return cls_text_of(copy, length);
}

// The string at `index`, checked and copied. `what` names it in errors.
static cls_text take_text(lua_State *L, int index, const char *what) {
  size_t length;
  const char *bytes = lua_tolstring(L, index, &length);
  cls_tick(L, length);
  if (memchr(bytes, 0, length)) refuse(L, "'%s' contains a NUL byte", what, NULL);
  if (!cls_is_utf8(bytes, length)) refuse(L, "'%s' is not valid UTF-8", what, NULL);
  return copy_text(L, bytes, length);
}

static void take_dimension(lua_State *L, int index, const char *name, cls_dimension *out) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      out->type = CLS_STRING;
      out->text = take_text(L, index, name);
      return;
    case LUA_TBOOLEAN:
      out->type = CLS_BOOLEAN;
      out->boolean = lua_toboolean(L, index);
      return;
    case LUA_TNUMBER: {
      char digits[CLS_DIGITS_MAX];
      if (lua_isinteger(L, index)) {
        out->type = CLS_INTEGER;
        out->integer = lua_tointeger(L, index);
      } else {
        const char *why = NULL;
        out->real = lua_tonumber(L, index);
        bool integral = cls_float_digits(out->real, &out->integer, digits, &why);
        if (why) refuse(L, "dimension \"%s\" is %s", name, why);
        out->type = integral ? CLS_INTEGER : CLS_NUMBER;
      }
      if (out->type == CLS_INTEGER) {
        out->real = (double)out->integer;
        cls_integer_digits(out->integer, digits);
      }
      out->text = copy_text(L, digits, strlen(digits));
      return;
    }
    default: {
      cls_int128 value;
      if (cls_is_null(L, index)) {
        out->type = CLS_NULL;
        return;
      }
      if (cls_is_decimal(L, index, &value)) {
        char digits[64];
        size_t length = cls_decimal_digits(value, digits);
        out->type = CLS_NUMBER;
        if (value % 1000000000 == 0) {
          out->type = CLS_INTEGER;
          out->integer = (int64_t)(value / 1000000000);
        }
        out->real = strtod(digits, NULL);
        out->text = copy_text(L, digits, length);
        return;
      }
      refuse(L, "dimension \"%s\" must be a string, number, boolean, decimal or json.null, got %s", name, kind_of(L, index));
    }
  }
}

static uint32_t hash_text(cls_text text) {
  uint32_t hash = 2166136261u;
  for (uint32_t i = 0; i < text.length; ++i) hash = (hash ^ (unsigned char)text.bytes[i]) * 16777619u;
  return hash ^ hash >> 15;
}

static int compare_dimensions(const void *a, const void *b) {
  const cls_text *x = &((const cls_dimension *)a)->key, *y = &((const cls_dimension *)b)->key;
  int order = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

// Merges the table at `index` into the part's patch. Siblings of a split share the old patch: a new one is made.
static void merge_dimensions(lua_State *L, int index, cls_part *part) {
  uint32_t old = part->patch_count, room = old + 8;
  cls_dimension *patch = cls_event_take(L, room * sizeof *patch);
  if (old) memcpy(patch, part->patch, old * sizeof *patch);
  // Keys of one table are distinct, so only the old entries are looked up; many of them by a hash.
  uint32_t slots = 0, *buckets = NULL;
  if (old > 16) {
    for (slots = 64; slots < old * 2; slots *= 2) {}
    buckets = cls_event_take(L, slots * sizeof *buckets);
    memset(buckets, 0, slots * sizeof *buckets);
    for (uint32_t i = 0; i < old; ++i) {
      uint32_t slot = hash_text(patch[i].key) & (slots - 1);
      while (buckets[slot]) slot = (slot + 1) & (slots - 1);
      buckets[slot] = i + 1;
    }
  }
  uint32_t count = old;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int value = lua_gettop(L), key = value - 1;
    cls_tick(L, 1);
    if (lua_type(L, key) != LUA_TSTRING) {
      refuse(L, "the keys of dimensions must be strings, got %s", kind_of(L, key), NULL);
    }
    size_t length;
    const char *bytes = lua_tolstring(L, key, &length);
    cls_dimension dimension = {0};
    cls_text name = cls_text_of(bytes, length);
    if (length == 0 || memchr(bytes, 0, length) || !cls_is_utf8(bytes, length)) {
      refuse(L, "a key of dimensions is empty, contains NUL or is not valid UTF-8: \"%s\"", shown(L, key), NULL);
    }
    take_dimension(L, value, bytes, &dimension);
    uint32_t at = count;
    if (buckets) {
      uint32_t slot = hash_text(name) & (slots - 1);
      for (; buckets[slot]; slot = (slot + 1) & (slots - 1)) {
        if (cls_text_equal(patch[buckets[slot] - 1].key, name)) {
          at = buckets[slot] - 1;
          break;
        }
      }
    } else {
      for (uint32_t i = 0; i < old; ++i) {
        if (cls_text_equal(patch[i].key, name)) {
          at = i;
          break;
        }
      }
    }
    if (at == count) {
      if (count == room) {
        cls_dimension *larger = cls_event_take(L, 2 * room * sizeof *patch);
        memcpy(larger, patch, room * sizeof *patch);
        patch = larger;
        room *= 2;
      }
      dimension.key = copy_text(L, bytes, length);
      ++count;
    } else {
      dimension.key = patch[at].key;
    }
    patch[at] = dimension;
    lua_settop(L, key);
  }
  part->patch = patch;
  part->patch_count = count;
}

static const char *const change_names[] = {"customerId", "resourceId", "eventName", "timestamp", "dimensions", NULL};

// Applies one table of changes to the part.
static void take_changes(lua_State *L, int index, cls_part *part) {
  const cls_event *event = cls_of(L)->delivered;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int value = lua_gettop(L), key = value - 1;
    if (lua_type(L, key) != LUA_TSTRING) {
      refuse(L, "the answer must be a table of changes or a list of such tables, got a table with the key %s", shown(L, key), NULL);
    }
    const char *name = lua_tostring(L, key);
    int field = 0;
    while (change_names[field] && strcmp(change_names[field], name) != 0) ++field;
    if (field == 4) {
      if (lua_type(L, value) != LUA_TTABLE) refuse(L, "'dimensions' must be a table, got %s", kind_of(L, value), NULL);
      merge_dimensions(L, value, part);
    } else if (field > 4) {
      cb_search search;
      cb_search_begin(&search, name, strlen(name), CB_WORD_MAX);
      for (int i = 0; change_names[i]; ++i) cb_search_try(&search, change_names[i], strlen(change_names[i]));
      if (search.best[0]) refuse(L, "the answer has an unknown key '%s'; did you mean '%s'?", shown(L, key), search.best);
      refuse(L, "the answer has an unknown key '%s'; a mapping may change customerId, resourceId, eventName, timestamp and dimensions", shown(L, key), NULL);
    } else if (field == 1 && cls_is_null(L, value)) {
      part->resource_id = cls_text_of("", 0);
      part->changed |= CLS_CHANGED_RESOURCE;
    } else {
      if (lua_type(L, value) != LUA_TSTRING) {
        refuse(L, field == 1 ? "'%s' must be a string or json.null, got %s" : "'%s' must be a string, got %s", name, kind_of(L, value));
      }
      cls_text text = take_text(L, value, name);
      if (text.length == 0) refuse(L, "'%s' must not be empty", name, NULL);
      if (field != 3 && text.length > 255) refuse(L, "'%s' must have 1 to 255 bytes", name, NULL);
      switch (field) {
        case 0: part->customer_id = text; part->changed |= CLS_CHANGED_CUSTOMER; break;
        case 1: part->resource_id = text; part->changed |= CLS_CHANGED_RESOURCE; break;
        case 2: part->event_name = text; part->changed |= CLS_CHANGED_EVENT_NAME; break;
        default: part->timestamp = text; part->changed |= CLS_CHANGED_TIMESTAMP; break;
      }
    }
    lua_settop(L, key);
  }
  // What was set back to the delivered text is no change.
  if (cls_text_equal(part->customer_id, event->customer_id)) part->changed &= (uint8_t)~CLS_CHANGED_CUSTOMER;
  if (cls_text_equal(part->resource_id, event->resource_id)) part->changed &= (uint8_t)~CLS_CHANGED_RESOURCE;
  if (cls_text_equal(part->event_name, event->event_name)) part->changed &= (uint8_t)~CLS_CHANGED_EVENT_NAME;
  if (cls_text_equal(part->timestamp, event->timestamp)) part->changed &= (uint8_t)~CLS_CHANGED_TIMESTAMP;
}

// How many parts the answer at `index` lists; 0: it is a table of changes.
static uint32_t list_length(lua_State *L, int index) {
  if (lua_rawgeti(L, index, 1) == LUA_TNIL) {
    lua_pop(L, 1);
    return 0;
  }
  lua_pop(L, 1);
  uint32_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (!lua_isinteger(L, -2)) refuse(L, "the answer mixes a list with the key '%s'", shown(L, -2), NULL);
    if (lua_type(L, -1) != LUA_TTABLE) refuse(L, "each part of the answer must be a table of changes, got %s", kind_of(L, -1), NULL);
    if (++count > CLS_PARTS_MAX) refuse(L, "the answer splits the event into more than 1000 parts", NULL, NULL);
    lua_pop(L, 1);
  }
  if (lua_rawgeti(L, index, count) == LUA_TNIL) refuse(L, "the answer is a list with holes", NULL, NULL);
  lua_pop(L, 1);
  return count;
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
  if (state->part_count >= CLS_PARTS_MAX) refuse(L, "the event is split into more than 1000 parts", NULL, NULL);
  cls_tick(L, part->patch_count);
  state->part_bytes += bytes_of(part);
  if (state->part_bytes > CLS_PARTS_BYTES_MAX) {
    refuse(L, "the changes of the event's parts come to more than 1 MiB; set less, or split into fewer parts", NULL, NULL);
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
      if (compare_dimensions(sorted, sorted + 1) > 0) {
        sorted[0] = part->patch[1];
        sorted[1] = part->patch[0];
      }
    } else {
      qsort(sorted, part->patch_count, sizeof *sorted, compare_dimensions);
    }
    kept->patch = sorted;
  }
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
        refuse(L, "keep must return true, or false and a reason, got %s", kind_of(L, base + 1), NULL);
      }
      if (!lua_toboolean(L, base + 1)) {
        part->dropped_by = i;
        if (!lua_isnil(L, base + 2)) {
          if (lua_type(L, base + 2) != LUA_TSTRING) {
            refuse(L, "the reason must be a string, got %s", kind_of(L, base + 2), NULL);
          }
          size_t length;
          const char *bytes = lua_tolstring(L, base + 2, &length);
          part->reason = copy_text(L, bytes, length > 1024 ? 1024 : length);
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
        uint32_t count = list_length(L, base + 1);
        if (count == 0) {
          take_changes(L, base + 1, part);
        } else {
          cls_part *children = cls_event_take(L, count * sizeof *children);
          for (uint32_t child = 0; child < count; ++child) {
            children[child] = *part;
            lua_rawgeti(L, base + 1, child + 1);
            take_changes(L, base + 2, &children[child]);
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
        refuse(L, "map must return nil, a table of changes or a list of such tables, got %s", kind_of(L, base + 1), NULL);
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
  // Slots 1 to 4 are arguments; the rest are the strings of the event, pushed once and used for every rule's table.
  cls_need_stack(L, 48 + 2 * DIMENSIONS_ON_STACK);
  push_text(L, event->customer_id);
  if (event->resource_id.length) push_text(L, event->resource_id); else lua_pushnil(L);
  push_cached(L, event->event_name, CLS_CACHED_EVENT_NAME);
  if (event->idempotency_key.length) push_text(L, event->idempotency_key); else lua_pushnil(L);
  push_text(L, event->timestamp);
  push_cached(L, event->received_at, CLS_CACHED_RECEIVED_AT);
  if (event->dimension_count <= DIMENSIONS_ON_STACK) {
    for (uint32_t i = 0; i < event->dimension_count; ++i) {
      if (CLS_CACHED_KEYS + i < CLS_CACHED_COUNT) {
        push_cached(L, event->dimensions[i].key, CLS_CACHED_KEYS + i);
      } else {
        push_text(L, event->dimensions[i].key);
      }
      push_value(L, &event->dimensions[i]);
    }
  }
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
    int more = snprintf(place + length, sizeof place - (size_t)length, "%s \"%.*s\": ", rule_kind(rule),
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
