#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// MARK: - Memory

// The largest single block: Lua's own stack at its limit of a million slots fits, so that endless recursion is reported
// as such and not as a lack of memory.
static size_t block_max(const cls_state *state) {
  size_t quarter = state->options.memory / 4;
  return quarter < (16u << 20) ? (16u << 20) : quarter;
}

// Keys can be chosen so that all of them collide; growing such a table takes quadratic time inside one instruction. The
// number of names a table may have bounds it: to about 0.1 s in a rule. Lists are not concerned.
enum { NODE_SIZE = 24 };

static size_t names_max(const cls_state *state) { return state->sealed ? 1u << 15 : 1u << 17; }

static bool is_table_of_names(size_t size) {
  size_t nodes = size / NODE_SIZE;
  return nodes * NODE_SIZE == size && (nodes & (nodes - 1)) == 0;
}

static int64_t read_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_late(cls_state *state) {
  // A short rule sees one tick at most: the clocks are read from the second on.
  if (!state->ticked) {
    state->ticked = true;
    return false;
  }
  if (!state->clock_on) {
    state->clock_on = true;
    state->wall_start = read_clock(CLOCK_MONOTONIC);
    state->processor_start = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return false;
  }
  // A thread uses no more processor time than passes on the wall: the cheap clock is asked first.
  int64_t wall = read_clock(CLOCK_MONOTONIC) - state->wall_start;
  if (state->burst && wall > state->burst) {
    state->burst_over = read_clock(CLOCK_THREAD_CPUTIME_ID) - state->processor_start > state->burst;
    if (state->burst_over) return true;
  }
  if (wall <= state->limit) return false;
  return wall > state->wall_limit || read_clock(CLOCK_THREAD_CPUTIME_ID) - state->processor_start > state->limit;
}

// MARK: - Small blocks

// A rule's call makes a dozen small tables and strings and drops them: they come from one region, cut into classes of 16
// bytes, whose free blocks are chained. What does not fit there goes to malloc. Lua names each block's size when it
// frees it, so that no header is needed.

static inline bool is_pooled(const cls_state *state, const void *block) {
  return (size_t)((const char *)block - state->pool) < CLS_POOL_SIZE;
}

static inline size_t class_of(size_t size) { return (size + 15) / 16; }

static void *take_block(cls_state *state, size_t size) {
  if (size <= CLS_POOL_BLOCK_MAX && state->pool) {
    size_t class = class_of(size);
    void **block = state->pool_free[class];
    if (block) {
      state->pool_free[class] = *block;
      return block;
    }
    if (state->pool_used + class * 16 <= CLS_POOL_SIZE) {
      void *fresh = state->pool + state->pool_used;
      state->pool_used += class * 16;
      return fresh;
    }
  }
  return malloc(size);
}

static void give_back(cls_state *state, void *block, size_t size) {
  if (state->pool && is_pooled(state, block)) {
    size_t class = class_of(size);
    *(void **)block = state->pool_free[class];
    state->pool_free[class] = block;
  } else {
    free(block);
  }
}

static void *resize_block(cls_state *state, void *block, size_t old_size, size_t new_size) {
  if (!state->pool || !is_pooled(state, block)) return realloc(block, new_size);
  if (class_of(old_size) == class_of(new_size)) return block;
  void *moved = take_block(state, new_size);
  if (!moved) return NULL;
  memcpy(moved, block, old_size < new_size ? old_size : new_size);
  give_back(state, block, old_size);
  return moved;
}

static void *refuse(cls_state *state, cls_refused reason) {
  state->refused = reason;
  return NULL;
}

