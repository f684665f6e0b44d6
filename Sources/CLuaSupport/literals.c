#include "instructions.h"

#include <stdlib.h>
#include <string.h>

// Tells what a script itself says from what came to it: a name that a function under way reads, calls or sets by a
// constant, or a constant that it sets a field to, is the script's own, and waiting makes it no better. That a word stands
// somewhere among the constants says nothing. The code is read from the function's dump, which Lua 5.4 fixed (ldump.c,
// lopcodes.h); where anything is unknown the answer is no.

// Functions that are looked at, from the one that called; and bytes of a dump.
enum { FUNCTIONS_MAX = 8, LEVELS_MAX = 40, DUMP_MAX = 1 << 20 };
enum { HEADER = 31, OP_SETFIELD = 18 };

typedef struct {
  unsigned char *bytes;  ///< NULL: only measured
  size_t length, room;
} dump;

static int append(lua_State *L, const void *piece, size_t length, void *context) {
  (void)L;
  dump *out = context;
  if (length > DUMP_MAX - out->length) return 1;  // ends the dump
  if (out->bytes) {
    if (length > out->room - out->length) return 1;
    memcpy(out->bytes + out->length, piece, length);
  }
  out->length += length;
  return 0;
}

typedef struct {
  const unsigned char *bytes;
  size_t length, at;
  bool failed;
} reader;

static const unsigned char *take(reader *in, size_t count) {
  if (in->failed || count > in->length - in->at) {
    in->failed = true;
    return NULL;
  }
  const unsigned char *piece = in->bytes + in->at;
  in->at += count;
  return piece;
}

// Seven bits a byte, the last one marked.
static size_t take_number(reader *in) {
  size_t number = 0;
  while (!in->failed && number <= DUMP_MAX) {
    const unsigned char *byte = take(in, 1);
    if (!byte) break;
    number = number << 7 | (*byte & 0x7f);
    if (*byte & 0x80) return number;
  }
  in->failed = true;
  return 0;
}

typedef struct {
  cls_type type;
  bool boolean;
  int64_t integer;
  double real;
  cls_text text;
} constant;

static constant take_constant(reader *in) {
  constant value = {.type = CLS_NULL};
  const unsigned char *kind = take(in, 1), *bytes;
  if (!kind) return value;
  switch (*kind) {
    case 0x00: break;  // nil
    case 0x01:
    case 0x11:  // false, true
      value.type = CLS_BOOLEAN;
      value.boolean = *kind == 0x11;
      break;
    case 0x03:
      value.type = CLS_INTEGER;
      if ((bytes = take(in, sizeof value.integer))) memcpy(&value.integer, bytes, sizeof value.integer);
      break;
    case 0x13:
      value.type = CLS_NUMBER;
      if ((bytes = take(in, sizeof value.real))) memcpy(&value.real, bytes, sizeof value.real);
      break;
    case 0x04:
    case 0x14: {  // a string, with its length and one
      size_t length = take_number(in);
      value.type = CLS_STRING;
      if (length > 0 && (bytes = take(in, length - 1))) value.text = cls_text_of((const char *)bytes, length - 1);
      break;
    }
    default: in->failed = true;
  }
  return value;
}

static bool is_value(const constant *own, const cls_fault *fault) {
  int64_t integer;
  char digits[CLS_DIGITS_MAX];
  const char *why;
  switch (fault->type) {
    case CLS_BOOLEAN: return own->type == CLS_BOOLEAN && own->boolean == (fault->integer != 0);
    case CLS_STRING: return own->type == CLS_STRING && cls_text_equal(own->text, fault->text);
    case CLS_INTEGER:
      if (own->type == CLS_INTEGER) return own->integer == fault->integer;
      return own->type == CLS_NUMBER && own->real == (double)fault->integer;
    case CLS_NUMBER:
      if (own->type != CLS_NUMBER) return false;
      if (cls_float_digits(own->real, &integer, digits, &why) || why) return false;
      return cls_text_equal(cls_text_of(digits, strlen(digits)), fault->text);
    default: return false;
  }
}

