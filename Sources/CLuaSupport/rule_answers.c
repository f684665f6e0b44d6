#include "rules.h"

#include <stdlib.h>
#include <string.h>

// What rules answer, read and checked: a nonsensical answer is an error that names its rule.

const char *cls_rule_kind(const cls_rule *rule) { return rule->kind == CLS_FILTER ? "filter" : "mapping"; }

// Raises the error of a nonsensical answer. `detail` may be the text on top of the stack.
void cls_answer_refuse(lua_State *L, const char *format, const char *a, const char *b) {
  cls_state *state = cls_of(L);
  const cls_rule *rule = &state->rules[state->rule];
  lua_pushfstring(L, "%s \"%s\": ", cls_rule_kind(rule), rule->name.bytes);
  lua_pushfstring(L, format, a, b);
  lua_concat(L, 2);
  state->answer_failed = true;
  lua_error(L);
}

const char *cls_answer_kind(lua_State *L, int index) {
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

cls_text cls_answer_copy(lua_State *L, const char *bytes, size_t length) {
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
  if (memchr(bytes, 0, length)) cls_answer_refuse(L, "'%s' contains a NUL byte", what, NULL);
  if (!cls_is_utf8(bytes, length)) cls_answer_refuse(L, "'%s' is not valid UTF-8", what, NULL);
  return cls_answer_copy(L, bytes, length);
}

// The digits of the float that the rules got for one of `count` dimensions, the one called `name` first: NULL where none of
// them was handed out so. A float holds about 15 digits, and producers may send more; what comes back as it was given keeps
// those that were delivered.
static const cls_dimension *handed_out(const cls_dimension *dimensions, uint32_t count, cls_text name, double real) {
  const cls_dimension *found = NULL;
  for (uint32_t i = 0; i < count; ++i) {
    if (dimensions[i].type != CLS_NUMBER || dimensions[i].real != real || dimensions[i].text.length == 0) continue;
    if (cls_text_equal(dimensions[i].key, name)) return &dimensions[i];
    if (!found) found = &dimensions[i];
  }
  return found;
}

bool cls_delivered_digits(cls_state *state, double real, cls_text *out) {
  if (!state->in_rule || !state->delivered) return false;
  const cls_event *event = state->delivered;
  const cls_dimension *found = handed_out(event->dimensions, event->dimension_count, cls_text_of("", 0), real);
  if (found) *out = found->text;
  return found != NULL;
}

static bool take_handed_out(lua_State *L, const cls_part *part, const char *name, size_t length, cls_dimension *out) {
  const cls_event *event = cls_of(L)->delivered;
  const cls_text key = cls_text_of(name, length);
  cls_tick(L, event->dimension_count + part->patch_count);
  const cls_dimension *found = handed_out(part->patch, part->patch_count, key, out->real);
  if (!found || !cls_text_equal(found->key, key)) {
    const cls_dimension *delivered = handed_out(event->dimensions, event->dimension_count, key, out->real);
    if (delivered && (!found || cls_text_equal(delivered->key, key))) found = delivered;
  }
  if (!found) return false;
  out->type = CLS_NUMBER;
  out->text = cls_answer_copy(L, found->text.bytes, found->text.length);
  return true;
}

static void take_dimension(lua_State *L, int index, const char *name, size_t name_length, const cls_part *part, cls_dimension *out) {
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
        if (take_handed_out(L, part, name, name_length, out)) return;
        bool integral = cls_float_digits(out->real, &out->integer, digits, &why);
        if (why) cls_answer_refuse(L, "dimension \"%s\" is %s", name, why);
        out->type = integral ? CLS_INTEGER : CLS_NUMBER;
      }
      if (out->type == CLS_INTEGER) {
        out->real = (double)out->integer;
        cls_integer_digits(out->integer, digits);
      }
      out->text = cls_answer_copy(L, digits, strlen(digits));
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
        out->text = cls_answer_copy(L, digits, length);
        return;
      }
      cls_answer_refuse(L, "dimension \"%s\" must be a string, number, boolean, decimal or json.null, got %s", name, cls_answer_kind(L, index));
    }
  }
}

