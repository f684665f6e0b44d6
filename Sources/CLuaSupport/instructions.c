#include "instructions.h"

#include <string.h>

// The instructions of Lua 5.4 (lopcodes.h) that make tables, move values and jump; all others only write registers.

enum {
  OP_MOVE = 0, OP_LOADNIL = 8, OP_SETUPVAL = 10, OP_GETTABUP = 11, OP_GETTABLE = 12, OP_GETFIELD = 14, OP_SETTABUP = 15,
  OP_SETTABLE = 16, OP_SETI = 17, OP_SETFIELD = 18, OP_NEWTABLE = 19, OP_SELF = 20, OP_MMBIN = 46, OP_MMBINK = 48,
  OP_CONCAT = 53, OP_CLOSE = 54, OP_JMP = 56, OP_TEST = 66, OP_TESTSET = 67, OP_CALL = 68, OP_TAILCALL = 69,
  OP_RETURN = 70, OP_RETURN1 = 72, OP_FORLOOP = 73, OP_FORPREP = 74, OP_TFORPREP = 75, OP_TFORCALL = 76,
  OP_TFORLOOP = 77, OP_SETLIST = 78, OP_VARARG = 80, OP_VARARGPREP = 81,
};

// Of one question: instructions that are looked at, and calls that may be the one meant.
enum { STEPS_MAX = 1 << 20, SITES_MAX = 64 };

typedef struct {
  int op, a, b, c;
  bool k;
  size_t bx;
  int64_t jump;
} instruction;

static instruction at(const cls_function_code *code, size_t pc) {
  uint32_t word;
  memcpy(&word, code->bytes + 4 * pc, sizeof word);
  return (instruction){
      .op = word & 0x7f, .a = word >> 7 & 0xff, .b = word >> 16 & 0xff, .c = word >> 24, .k = word >> 15 & 1,
      .bx = word >> 15, .jump = (int64_t)(word >> 7) - ((1 << 24) - 1),
  };
}

static bool is_key(const cls_function_code *code, int index, cls_text name) {
  return (size_t)index < code->key_count && code->keys[index].bytes && cls_text_equal(code->keys[index], name);
}

static bool is_upvalue(const cls_function_code *code, int index, cls_text name) {
  return (size_t)index < code->upvalue_count && cls_text_equal(code->upvalues[index], name);
}

// The registers that it writes, or may write: from `first` to `last`. Generous where a call takes its registers away.
static bool writes(instruction in, int *first, int *last) {
  *first = *last = in.a;
  switch (in.op) {
    case OP_SETUPVAL: case OP_SETTABUP: case OP_SETTABLE: case OP_SETI: case OP_SETFIELD: case OP_SETLIST:
    case OP_VARARGPREP: case OP_JMP:
      return false;
    case OP_LOADNIL: *last = in.a + in.b; return true;
    case OP_SELF: *last = in.a + 1; return true;
    case OP_CALL: case OP_TAILCALL: case OP_CONCAT: case OP_VARARG: case OP_FORLOOP: case OP_FORPREP: case OP_TFORPREP:
    case OP_TFORCALL: case OP_TFORLOOP:
      *last = CLS_REGISTERS - 1;
      return true;
    default: break;
  }
  bool reads = (in.op >= OP_MMBIN && in.op <= OP_MMBINK) || (in.op >= OP_CLOSE && in.op <= OP_TEST) ||
               (in.op >= OP_RETURN && in.op <= OP_RETURN1) || in.op > OP_VARARGPREP;
  return !reads;
}

// The last instruction before `pc` that writes the register, or code->count.
static size_t writer(const cls_function_code *code, size_t pc, int reg, size_t *steps) {
  int first, last;
  while (pc-- > 0 && (*steps)++ < STEPS_MAX) {
    if (writes(at(code, pc), &first, &last) && reg >= first && reg <= last) return pc;
  }
  return code->count;
}

