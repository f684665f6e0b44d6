#include "rules.h"

#include <string.h>

// The event as the rules see it: a table that is as if it were made for each of them alone.

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
void cls_rule_call(lua_State *L, const cls_rule *rule, const cls_event *event, const cls_part *part, int results,
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

void cls_rule_push_event(lua_State *L, const cls_event *event) {
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
}
