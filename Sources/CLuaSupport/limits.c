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

static int64_t read_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_late(cls_state *state) {
  if (!state->clock_on) {
    state->clock_on = true;
    state->wall_start = read_clock(CLOCK_MONOTONIC);
    state->processor_start = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return false;
  }
  // A thread uses no more processor time than passes on the wall: the cheap clock is asked first.
  int64_t wall = read_clock(CLOCK_MONOTONIC) - state->wall_start;
  if (wall <= state->limit) return false;
  return wall > 20 * state->limit || read_clock(CLOCK_THREAD_CPUTIME_ID) - state->processor_start > state->limit;
}

void *cls_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  cls_state *state = context;
  if (new_size == 0) {
    if (block) state->used -= old_size;
    free(block);
    return NULL;
  }
  // Without a block, Lua says in old_size what it is going to make.
  size_t kind = block ? 0 : old_size;
  if (!block) old_size = 0;
  if (new_size > old_size) {
    uint64_t number = state->allocations++;
    if (number >= state->fail_from && number < state->fail_until) return NULL;
    size_t more = new_size - old_size;
    if (more > state->options.memory || state->used + more > state->options.memory) return NULL;
    if (new_size > block_max(state)) return NULL;
    if (kind == LUA_TSTRING && new_size > state->options.string_max + 64) return NULL;
    // Work that allocates without a hook in between (concatenation, buffers, collections near the limit) is seen here.
    if (state->timed && (state->work += (uint32_t)((more >> 4) + 1)) > 16384) {
      state->work = 0;
      if (state->stop != CLS_RUNNING || is_late(state)) {
        if (state->stop == CLS_RUNNING) state->stop = CLS_STOP_TIMEOUT;
        return NULL;
      }
    }
  }
  void *result = realloc(block, new_size);
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

// MARK: - Time

void cls_start_clock(cls_state *state, int64_t limit) {
  state->timed = true;
  state->clock_on = false;
  state->work = 0;
  state->limit = limit;
  state->stop = CLS_RUNNING;
}

void cls_check_time(lua_State *L) {
  cls_state *state = cls_of(L);
  state->work = 0;
  if (!state->timed) return;
  if (state->stop == CLS_RUNNING && is_late(state)) state->stop = CLS_STOP_TIMEOUT;
  if (state->stop != CLS_RUNNING) {
    // From here on every instruction of this thread stops again, so that no closing variable runs on.
    lua_sethook(L, cls_hook, LUA_MASKCOUNT, 1);
    state->disturbed = true;
    luaL_error(L, "stopped");
  }
}

void cls_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  cls_check_time(L);
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