void *cls_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  cls_state *state = context;
  if (new_size == 0) {
    if (block) {
      state->used -= old_size;
      give_back(state, block, old_size);
    }
    return NULL;
  }
  // Without a block, Lua says in old_size what it is going to make.
  size_t kind = block ? 0 : old_size;
  if (!block) old_size = 0;
  if (new_size > old_size) {
    uint64_t number = state->allocations++;
    if (number >= state->fail_from && number < state->fail_until) return refuse(state, CLS_REFUSED_TOTAL);
    size_t more = new_size - old_size, max = state->options.memory;
    if (more > max || state->used + more > max) return refuse(state, CLS_REFUSED_TOTAL);
    if (new_size > block_max(state)) return refuse(state, CLS_REFUSED_BLOCK);
    if (kind == LUA_TSTRING && new_size > state->options.string_max + 64) return refuse(state, CLS_REFUSED_STRING);
    if (!block && kind == 0 && new_size > names_max(state) * NODE_SIZE && is_table_of_names(new_size)) {
      return refuse(state, CLS_REFUSED_TABLE);
    }
    // Work that allocates without a hook in between (concatenation, buffers, collections near the limit) is seen here.
    if (state->timed && (state->work += (uint32_t)((more >> 4) + 1)) > 16384) {
      state->work = 0;
      if (state->stop != CLS_RUNNING || is_late(state)) {
        if (state->stop == CLS_RUNNING) state->stop = CLS_STOP_TIMEOUT;
        return NULL;
      }
    }
  }
  void *result = block ? resize_block(state, block, old_size, new_size) : take_block(state, new_size);
  if (!result) {
    // A shrinking block may stay as it is; Lua relies on that.
    if (new_size > old_size) return NULL;
    result = block;
  }
  state->used += new_size - old_size;
  return result;
}

void *cls_arena_take(cls_state *state, cls_arena *arena, size_t size) {
  size = (size + 15) & ~(size_t)15;
  cls_chunk *chunk = arena->current;
  while (chunk && chunk->size - chunk->used < size) {
    chunk = chunk->next;
    if (chunk) chunk->used = 0;
  }
  if (!chunk) {
    size_t room = size > 16384 - 64 ? size : 16384 - 64;
    chunk = cls_allocate(state, NULL, 0, sizeof(cls_chunk) + 16 + room);
    if (!chunk) return NULL;
    chunk->size = room;
    chunk->used = 0;
    chunk->next = NULL;
    if (arena->current) {
      cls_chunk *last = arena->current;
      while (last->next) last = last->next;
      last->next = chunk;
    } else {
      arena->first = chunk;
    }
  }
  arena->current = chunk;
  char *start = (char *)chunk + ((sizeof(cls_chunk) + 15) & ~(size_t)15) + chunk->used;
  chunk->used += size;
  return start;
}

static void free_chunks(cls_state *state, cls_chunk *chunk) {
  while (chunk) {
    cls_chunk *next = chunk->next;
    cls_allocate(state, chunk, sizeof(cls_chunk) + 16 + chunk->size, 0);
    chunk = next;
  }
}

void cls_arena_reset(cls_state *state, cls_arena *arena) {
  cls_chunk *first = arena->first;
  if (!first) return;
  if (first->next) {  // an unusual event: give back what it took
    free_chunks(state, first->next);
    first->next = NULL;
  }
  first->used = 0;
  arena->current = first;
}

void cls_arena_free(cls_state *state, cls_arena *arena) {
  free_chunks(state, arena->first);
  arena->first = arena->current = NULL;
}

bool cls_grow(cls_state *state, void **items, uint32_t *room, uint32_t needed, size_t item_size) {
  if (needed <= *room) return true;
  uint32_t wanted = *room ? *room * 2 : 16;
  while (wanted < needed) wanted *= 2;
  void *grown = cls_allocate(state, *items, *items ? *room * item_size : 0, wanted * item_size);
  if (!grown) return false;
  *items = grown;
  *room = wanted;
  return true;
}

void *cls_event_take(lua_State *L, size_t size) {
  cls_state *state = cls_of(L);
  void *bytes = cls_arena_take(state, &state->event, size);
  if (!bytes) cls_out_of_memory(L);
  return bytes;
}

int cls_out_of_memory(lua_State *L) {
  cls_state *state = cls_of(L);
  if (state->stop == CLS_RUNNING) state->stop = CLS_STOP_MEMORY;
  return luaL_error(L, "not enough memory");
}