// The constant name under which the instruction reads what it puts into `reg`.
static bool read_key(const cls_function_code *code, size_t pc, int reg, cls_text *key) {
  if (pc >= code->count) return false;
  instruction in = at(code, pc);
  bool named = in.op == OP_GETTABUP || in.op == OP_GETFIELD || (in.op == OP_SELF && in.k);
  if (!named || in.a != reg || (size_t)in.c >= code->key_count || !code->keys[in.c].bytes) return false;
  *key = code->keys[in.c];
  return true;
}

bool cls_code_sets(const cls_function_code *code, cls_text name) {
  for (size_t pc = 0; pc < code->count; ++pc) {
    instruction in = at(code, pc);
    if (in.op == OP_SETFIELD && is_key(code, in.b, name)) return true;
  }
  return false;
}

bool cls_code_reads(const cls_function_code *code, cls_text from, cls_text name) {
  // Without a read by a computed name, a constant one is it.
  bool computes = false, reads = false;
  size_t steps = 0;
  for (size_t pc = 0; pc < code->count; ++pc) {
    instruction in = at(code, pc);
    computes = computes || in.op == OP_GETTABLE || (in.op == OP_SELF && !in.k);
    bool named = in.op == OP_GETTABUP || in.op == OP_GETFIELD || (in.op == OP_SELF && in.k);
    if (!named || !is_key(code, in.c, name)) continue;
    reads = true;
    if (in.op == OP_GETTABUP) {
      if (is_upvalue(code, in.b, from)) return true;
      continue;
    }
    cls_text key;
    if (read_key(code, writer(code, pc, in.b, &steps), in.b, &key) && cls_text_equal(key, from)) return true;
  }
  return reads && !computes;
}

// Whether `site` may be the call at `pc`; where a loop calls an iterator, `*pc` becomes the call that made it.
static bool may_be(const cls_function_code *code, const cls_call_site *site, size_t *pc, size_t *steps) {
  instruction in = at(code, *pc);
  if (site->is_iterator) {
    if (in.op != OP_TFORPREP || in.a + 4 != site->base || *pc == 0) return false;
    instruction made = at(code, *pc - 1);
    if (made.op != OP_CALL || made.a != in.a) return false;
    --*pc;
    return true;
  }
  if ((in.op != OP_CALL && in.op != OP_TAILCALL) || in.a != site->base) return false;
  cls_text key;
  bool other = site->callee.bytes && read_key(code, writer(code, *pc, in.a, steps), in.a, &key) &&
               !cls_text_equal(key, site->callee);
  return !other;
}

bool cls_code_calls(const cls_function_code *code, const cls_call_site *site, cls_text name) {
  size_t steps = 0, sites = 0;
  for (size_t i = 0; i < code->count; ++i) {
    size_t pc = i;
    if (!may_be(code, site, &pc, &steps)) continue;
    instruction call = at(code, pc);
    bool says = false;
    int last = call.b ? call.a + call.b - 1 : call.a;
    for (int reg = call.a; reg <= last && !says; ++reg) {
      cls_text key;
      says = read_key(code, writer(code, pc, reg, &steps), reg, &key) && cls_text_equal(key, name);
    }
    if (!says || ++sites > SITES_MAX || steps >= STEPS_MAX) return false;
  }
  return sites > 0;
}

// Whether a jump from elsewhere leads into what follows `first`, up to `end`: then it need not have run before.
static bool is_entered(const cls_function_code *code, size_t first, size_t end, size_t *steps) {
  for (size_t pc = 0; pc < code->count; ++pc) {
    if (++*steps > STEPS_MAX) return true;
    if (pc >= first && pc < end) continue;
    instruction in = at(code, pc);
    int64_t target = (int64_t)pc + 1;
    switch (in.op) {
      case OP_JMP: target += in.jump; break;
      case OP_FORLOOP: case OP_TFORLOOP: target -= (int64_t)in.bx; break;
      case OP_FORPREP: target += (int64_t)in.bx + 1; break;
      case OP_TFORPREP: target += (int64_t)in.bx; break;
      default: continue;
    }
    if (target > (int64_t)first && target <= (int64_t)end) return true;
  }
  return false;
}

// A register holds a table that the function made here; it, or one inside it, has the field.
enum { ELSE = 0, MADE = 1, SAYS = 2 };

