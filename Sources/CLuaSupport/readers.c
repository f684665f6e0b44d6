#include "internal.h"

#include <string.h>

// Tells rules that can only look at their event from those that might change it or keep it. Most filters are of the
// first kind, `return event.dimensions.status ~= "500"`, and the table that they saw is as good as new for the next rule.
//
// A function is a reader when all its instructions are on the list below: fields with fixed names are read, values are
// compared with constants, moved and returned. So it stores nothing, calls nothing and makes no function; and what the
// metatables of its own tables may run gets a table of its own and a constant, never the event. The code is read from
// the function's dump, which Lua 5.4 fixed (ldump.c, lopcodes.h): anything unknown makes no reader.

// Everything before the code of a small function.
enum { HEADER = 31, ROOM = 2048 };

typedef struct {
  size_t length;
  bool is_full;
  unsigned char bytes[ROOM];
} dump;

static int append(lua_State *L, const void *piece, size_t length, void *context) {
  (void)L;
  dump *out = context;
  if (length > ROOM - out->length) {
    out->is_full = true;
    return 1;  // ends the dump
  }
  memcpy(out->bytes + out->length, piece, length);
  out->length += length;
  return 0;
}

// Seven bits a byte, the last one marked.
static bool take_number(const dump *in, size_t *at, size_t *number) {
  *number = 0;
  while (*at < in->length && *number < ROOM) {
    unsigned char byte = in->bytes[(*at)++];
    *number = *number << 7 | (byte & 0x7f);
    if (byte & 0x80) return true;
  }
  return false;
}

static bool is_reading(unsigned code) {
  switch (code) {
    case 0 ... 9:    // MOVE, LOADI, LOADF, LOADK, LOADKX, LOADFALSE, LFALSESKIP, LOADTRUE, LOADNIL, GETUPVAL
    case 11:         // GETTABUP
    case 13:         // GETI
    case 14:         // GETFIELD
    case 51:         // NOT
    case 56:         // JMP
    case 60 ... 67:  // EQK, EQI, LTI, LEI, GTI, GEI, TEST, TESTSET
    case 70 ... 72:  // RETURN, RETURN0, RETURN1
      return true;
    default: return false;
  }
}

bool cls_reads_only(lua_State *L) {
  static const unsigned char version[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
  dump code = {0};
  // A function of C has no dump; a large one need not be looked at.
  if (lua_dump(L, append, &code, 1) != 0 || code.is_full) return false;
  if (code.length < HEADER || memcmp(code.bytes, version, sizeof version - 1) != 0) return false;
  size_t at = HEADER + 1, number = 0;  // after the number of upvalues
  if (!take_number(&code, &at, &number) || number != 0) return false;  // the source: stripped
  if (!take_number(&code, &at, &number) || !take_number(&code, &at, &number)) return false;  // first and last line
  at += 3;  // parameters, whether there are more, stack
  if (!take_number(&code, &at, &number) || number == 0 || number > (code.length - at) / 4) return false;
  for (size_t i = 0; i < number; ++i) {
    uint32_t instruction;
    memcpy(&instruction, code.bytes + at + 4 * i, sizeof instruction);
    if (!is_reading(instruction & 0x7f)) return false;
  }
  return true;
}
