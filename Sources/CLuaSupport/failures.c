#include "internal.h"

#include <stdio.h>
#include <string.h>

// MARK: - Where

// The message handler: remembers the innermost line of a script and leaves the error object alone. It runs where the
// error was raised and must not fail, so it neither allocates nor calls anything.
int cls_on_error(lua_State *L) {
  cls_find_place(L, 1);
  return 1;
}

void cls_find_place(lua_State *L, int level) {
  cls_state *state = cls_of(L);
  state->where_line = 0;
  lua_Debug ar;
  for (int end = level + 100; level < end && lua_getstack(L, level, &ar); ++level) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0 && ar.source[0] == '@') {
      snprintf(state->where_file, sizeof state->where_file, "%s", ar.source + 1);
      state->where_line = (uint32_t)ar.currentline;
      break;
    }
  }
}

// MARK: - Text

bool cls_is_utf8(const char *bytes, size_t length) {
  const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    int more = *p >= 0xc2 && *p <= 0xdf ? 1 : (*p & 0xf0) == 0xe0 ? 2 : *p >= 0xf0 && *p <= 0xf4 ? 3 : 0;
    if (more == 0 || end - p <= more) return false;
    for (int i = 1; i <= more; ++i) {
      if ((p[i] & 0xc0) != 0x80) return false;
    }
    if (*p == 0xe0 && p[1] < 0xa0) return false;
    if (*p == 0xed && p[1] > 0x9f) return false;
    if (*p == 0xf0 && p[1] < 0x90) return false;
    if (*p == 0xf4 && p[1] > 0x8f) return false;
    p += more + 1;
  }
  return true;
}

// Makes text of anything: bytes that are no UTF-8, and NUL, become question marks.
void cls_sanitize(char *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length;) {
    unsigned char c = (unsigned char)bytes[i];
    uint32_t size = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 0;
    if (c == 0 || size == 0 || size > length - i || !cls_is_utf8(bytes + i, size)) {
      bytes[i++] = '?';
    } else {
      i += size;
    }
  }
}

static void set_text(cls_state *state, const char *bytes, size_t length) {
  if (length > CLS_TEXT_MAX) length = CLS_TEXT_MAX;
  memcpy(state->text, bytes, length);
  cls_sanitize(state->text, (uint32_t)length);
  state->text_length = (uint32_t)length;
}

static void set_literal(cls_state *state, const char *text) { set_text(state, text, strlen(text)); }

// Takes the error object apart in a call of its own: __tostring may do anything.
static int describe_object(lua_State *L) {
  cls_state *state = cls_of(L);
  size_t length;
  const char *text;
  lua_settop(L, 1);
  switch (lua_type(L, 1)) {
    case LUA_TNIL:
      text = "the script raised nil instead of a message";
      length = strlen(text);
      break;
    case LUA_TTABLE:
      state->is_own = cls_is_raised_own(L, 1);
      lua_pushliteral(L, "code");
      if (lua_rawget(L, 1) == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        state->detail_length = (uint32_t)(length < sizeof state->detail ? length : sizeof state->detail);
        memcpy(state->detail, text, state->detail_length);
        cls_sanitize(state->detail, state->detail_length);
      }
      lua_settop(L, 1);
      if (!luaL_getmetafield(L, 1, "__tostring")) {
        if (lua_getfield(L, 1, "message") == LUA_TSTRING) {
          text = lua_tolstring(L, -1, &length);
          break;
        }
        text = "the script raised a table without a message; raise a string, or give the table a 'message'";
        length = strlen(text);
        break;
      }
      // fallthrough
    default: text = cls_push_text(L, 1, &length);
  }
  set_text(state, text, length);
  return 0;
}

// Whether the text ends as a message about something that the script itself says: a place, or what the script put in
// front of a message that it caught, changes nothing about that.
static bool ends_as_own(const cls_state *state) {
  const cls_own *own = state->run ? &state->run->own : &state->own;
  return own->length > 0 && state->text_length >= own->length &&
         memcmp(state->text + state->text_length - own->length, own->text, own->length) == 0;
}

// If the text begins with "FILE:LINE: ", moves that into where_file and where_line.
static void take_position(cls_state *state) {
  const char *text = state->text, *end = text + state->text_length;
  const char *limit = end - text > 500 ? text + 500 : end;
  for (const char *p = text; p < limit; ++p) {
    if (*p == '\n') return;
    if (*p != ':' || p == text) continue;
    uint32_t line = 0;
    const char *digit = p + 1;
    while (digit < limit && *digit >= '0' && *digit <= '9' && line < 10000000) line = line * 10 + (uint32_t)(*digit++ - '0');
    if (digit == p + 1 || end - digit < 2 || digit[0] != ':' || digit[1] != ' ') continue;
    size_t length = (size_t)(p - text);
    bool shortened = length > 3 && memcmp(text, "...", 3) == 0;
    for (uint32_t i = 0; i < state->source_count; ++i) {
      cls_text chunk = state->sources[i].chunk;
      bool same = shortened ? chunk.length > length - 3 &&
                                  memcmp(chunk.bytes + chunk.length - (length - 3), text + 3, length - 3) == 0
                            : chunk.length == length && memcmp(chunk.bytes, text, length) == 0;
      if (!same) continue;
      snprintf(state->where_file, sizeof state->where_file, "%.*s", (int)chunk.length, chunk.bytes);
      state->where_line = line;
      state->text_length = (uint32_t)(end - (digit + 2));
      memmove(state->text, digit + 2, state->text_length);
      return;
    }
    return;
  }
}