// What is asked of a function for a fault without a value.
typedef struct {
  enum { SETS, READS, CALLS, PASSES } about;
  cls_text from;       ///< READS: what the name is read from
  cls_call_site site;  ///< CALLS, PASSES
  cls_flow flow;       ///< PASSES: the answer
} Look;

static bool finds(const cls_function_code *code, const cls_fault *fault, Look *look) {
  switch (look->about) {
    case SETS: return cls_code_sets(code, fault->name);
    case READS: return cls_code_reads(code, look->from, fault->name);
    case CALLS: return cls_code_calls(code, &look->site, fault->name);
    case PASSES:
      look->flow = cls_code_passes(code, &look->site, fault->name);
      return look->flow == CLS_FLOW_OWN;
  }
  return false;
}

// Whether the code says the fault's name as it is asked; or, for a fault of a value, sets the field to it wherever it sets
// the field. `upvalues` are the names of the function's.
static bool code_says(reader *in, const cls_fault *fault, Look *look, const cls_text *upvalues, size_t upvalue_count) {
  static const unsigned char version[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
  const unsigned char *header = take(in, HEADER + 1);  // and the number of upvalues
  if (!header || memcmp(header, version, sizeof version - 1) != 0) return false;
  if (take_number(in) != 0) return false;  // the source: stripped
  take_number(in);                         // first and last line
  take_number(in);
  const unsigned char *shape = take(in, 3);  // parameters, whether there are more, stack
  size_t instructions = take_number(in);
  const unsigned char *code = take(in, instructions * 4);
  size_t count = take_number(in);
  if (in->failed || count > in->length) return false;
  constant *constants = calloc(count ? count : 1, sizeof *constants);
  cls_text *keys = calloc(count ? count : 1, sizeof *keys);
  for (size_t i = 0; i < count && constants && keys && !in->failed; ++i) {
    constants[i] = take_constant(in);
    keys[i] = constants[i].text;
  }
  bool says = constants && keys && !in->failed;
  if (says && !fault->has_value) {
    const cls_function_code read = {code, instructions, keys, count, upvalues, upvalue_count, shape[0]};
    says = finds(&read, fault, look);
  } else if (says) {
    bool sets = false, otherwise = false;
    for (size_t i = 0; i < instructions; ++i) {
      uint32_t instruction;
      memcpy(&instruction, code + 4 * i, sizeof instruction);
      if ((instruction & 0x7f) != OP_SETFIELD) continue;
      uint32_t key = instruction >> 16 & 0xff, value = instruction >> 24;
      if (key >= count || !cls_text_equal(constants[key].text, fault->name)) continue;
      bool is_constant = instruction >> 15 & 1;
      if (is_constant && value < count && is_value(&constants[value], fault)) sets = true; else otherwise = true;
    }
    says = sets && !otherwise;
  }
  free(keys);
  free(constants);
  return says;
}

// The function on top of the stack, which it leaves there.
static bool function_says(lua_State *L, const cls_fault *fault, Look *look) {
  cls_text upvalues[CLS_REGISTERS];
  size_t upvalue_count = 0;
  for (const char *name; upvalue_count < CLS_REGISTERS; ++upvalue_count) {
    if (!(name = lua_getupvalue(L, -1, (int)upvalue_count + 1))) break;
    lua_pop(L, 1);
    upvalues[upvalue_count] = cls_text_of(name, strlen(name));
  }
  dump measured = {0};
  if (lua_dump(L, append, &measured, 1) != 0) return false;
  cls_tick(L, measured.length);
  dump code = {malloc(measured.length), 0, measured.length};
  if (!code.bytes) return false;
  bool says = false;
  if (lua_dump(L, append, &code, 1) == 0) {
    reader in = {code.bytes, code.length, 0, false};
    says = code_says(&in, fault, look, upvalues, upvalue_count);
  }
  free(code.bytes);
  return says;
}

// The value of a field, by a constant of any function under way.
static bool value_is_said(lua_State *L, const cls_fault *fault) {
  lua_Debug ar;
  int functions = 0;
  for (int level = 1; level < LEVELS_MAX && functions < FUNCTIONS_MAX && lua_getstack(L, level, &ar); ++level) {
    lua_getinfo(L, "Sf", &ar);
    Look look = {.about = SETS};
    bool says = ar.source[0] == '@' && function_says(L, fault, &look);
    lua_pop(L, 1);
    if (says) return true;
    if (ar.source[0] == '@') ++functions;
  }
  return false;
}

// The register of what the function at this level is calling: its frame ends there.
static int call_register(lua_State *L, const lua_Debug *ar) {
  int count = 0;
  while (count < CLS_REGISTERS && lua_getlocal(L, ar, count + 1)) {
    lua_pop(L, 1);
    ++count;
  }
  return count;
}

// The name of a call's input, from the call outwards through the functions that only hand it on.
static bool input_is_said(lua_State *L, const cls_fault *fault, Look *look) {
  lua_Debug ar;
  int functions = 0;
  if (!lua_getstack(L, 0, &ar)) return false;
  lua_getinfo(L, "nt", &ar);
  for (int level = 1; level < LEVELS_MAX && functions < FUNCTIONS_MAX; ++level) {
    const char *callee = ar.name;
    look->site.is_iterator = callee && strcmp(callee, "for iterator") == 0;
    look->site.callee = callee ? cls_text_of(callee, strlen(callee)) : (cls_text){0};
    if (ar.istailcall || !lua_getstack(L, level, &ar)) return false;
    lua_getinfo(L, "Sfnt", &ar);
    bool is_script = ar.source[0] == '@', says = false;
    if (is_script) {
      look->site.base = call_register(L, &ar);
      says = function_says(L, fault, look);
      ++functions;
    }
    lua_pop(L, 1);
    if (says) return true;
    // A function of the library, such as pcall, hands its last argument on; further out positions would be guesses.
    bool goes_on = is_script ? look->about == PASSES && look->flow == CLS_FLOW_PARAMETER : functions == 0;
    if (!goes_on) return false;
  }
  return false;
}

static cls_text last_part(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot ? cls_text_of(dot + 1, strlen(dot + 1)) : cls_text_of(name, strlen(name));
}

bool cls_script_says(lua_State *L, const char *call, const cls_fault *fault) {
  if (!lua_checkstack(L, 6)) return false;
  if (fault->has_value) return value_is_said(L, fault);
  Look look = {.about = cls_text_equal(last_part(call), fault->name) ? CALLS : PASSES};
  return input_is_said(L, fault, &look);
}

// Only the function that reads the name can have said it.
static bool name_is_said(lua_State *L, const char *from, const cls_fault *fault) {
  lua_Debug ar;
  if (!lua_checkstack(L, 6) || !lua_getstack(L, 1, &ar)) return false;
  lua_getinfo(L, "Sf", &ar);
  Look look = {.about = READS, .from = from ? last_part(from) : cls_text_of("_ENV", 4)};
  bool says = ar.source[0] == '@' && function_says(L, fault, &look);
  lua_pop(L, 1);
  return says;
}

int cls_raise_about(lua_State *L, const char *from, const char *name, size_t length) {
  cls_state *state = cls_of(L);
  size_t text_length;
  const char *text = lua_tolstring(L, -1, &text_length);
  cls_fault fault = {.name = cls_text_of(name, length)};
  cls_own *own = state->run ? &state->run->own : &state->own;
  if (text_length > 0 && text_length <= sizeof own->text && name_is_said(L, from, &fault)) {
    memcpy(own->text, text, text_length);
    own->length = (uint32_t)text_length;
    cls_sanitize(own->text, own->length);
  }
  luaL_where(L, 1);
  lua_insert(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

typedef struct {
  int64_t function;
  const cls_fault *faults;
  uint32_t count;
  bool says;
} Question;

static int ask_function(lua_State *L) {
  Question *question = lua_touserdata(L, 1);
  cls_need_stack(L, 10);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
  if (lua_rawgeti(L, -1, question->function) != LUA_TFUNCTION) return 0;
  for (uint32_t i = 0; i < question->count && !question->says; ++i) {
    Look look = {.about = SETS};
    question->says = function_says(L, &question->faults[i], &look);
  }
  return 0;
}

bool cls_function_says(cls_state *state, int64_t function, const cls_fault *faults, uint32_t count) {
  Question question = {function, faults, count, false};
  cls_failure failure;
  return cls_protected(state, ask_function, &question, &failure) && question.says;
}
