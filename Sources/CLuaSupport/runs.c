#include "internal.h"

#include <stdlib.h>
#include <string.h>

// Runs of jobs: coroutines of one state that take turns. A segment is one lua_resume, which never raises; what is done
// around it runs in protected calls of its own.
//
//   NEW -start-> READY -step-> AT_WORK -effect or pause-> WAITING -step-> AT_WORK … -end, failure, cls_run_end-> OVER

cls_run *cls_run_new(void) { return calloc(1, sizeof(cls_run)); }
void cls_run_free(cls_run *run) { free(run); }
void cls_run_stop(cls_run *run) { atomic_store_explicit(&run->stopped, true, memory_order_relaxed); }
bool cls_run_is_stopped(const cls_run *run) { return atomic_load_explicit(&run->stopped, memory_order_relaxed); }

typedef struct {
  cls_run *run;
  int64_t function;
  const cjson_node *nodes;  ///< NULL: a test
} Start;

static int start_protected(lua_State *L) {
  Start *start = lua_touserdata(L, 1);
  cls_run *run = start->run;
  cls_need_stack(L, 40);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_runs);
  lua_State *thread = lua_newthread(L);
  lua_rawsetp(L, -2, run);
  run->thread = thread;
  if (!lua_checkstack(thread, 20)) return cls_out_of_memory(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_functions);
  lua_rawgeti(L, -1, start->function);
  const cjson_node *cursor = start->nodes;
  if (cursor) cls_answer_push(L, &cursor); else cls_push_test(L);
  if (lua_type(L, -1) != LUA_TTABLE || lua_type(L, -2) != LUA_TFUNCTION) return luaL_error(L, "there is no such job");
  if (start->nodes) {
    lua_pushcfunction(L, cls_checkpoint);
    lua_setfield(L, -2, "checkpoint");
  }
  lua_xmove(L, thread, 2);
  return 0;
}

static void set_failure(cls_failure *failure, const char *text) {
  memset(failure, 0, sizeof *failure);
  failure->message = cls_text_of(text, strlen(text));
}

static bool begin(cls_state *state, cls_run *run, Start *start, uint64_t seed, cls_failure *failure) {
  cls_random_start(run, seed);
  bool done = cls_protected(state, start_protected, start, failure);
  run->phase = done ? CLS_RUN_READY : CLS_RUN_WAITING;
  if (!done) cls_run_end(state, run);
  return done;
}

bool cls_run_start(cls_state *state, cls_run *run, int64_t function, cls_text json, uint64_t seed, cls_failure *failure) {
  Start start = {run, function, NULL};
  cls_reply value = {.json = json};
  const char *problem = run->phase == CLS_RUN_NEW ? cls_reply_parse(state, &value, &start.nodes) : "the run has started already";
  if (problem) {
    set_failure(failure, problem);
    return false;
  }
  return begin(state, run, &start, seed, failure);
}

bool cls_run_start_test(cls_state *state, cls_run *run, int64_t function, uint64_t seed, cls_failure *failure) {
  Start start = {run, function, NULL};
  return begin(state, run, &start, seed, failure);
}

void cls_run_end(cls_state *state, cls_run *run) {
  if (run->phase == CLS_RUN_OVER) return;
  run->phase = CLS_RUN_OVER;
  if (!run->thread) return;
  run->thread = run->waiting = NULL;
  // The key is there: taking its value away allocates nothing, and the stack has room.
  lua_State *L = state->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &cls_key_runs);
  lua_pushnil(L);
  lua_rawsetp(L, -2, run);
  lua_pop(L, 1);
}

// What the job returned, for the host; what has no JSON form is nothing.
static int answer_protected(lua_State *L) {
  cls_state *state = cls_of(L);
  cls_run *run = lua_touserdata(L, 1);
  cls_need_stack(L, 20);
  cls_arena_reset(state, &state->event);
  cls_values values = {.what = "the result"};
  lua_xmove(run->thread, L, 1);
  cls_values_add(L, &values, -1, "result");
  state->step->nodes = values.nodes;
  state->step->node_count = values.count;
  return 0;
}

