#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "CEvents.h"
#include "identities.hpp"

// The table: open addressing, doubled when three quarters full. An empty slot has `low` 0.
struct cev_recent {
  cev_identity *slots;
  size_t mask;
  size_t count;
};

namespace {

constexpr size_t smallest = 4096;

cev_identity *slots(size_t capacity) {
  return static_cast<cev_identity *>(std::calloc(capacity, sizeof(cev_identity)));
}

cev_identity *slot(const cev_recent *recent, const cev_identity &identity) {
  size_t index = identity.low & recent->mask;
  while (recent->slots[index].low != 0) {
    cev_identity &found = recent->slots[index];
    if (found.low == identity.low && found.high == identity.high) break;
    index = (index + 1) & recent->mask;
  }
  return &recent->slots[index];
}

bool grow(cev_recent *recent) {
  cev_recent larger = {slots((recent->mask + 1) * 2), recent->mask * 2 + 1, recent->count};
  if (!larger.slots) return false;
  for (size_t index = 0; index <= recent->mask; ++index) {
    if (recent->slots[index].low != 0) *slot(&larger, recent->slots[index]) = recent->slots[index];
  }
  std::free(recent->slots);
  *recent = larger;
  return true;
}

}  // namespace

cev_recent *cev_recent_open(void) {
  auto recent = static_cast<cev_recent *>(std::malloc(sizeof(cev_recent)));
  if (!recent) return nullptr;
  *recent = {slots(smallest), smallest - 1, 0};
  if (recent->slots) return recent;
  std::free(recent);
  return nullptr;
}

void cev_recent_close(cev_recent *recent) {
  if (!recent) return;
  std::free(recent->slots);
  std::free(recent);
}

void cev_recent_clear(cev_recent *recent) {
  // A table that grew is given back; where memory is short it is emptied instead.
  if (recent->mask >= smallest) {
    if (cev_identity *fresh = slots(smallest)) {
      std::free(recent->slots);
      *recent = {fresh, smallest - 1, 0};
      return;
    }
  }
  std::memset(recent->slots, 0, (recent->mask + 1) * sizeof(cev_identity));
  recent->count = 0;
}

size_t cev_recent_count(const cev_recent *recent) { return recent->count; }

bool cev_recent_insert(cev_recent *recent, const cev_identity *identity) {
  if (recent->count * 4 > recent->mask * 3 && !grow(recent)) return false;
  cev_identity *place = slot(recent, *identity);
  if (place->low == 0) ++recent->count;
  *place = *identity;
  return true;
}

bool cev_recent_load(cev_recent *recent, const void *bytes, size_t length) {
  auto at = static_cast<const char *>(bytes);
  for (size_t left = length; left >= CEV_STORED_IDENTITY; left -= CEV_STORED_IDENTITY, at += CEV_STORED_IDENTITY) {
    cev_identity identity = unpack(at);
    if (!cev_recent_insert(recent, &identity)) return false;
  }
  return true;
}

const cev_identity *cev_recent_find(const cev_recent *recent, const cev_identity *identity) {
  const cev_identity *place = slot(recent, *identity);
  return place->low == 0 ? nullptr : place;
}

void cev_recent_prefetch(const cev_recent *recent, const cev_identity *identity) {
  __builtin_prefetch(&recent->slots[identity->low & recent->mask], 1);
}

void cev_recent_sorted(const cev_recent *recent, cev_identity *out) {
  // Spread over the buckets first, so that each sort is small.
  size_t starts[CEV_BUCKETS + 1] = {};
  for (size_t index = 0; index <= recent->mask; ++index) {
    if (recent->slots[index].low != 0) ++starts[(recent->slots[index].high >> 56) + 1];
  }
  for (int bucket = 0; bucket < CEV_BUCKETS; ++bucket) starts[bucket + 1] += starts[bucket];
  size_t next[CEV_BUCKETS];
  std::copy(starts, starts + CEV_BUCKETS, next);
  for (size_t index = 0; index <= recent->mask; ++index) {
    if (recent->slots[index].low != 0) out[next[recent->slots[index].high >> 56]++] = recent->slots[index];
  }
  for (int bucket = 0; bucket < CEV_BUCKETS; ++bucket) {
    std::sort(out + starts[bucket], out + starts[bucket + 1], is_before);
  }
}