static void describe_memory(cls_state *state) {
  static const char *const reasons[] = {
      "the scripts of a state may hold %.6g MiB", "one list may take %.6g MiB", "one string may take %.6g MiB",
      "one table may have %.6g names",
  };
  double bound = state->refused == CLS_REFUSED_TOTAL    ? (double)state->options.memory / 1048576
                 : state->refused == CLS_REFUSED_STRING ? (double)state->options.string_max / 1048576
                 : state->refused == CLS_REFUSED_TABLE  ? (state->sealed ? 32768 : 131072)
                                                        : 16;
  int length = snprintf(state->text, sizeof state->text, "not enough memory: ");
  length += snprintf(state->text + length, sizeof state->text - (size_t)length, reasons[state->refused], bound);
  state->text_length = (uint32_t)length;
}

// After a failed lua_pcall: the error object is on top. Leaves the stack as it is.
void cls_describe(cls_state *state, int status, cls_failure *failure) {
  lua_State *L = state->L;
  memset(failure, 0, sizeof *failure);
  state->detail_length = 0;
  state->is_own = false;
  if (status == LUA_ERRMEM && state->stop == CLS_RUNNING) state->stop = CLS_STOP_MEMORY;
  state->disturbed = state->stop != CLS_RUNNING;
  if (status == LUA_ERRMEM) state->where_line = 0;  // no handler ran for it
  if (state->loading && state->stop != CLS_RUNNING && (state->where_line == 0 || state->compiling)) {
    snprintf(state->where_file, sizeof state->where_file, "%s", state->loading->chunk.bytes);
    state->where_line = state->loading_line;
  }
  if (state->stop == CLS_STOP_TIMEOUT) {
    failure->code = CLS_CODE_TIMEOUT;
    if (state->burst_over) {
      set_literal(state, "computed for a second inside one call of the library, which holds up other runs; "
                         "do less in it: a sort of fewer items, a simpler pattern");
    } else {
      state->text_length = (uint32_t)snprintf(
          state->text, sizeof state->text, "used more than %.6g ms of processor time",
          (double)(state->run ? state->options.job_time : state->limit) / 1e6);
    }
  } else if (state->stop == CLS_STOP_REQUESTED) {
    failure->code = CLS_CODE_STOPPED;
    set_literal(state, "the run was stopped");
  } else if (state->stop == CLS_STOP_MEMORY) {
    failure->code = CLS_CODE_MEMORY;
    describe_memory(state);
  } else {
    failure->code = state->answer_failed ? CLS_CODE_ANSWER : CLS_CODE_ERROR;
    char file[sizeof state->where_file];
    uint32_t line = state->where_line;
    memcpy(file, state->where_file, sizeof file);
    lua_pushcfunction(L, describe_object);
    lua_pushvalue(L, -2);
    int second = lua_pcall(L, 1, 0, 0);
    if (second != LUA_OK) {
      lua_pop(L, 1);
      if (second == LUA_ERRMEM || state->stop != CLS_RUNNING) {
        set_literal(state, "the script raised a value that cannot be made a text within the limits");
      } else {
        set_literal(state, "the script raised a value whose __tostring fails");
      }
    }
    memcpy(state->where_file, file, sizeof file);
    state->where_line = line;
    failure->needs_scripts = state->is_own || ends_as_own(state);
    take_position(state);
  }
  if (state->where_line == 0 && state->in_rule && state->rule < state->rule_count) {
    const cls_rule *rule = &state->rules[state->rule];
    snprintf(state->where_file, sizeof state->where_file, "%.*s", (int)rule->file.length, rule->file.bytes);
    state->where_line = rule->line;
  }
  failure->message = cls_text_of(state->text, state->text_length);
  failure->detail = cls_text_of(state->detail, state->detail_length);
  if (state->where_line) {
    failure->file = cls_text_of(state->where_file, strlen(state->where_file));
    failure->line = state->where_line;
  }
}

// The bottom of the main stack holds what the hot path needs in every call: see cls_rules_apply.
enum { KEPT_SLOTS = 6 };

void cls_before_call(cls_state *state) {
  lua_State *L = state->L;
  if (state->disturbed) {
    // The hook of the main thread may still be armed for every instruction; garbage of the failed call is given back.
    lua_sethook(L, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
    state->timed = false;
    lua_gc(L, LUA_GCCOLLECT);
    state->disturbed = false;
  }
  state->where_line = 0;
  state->answer_failed = false;
  state->own.length = 0;
  state->native_base = __builtin_frame_address(0);
  state->closes = 0;
}

void cls_after_call(cls_state *state) {
  state->timed = false;
  state->in_rule = false;
  state->deciding = false;
  state->compiling = false;
  state->loading = NULL;
  lua_settop(state->L, state->is_ready ? KEPT_SLOTS : 0);
}

bool cls_protected(cls_state *state, lua_CFunction body, void *argument, cls_failure *failure) {
  lua_State *L = state->L;
  cls_before_call(state);
  int handler = lua_gettop(L) + 1;
  lua_pushcfunction(L, cls_on_error);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, argument);
  int status = lua_pcall(L, 1, 0, handler);
  if (status != LUA_OK) cls_describe(state, status, failure);
  cls_after_call(state);
  return status == LUA_OK;
}
