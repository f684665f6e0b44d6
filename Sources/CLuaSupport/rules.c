#include "CLuaSupport.h"
#include <string.h>
bool cls_rules_match(cls_state *state, cls_text event_name) { (void)state; (void)event_name; return false; }
void cls_rules_apply(cls_state *state, const cls_event *event, cls_result *result) { (void)state; (void)event; memset(result, 0, sizeof *result); }