static void finish(cls_state *state, cls_run *run, int results, cls_step *step) {
  step->outcome = CLS_RUN_FINISHED;
  if (results > 0) {
    lua_settop(run->thread, lua_gettop(run->thread) - results + 1);  // the first
    cls_failure failure;
    if (!cls_protected(state, answer_protected, run, &failure)) {
      static const char text[] = "what the job returned has no JSON form and is left out";
      if (state->options.log) {
        state->options.log(state->options.context, CLS_LOG_WARN, cls_text_of(text, sizeof text - 1), cls_text_of("", 0),
                           cls_text_of("", 0), 0);
      }
      step->nodes = NULL;
      step->node_count = 0;
    }
  }
  cls_run_end(state, run);
}

// The error object is on top of the thread, whose stack still stands as it was when it was raised.
static void fail(cls_state *state, cls_run *run, int status, cls_step *step) {
  step->outcome = CLS_RUN_FAILED;
  if (state->where_line == 0) cls_find_place(run->thread, 0);
  char file[sizeof state->where_file];
  uint32_t line = state->where_line;
  memcpy(file, state->where_file, sizeof file);
  lua_xmove(run->thread, state->L, 1);
  // Making a text of the error object is no part of the run any more: a rule's time is enough.
  if (state->stop == CLS_RUNNING) cls_start_clock(state, state->options.rule_time);
  cls_describe(state, status, &step->failure);
  if (status == LUA_ERRMEM && line && !step->failure.line) {
    memcpy(state->where_file, file, sizeof file);
    state->where_line = line;
    step->failure.file = cls_text_of(state->where_file, strlen(state->where_file));
    step->failure.line = line;
  }
  cls_run_end(state, run);
}

void cls_run_step(cls_state *state, cls_run *run, const cls_reply *reply, cls_step *step) {
  memset(step, 0, sizeof *step);
  bool fits = run->phase == CLS_RUN_READY ? !reply : run->phase == CLS_RUN_WAITING && run->paused == !reply;
  if (!fits) {
    step->outcome = CLS_RUN_FAILED;
    set_failure(&step->failure, "the run is over, or its step does not fit");
    return;
  }
  cls_before_call(state);
  cls_reply own;
  state->reply = reply;
  if (reply && !reply->failed) {
    const char *problem = cls_reply_parse(state, reply, &state->reply_nodes);
    if (problem) {
      static const char code[] = "answer_too_large";
      own = (cls_reply){.failed = true, .code = cls_text_of(code, sizeof code - 1), .message = cls_text_of(problem, strlen(problem))};
      state->reply = &own;
    }
  }
  if (lua_gethookcount(run->thread) == CLS_HOOK_PAUSED) {
    lua_sethook(run->thread, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
  }
  bool first = run->phase == CLS_RUN_READY;
  run->phase = CLS_RUN_AT_WORK;
  run->paused = false;
  state->run = run;
  state->step = step;
  state->yields_to_host = false;
  state->blocked = 0;
  int64_t left = state->options.job_time - run->used;
  cls_start_clock(state, left > 0 ? left : 0);
  state->wall_limit = state->options.job_time < INT64_MAX / 20 ? 20 * state->options.job_time : INT64_MAX;
  // Where a run cannot take turns, inside one call of the library, the others wait for it: not for long.
  state->burst = CLS_BURST;
  state->segment_start = cls_wall_clock();
  int results = 0;
  int status = lua_resume(run->thread, state->L, first ? 1 : 0, &results);
  run->used += cls_clock_used(state, state->segment_start);
  if (status == LUA_YIELD && state->yields_to_host) {
    run->phase = CLS_RUN_WAITING;
    step->outcome = run->paused ? CLS_RUN_PAUSED : CLS_RUN_EFFECT;
  } else if (status == LUA_OK) {
    finish(state, run, results, step);
  } else if (status == LUA_YIELD) {
    step->outcome = CLS_RUN_FAILED;
    set_failure(&step->failure, "the run yielded to nobody");
    cls_run_end(state, run);
  } else {
    fail(state, run, status, step);
  }
  state->run = NULL;
  state->reply = NULL;
  if (reply && reply->json.length > 65536 && state->parser) {  // do not keep what one large answer needed
    cjson_close(state->parser);
    state->parser = NULL;
  }
  cls_after_call(state);
}