static uint32_t hash_text(cls_text text) {
  uint32_t hash = 2166136261u;
  for (uint32_t i = 0; i < text.length; ++i) hash = (hash ^ (unsigned char)text.bytes[i]) * 16777619u;
  return hash ^ hash >> 15;
}

int cls_compare_dimensions(const void *a, const void *b) {
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
      cls_answer_refuse(L, "the keys of dimensions must be strings, got %s", cls_answer_kind(L, key), NULL);
    }
    size_t length;
    const char *bytes = lua_tolstring(L, key, &length);
    cls_dimension dimension = {0};
    cls_text name = cls_text_of(bytes, length);
    if (length == 0 || memchr(bytes, 0, length) || !cls_is_utf8(bytes, length)) {
      cls_answer_refuse(L, "a key of dimensions is empty, contains NUL or is not valid UTF-8: \"%s\"", shown(L, key), NULL);
    }
    take_dimension(L, value, bytes, length, part, &dimension);
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
      dimension.key = cls_answer_copy(L, bytes, length);
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
void cls_answer_take(lua_State *L, int index, cls_part *part) {
  const cls_event *event = cls_of(L)->delivered;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int value = lua_gettop(L), key = value - 1;
    if (lua_type(L, key) != LUA_TSTRING) {
      cls_answer_refuse(L, "the answer must be a table of changes or a list of such tables, got a table with the key %s", shown(L, key), NULL);
    }
    const char *name = lua_tostring(L, key);
    int field = 0;
    while (change_names[field] && strcmp(change_names[field], name) != 0) ++field;
    if (field == 4) {
      if (lua_type(L, value) != LUA_TTABLE) cls_answer_refuse(L, "'dimensions' must be a table, got %s", cls_answer_kind(L, value), NULL);
      merge_dimensions(L, value, part);
    } else if (field > 4) {
      cb_search search;
      cb_search_begin(&search, name, strlen(name), CB_WORD_MAX);
      for (int i = 0; change_names[i]; ++i) cb_search_try(&search, change_names[i], strlen(change_names[i]));
      if (search.best[0]) cls_answer_refuse(L, "the answer has an unknown key '%s'; did you mean '%s'?", shown(L, key), search.best);
      cls_answer_refuse(L, "the answer has an unknown key '%s'; a mapping may change customerId, resourceId, eventName, timestamp and dimensions", shown(L, key), NULL);
    } else if (field == 1 && cls_is_null(L, value)) {
      part->resource_id = cls_text_of("", 0);
      part->changed |= CLS_CHANGED_RESOURCE;
    } else {
      if (lua_type(L, value) != LUA_TSTRING) {
        cls_answer_refuse(L, field == 1 ? "'%s' must be a string or json.null, got %s" : "'%s' must be a string, got %s", name, cls_answer_kind(L, value));
      }
      cls_text text = take_text(L, value, name);
      if (text.length == 0) cls_answer_refuse(L, "'%s' must not be empty", name, NULL);
      if (field != 3 && text.length > 255) cls_answer_refuse(L, "'%s' must have 1 to 255 bytes", name, NULL);
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
uint32_t cls_answer_list(lua_State *L, int index) {
  if (lua_rawgeti(L, index, 1) == LUA_TNIL) {
    lua_pop(L, 1);
    return 0;
  }
  lua_pop(L, 1);
  uint32_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (!lua_isinteger(L, -2)) cls_answer_refuse(L, "the answer mixes a list with the key '%s'", shown(L, -2), NULL);
    if (lua_type(L, -1) != LUA_TTABLE) cls_answer_refuse(L, "each part of the answer must be a table of changes, got %s", cls_answer_kind(L, -1), NULL);
    if (++count > CLS_PARTS_MAX) cls_answer_refuse(L, "the answer splits the event into more than 1000 parts", NULL, NULL);
    lua_pop(L, 1);
  }
  if (lua_rawgeti(L, index, count) == LUA_TNIL) cls_answer_refuse(L, "the answer is a list with holes", NULL, NULL);
  lua_pop(L, 1);
  return count;
}
