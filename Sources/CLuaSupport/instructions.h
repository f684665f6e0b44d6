#pragma once
#include "internal.h"

// What a function's instructions say of a name: read, never run. Only what is certain along every way through them counts.

enum { CLS_REGISTERS = 256 };

typedef struct {
  const unsigned char *bytes;  ///< four a piece
  size_t count;
  const cls_text *keys;  ///< the constants that are strings; the others have no bytes
  size_t key_count;
  const cls_text *upvalues;  ///< their names
  size_t upvalue_count;
  int parameters;
} cls_function_code;

/// A call under way, as its function's frame shows it.
typedef struct {
  int base;         ///< the register of what is called
  cls_text callee;  ///< the name that the code calls it by; no bytes: unknown
  bool is_iterator; ///< of a loop: the call that made the iterator is meant
  int position;     ///< the argument that is meant, from 1; 0: the last
} cls_call_site;

typedef enum { CLS_FLOW_UNKNOWN, CLS_FLOW_OWN, CLS_FLOW_PARAMETER } cls_flow;

/// Whether it sets a field of this name, by a constant.
bool cls_code_sets(const cls_function_code *code, cls_text name);
/// Whether it reads this name, by a constant, from what is called `from`; "_ENV": a global.
bool cls_code_reads(const cls_function_code *code, cls_text from, cls_text name);
/// Whether what the call calls or hands on was read under this name, by a constant.
bool cls_code_calls(const cls_function_code *code, const cls_call_site *site, cls_text name);
/// Where the argument's field of this name comes from: the function's own constructor, or whatever it got as a parameter,
/// whose number from 1 is then the site's position.
cls_flow cls_code_passes(const cls_function_code *code, cls_call_site *site, cls_text name);
