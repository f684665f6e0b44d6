#pragma once
#include "internal.h"

// What the files of the pipeline share: rules.c runs it, rule_events.c makes the tables that rules get, rule_answers.c
// reads what they return.

// rule_events.c
/// Pushes the event's strings to where cls_rule_call finds them; at the bottom of the stack of a protected call.
void cls_rule_push_event(lua_State *L, const cls_event *event);
/// Calls the rule's function with an event that is as if it were made for it alone; `results` values are left on the
/// stack. A table that only readers have seen lies at `shared`, and goes to the rules one after the other until one
/// might change it.
void cls_rule_call(lua_State *L, const cls_rule *rule, const cls_event *event, const cls_part *part, int results,
                   int shared, bool *is_shared);

// rule_answers.c
const char *cls_rule_kind(const cls_rule *rule);
/// Raises the error of a nonsensical answer. `a` and `b` go into the format; they may be the text on top of the stack.
void cls_answer_refuse(lua_State *L, const char *format, const char *a, const char *b);
/// What a value is, in the words of an error.
const char *cls_answer_kind(lua_State *L, int index);
/// A copy in the event's memory, with a NUL behind it.
cls_text cls_answer_copy(lua_State *L, const char *bytes, size_t length);
/// Applies one table of changes to the part.
void cls_answer_take(lua_State *L, int index, cls_part *part);
/// How many parts the answer at `index` lists; 0: it is a table of changes.
uint32_t cls_answer_list(lua_State *L, int index);
/// By key, for qsort: a fixed order, so that equal answers give equal records.
int cls_compare_dimensions(const void *a, const void *b);
