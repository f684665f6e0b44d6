#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "CEvents.h"
#include "identities.hpp"

namespace {

constexpr size_t words_of_block = CEV_BLOCK_BYTES / 8;
constexpr int bits_set = 7;

/// The block of a hash among those of its bucket. Chosen by the bits that order the run, so that neighbours share it.
inline uint64_t block_of(uint64_t high, uint32_t pages) {
  return place_of(high << 8, uint64_t(pages) * CEV_PAGE_BLOCKS);
}

/// 7 of 512 bits, chosen by the half of the hash that does not choose the block: about 1 in 1,000 absent hashes passes.
inline void set_bits(uint64_t *block, uint64_t bits) {
  for (int i = 0; i < bits_set; ++i, bits >>= 9) block[bits >> 6 & 7] |= uint64_t(1) << (bits & 63);
}

inline bool has_bits(const uint64_t *block, uint64_t bits) {
  for (int i = 0; i < bits_set; ++i, bits >>= 9) {
    if (!(block[bits >> 6 & 7] & uint64_t(1) << (bits & 63))) return false;
  }
  return true;
}

}  // namespace

uint32_t cev_page_of(uint64_t high, uint32_t pages) { return uint32_t(place_of(high << 8, pages)); }

uint64_t cev_page_start(uint8_t bucket, uint32_t page, uint32_t pages) {
  uint64_t within = 0;
  if (page > 0) {
    // The least x with x × pages ≥ page × 2⁶⁴ whose low 8 bits are 0: those are not part of the hash.
    unsigned __int128 least = ((static_cast<unsigned __int128>(page) << 64) + pages - 1) / pages;
    within = uint64_t((least + 255) >> 8);
  }
  return uint64_t(bucket) << 56 | within;
}

size_t cev_page_length(const cev_identity *identities, size_t count, uint32_t pages) {
  if (count == 0) return 0;
  uint32_t page = cev_page_of(identities[0].high, pages);
  size_t length = 1;
  while (length < count && cev_page_of(identities[length].high, pages) == page) ++length;
  return length;
}

void cev_pack(const cev_identity *identities, size_t count, void *out) {
  auto at = static_cast<char *>(out);
  for (size_t index = 0; index < count; ++index, at += CEV_STORED_IDENTITY) {
    std::memcpy(at, &identities[index].high, 8);
    std::memcpy(at + 8, &identities[index].low, 8);
    std::memcpy(at + 16, &identities[index].content, 2);
    std::memcpy(at + 18, &identities[index].hour, 2);
  }
}