// Whether the table in `reg` at `end`, made at `first`, is given the field by a constant name.
static bool is_given(const cls_function_code *code, size_t first, size_t end, int reg, cls_text name, size_t *steps) {
  unsigned char holds[CLS_REGISTERS] = {0};
  size_t born[CLS_REGISTERS] = {0};
  bool computed = false;
  for (size_t pc = first; pc < end; ++pc) {
    if (++*steps > STEPS_MAX) return false;
    instruction in = at(code, pc);
    int from, to;
    switch (in.op) {
      case OP_NEWTABLE:
        holds[in.a] = MADE;
        born[in.a] = pc;
        continue;
      case OP_MOVE:
        holds[in.a] = holds[in.b];
        born[in.a] = born[in.b];
        continue;
      case OP_SETFIELD:
        if (holds[in.a] && is_key(code, in.b, name)) holds[in.a] = SAYS;
        // fallthrough
      case OP_SETTABLE: case OP_SETI:
        computed = computed || (in.op == OP_SETTABLE && holds[in.a]);
        if (holds[in.a] && !in.k && holds[in.c] == SAYS && !is_entered(code, born[in.c], pc, steps)) holds[in.a] = SAYS;
        continue;
      case OP_SETLIST:
        to = in.b ? in.a + in.b : CLS_REGISTERS - 1;
        for (from = in.a + 1; from <= to && from < CLS_REGISTERS && holds[in.a]; ++from) {
          if (holds[from] == SAYS && !is_entered(code, born[from], pc, steps)) holds[in.a] = SAYS;
        }
        continue;
      default: break;
    }
    if (!writes(in, &from, &to)) continue;
    for (; from <= to && from < CLS_REGISTERS; ++from) holds[from] = ELSE;
  }
  return holds[reg] == SAYS && !computed && !is_entered(code, first, end, steps);
}

static cls_flow passes(const cls_function_code *code, size_t pc, int reg, cls_text name, int *parameter, size_t *steps) {
  const size_t end = pc;
  int source = reg;
  for (;;) {
    size_t made = writer(code, pc, source, steps);
    if (*steps >= STEPS_MAX) return CLS_FLOW_UNKNOWN;
    if (made == code->count) break;
    instruction in = at(code, made);
    if (in.op == OP_NEWTABLE) return is_given(code, made, end, reg, name, steps) ? CLS_FLOW_OWN : CLS_FLOW_UNKNOWN;
    if (in.op != OP_MOVE) return CLS_FLOW_UNKNOWN;
    source = in.b;
    pc = made;
  }
  // Nothing before wrote it; nor may anything later, for a loop would lead back.
  bool is_kept = writer(code, code->count, source, steps) == code->count && *steps < STEPS_MAX;
  if (source >= code->parameters || !is_kept) return CLS_FLOW_UNKNOWN;
  *parameter = source + 1;
  return CLS_FLOW_PARAMETER;
}

cls_flow cls_code_passes(const cls_function_code *code, cls_call_site *site, cls_text name) {
  size_t steps = 0, sites = 0;
  cls_flow flow = CLS_FLOW_UNKNOWN;
  int parameter = 0;
  for (size_t i = 0; i < code->count; ++i) {
    size_t pc = i;
    if (!may_be(code, site, &pc, &steps)) continue;
    instruction call = at(code, pc);
    int position = site->position ? site->position : call.b - 1;
    if (call.b == 0 || position < 1 || position >= call.b || ++sites > SITES_MAX) return CLS_FLOW_UNKNOWN;
    if (call.a + position >= CLS_REGISTERS) return CLS_FLOW_UNKNOWN;
    int found = 0;
    cls_flow one = passes(code, pc, call.a + position, name, &found, &steps);
    // Which of several calls it was is not known: they must agree.
    if (one == CLS_FLOW_UNKNOWN || (sites > 1 && (one != flow || found != parameter))) return CLS_FLOW_UNKNOWN;
    flow = one;
    parameter = found;
  }
  site->position = parameter;
  return flow;
}