// As luaL_checkstack, which calls a lack of memory an overflow.
void cls_need_stack(lua_State *L, int slots) {
  if (lua_checkstack(L, slots)) return;
  if (lua_gettop(L) > 100000) luaL_error(L, "stack overflow");
  cls_out_of_memory(L);
}

// MARK: - Time

void cls_start_clock(cls_state *state, int64_t limit) {
  state->timed = true;
  state->ticked = state->clock_on = false;
  state->work = 0;
  state->limit = limit;
  state->burst = 0;
  state->burst_over = false;
  state->wall_limit = limit < INT64_MAX / 20 ? 20 * limit : INT64_MAX;
  state->stop = CLS_RUNNING;
}

int64_t cls_wall_clock(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t cls_processor_clock(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

int64_t cls_clock_used(const cls_state *state, int64_t wall) {
  enum { SHORT = 50000 };
  if (state->clock_on) return read_clock(CLOCK_THREAD_CPUTIME_ID) - state->processor_start;
  int64_t passed = cls_wall_clock() - wall;
  return passed < SHORT ? passed : SHORT;
}

void cls_check_time(lua_State *L) {
  cls_state *state = cls_of(L);
  state->work = 0;
  if (!state->timed) return;
  if (state->stop == CLS_RUNNING) {
    if (state->run && atomic_load_explicit(&state->run->stopped, memory_order_relaxed)) {
      state->stop = CLS_STOP_REQUESTED;
    } else if (is_late(state)) {
      state->stop = CLS_STOP_TIMEOUT;
    }
    if (state->stop != CLS_RUNNING) cls_find_place(L, 0);
  }
  if (state->stop != CLS_RUNNING) {
    // From here on every instruction of this thread stops again, so that no closing variable runs on.
    lua_sethook(L, cls_hook, LUA_MASKCOUNT, 1);
    state->disturbed = true;
    luaL_error(L, "stopped");
  }
}

// Runs of one state take turns: one that computes for longer yields to those whose answers have come.
enum { TURN = 5000000 };

void cls_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  cls_check_time(L);
  cls_state *state = cls_of(L);
  if (!state->run || state->blocked || !lua_isyieldable(L)) return;
  if (cls_wall_clock() - state->segment_start <= TURN) return;
  state->run->paused = true;
  state->yields_to_host = true;
  lua_sethook(L, cls_hook, LUA_MASKCOUNT, CLS_HOOK_PAUSED);
  lua_yield(L, 0);
}

// While files are loaded, each new line is remembered: a lack of memory unwinds Lua's stack before anybody could ask it.
void cls_loading_hook(lua_State *L, lua_Debug *ar) {
  cls_state *state = cls_of(L);
  if (ar->event != LUA_HOOKLINE) {
    cls_check_time(L);
    return;
  }
  if (state->sealed) {  // a coroutine that was made while its file was loaded
    lua_sethook(L, cls_hook, LUA_MASKCOUNT, CLS_HOOK_COUNT);
    return;
  }
  lua_getinfo(L, "S", ar);
  if (ar->source[0] != '@') return;
  if (!state->loading || strcmp(state->loading->chunk.bytes, ar->source + 1) != 0) {
    for (uint32_t i = 0; i < state->source_count; ++i) {
      if (strcmp(state->sources[i].chunk.bytes, ar->source + 1) == 0) state->loading = &state->sources[i];
    }
  }
  state->loading_line = (uint32_t)ar->currentline;
}

void cls_rethrow_stop(lua_State *L, int status) {
  cls_state *state = cls_of(L);
  if (status == LUA_ERRMEM && state->stop == CLS_RUNNING) state->stop = CLS_STOP_MEMORY;
  if (state->stop != CLS_RUNNING) lua_error(L);
}

void cls_charge_arguments(lua_State *L) {
  size_t units = 1;
  for (int i = lua_gettop(L); i > 0; --i) {
    if (lua_type(L, i) == LUA_TSTRING) units += lua_rawlen(L, i);
  }
  cls_tick(L, units);
}