bool cev_page_find(const void *page, size_t length, const cev_identity *identity, cev_identity *found) {
  auto bytes = static_cast<const char *>(page);
  size_t low = 0, high = length / CEV_STORED_IDENTITY;
  while (low < high) {
    size_t middle = (low + high) / 2;
    cev_identity candidate = unpack(bytes + middle * CEV_STORED_IDENTITY);
    if (candidate.high == identity->high && candidate.low == identity->low) {
      *found = candidate;
      return true;
    }
    if (is_before(candidate, *identity)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

uint64_t *cev_filter_open(size_t pages) {
  size_t length = pages * CEV_PAGE_BLOCKS * CEV_BLOCK_BYTES;
  void *filter = std::aligned_alloc(CEV_BLOCK_BYTES, length);
  if (filter) std::memset(filter, 0, length);
  return static_cast<uint64_t *>(filter);
}

void cev_filter_close(uint64_t *filter) { std::free(filter); }

void cev_filter_add(uint64_t *filter, uint32_t first, uint32_t pages, const cev_identity *identities, size_t count) {
  uint64_t skipped = uint64_t(first) * CEV_PAGE_BLOCKS;
  for (size_t index = 0; index < count; ++index) {
    set_bits(filter + (block_of(identities[index].high, pages) - skipped) * words_of_block, identities[index].low);
  }
}

void cev_filter_add_stored(uint64_t *filter, uint32_t first, uint32_t pages, const void *bytes, size_t length) {
  auto at = static_cast<const char *>(bytes);
  for (size_t left = length; left >= CEV_STORED_IDENTITY; left -= CEV_STORED_IDENTITY, at += CEV_STORED_IDENTITY) {
    cev_identity identity = unpack(at);
    cev_filter_add(filter, first, pages, &identity, 1);
  }
}

uint32_t cev_run_probe(const cev_run *run, const cev_identity *identities, uint32_t count, uint32_t *maybe) {
  // A block is a cache line that is rarely near: it is asked for 16 identities ahead.
  constexpr uint32_t ahead = 16;
  static const uint64_t anything[words_of_block] = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
  static const uint64_t nothing[words_of_block] = {};
  const uint64_t *blocks[ahead];
  auto ask = [&](uint32_t index) {
    uint64_t high = identities[index].high;
    size_t bucket = high >> 56;
    const uint64_t *block = nothing;
    if (high >= run->first && high <= run->last && run->pages[bucket] > 0) {
      const uint64_t *filter = run->filters[bucket];
      block = filter ? filter + block_of(high, run->pages[bucket]) * words_of_block : anything;
    }
    __builtin_prefetch(block);
    blocks[index % ahead] = block;
  };
  for (uint32_t index = 0; index < std::min(ahead, count); ++index) ask(index);
  uint32_t found = 0;
  for (uint32_t index = 0; index < count; ++index) {
    const uint64_t *block = blocks[index % ahead];
    if (count - index > ahead) ask(index + ahead);
    if (has_bits(block, identities[index].low)) maybe[found++] = index;
  }
  return found;
}

struct cev_merge {
  std::vector<cev_identity> taken, other;
  std::vector<size_t> starts;  // of each source in `taken`
  uint64_t first, last;
  uint16_t hour;
  int32_t window;
};

cev_merge *cev_merge_open(void) { return new (std::nothrow) cev_merge(); }

void cev_merge_close(cev_merge *merge) { delete merge; }

void cev_merge_begin(cev_merge *merge, uint64_t first, uint64_t last, uint16_t hour, int32_t window) {
  merge->taken.clear();
  merge->starts.clear();
  merge->first = first;
  merge->last = last;
  merge->hour = hour;
  merge->window = window;
}

bool cev_merge_source(cev_merge *merge) {
  try {
    merge->starts.push_back(merge->taken.size());
    return true;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

size_t cev_merge_take(cev_merge *merge, const void *bytes, size_t length) {
  auto at = static_cast<const char *>(bytes);
  size_t count = 0;
  try {
    for (size_t left = length; left >= CEV_STORED_IDENTITY; left -= CEV_STORED_IDENTITY, at += CEV_STORED_IDENTITY) {
      cev_identity identity = unpack(at);
      if (identity.high < merge->first || identity.high > merge->last) continue;
      ++count;
      // Signed 16 bits: hours within 3.7 years of each other, in order.
      if (int16_t(uint16_t(merge->hour - identity.hour)) <= merge->window) merge->taken.push_back(identity);
    }
  } catch (const std::bad_alloc &) {
    return SIZE_MAX;
  }
  return count;
}

const cev_identity *cev_merge_end(cev_merge *merge, size_t *count) {
  std::vector<cev_identity> &taken = merge->taken;
  std::vector<size_t> &starts = merge->starts;
  *count = 0;
  try {
    merge->other.resize(taken.size());
    starts.push_back(taken.size());
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
  // Neighbours two by two, until one is left.
  while (starts.size() > 2) {
    size_t kept = 0;
    for (size_t at = 0; at + 1 < starts.size(); at += 2) {
      size_t from = starts[at], middle = starts[at + 1];
      size_t end = at + 2 < starts.size() ? starts[at + 2] : middle;
      std::merge(
          taken.begin() + from, taken.begin() + middle, taken.begin() + middle, taken.begin() + end,
          merge->other.begin() + from, is_before);
      starts[kept++] = from;
    }
    starts[kept++] = taken.size();
    starts.resize(kept);
    taken.swap(merge->other);
  }
  size_t length = 0;
  for (const cev_identity &identity : taken) {
    cev_identity *before = length > 0 ? &taken[length - 1] : nullptr;
    if (!before || before->high != identity.high || before->low != identity.low) {
      taken[length++] = identity;
    } else if (int16_t(uint16_t(identity.hour - before->hour)) > 0) {
      *before = identity;
    }
  }
  *count = length;
  // Never NULL where nothing failed, not even when nothing was taken.
  static const cev_identity none = {};
  return taken.empty() ? &none : taken.data();
}
