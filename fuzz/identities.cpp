// The identities of seen events: the table of the recent ones, stored runs with their filters, and the merging of runs,
// against a map of the standard library.
// Input: one byte for the number of sources, one for the window; then four bytes an identity.
#include <CEventsIdentities.h>

#include <algorithm>
#include <map>
#include <vector>

#include "harness.h"

using Key = std::pair<uint64_t, uint64_t>;
using Known = std::map<Key, cev_identity>;

// Few buckets and hashes, so that many are equal, near each other, or at the ends of their bucket.
static cev_identity identity(fuzz_input *input) {
  const uint8_t bucket = fuzz_byte(input), place = fuzz_byte(input), low = fuzz_byte(input), hour = fuzz_byte(input);
  uint64_t within = uint64_t(place & 0x3f) << 50;
  if (place & 0x40) within = 0x00ffffffffffffff - within;
  if (place & 0x80) within = within >> 24;
  const uint64_t high = uint64_t(bucket % 3 == 2 ? 255 : bucket % 3) << 56 | within;
  return {high, uint64_t(low % 16) * 0x0101010101010101 + 1, place, uint16_t(hour << 8 | low)};
}

static bool is_same(const cev_identity &a, const cev_identity &b) {
  return a.high == b.high && a.low == b.low && a.content == b.content && a.hour == b.hour;
}

static std::vector<cev_identity> in_order(const Known &known) {
  std::vector<cev_identity> all;
  for (const auto &one : known) all.push_back(one.second);
  return all;
}

static std::vector<char> packed(const cev_identity *identities, size_t count) {
  std::vector<char> bytes(count * CEV_STORED_IDENTITY);
  cev_pack(identities, count, bytes.data());
  return bytes;
}

static void recent(const std::vector<cev_identity> &given) {
  static cev_recent *table = cev_recent_open();
  Known known;
  cev_recent_clear(table);
  for (const cev_identity &one : given) {
    const cev_identity *found = cev_recent_find(table, &one);
    const auto there = known.find({one.high, one.low});
    REQUIRE((found != nullptr) == (there != known.end()) && (!found || is_same(*found, there->second)));
    REQUIRE(cev_recent_insert(table, &one));
    known[{one.high, one.low}] = one;
  }
  const std::vector<cev_identity> expected = in_order(known);
  REQUIRE(cev_recent_count(table) == expected.size());
  std::vector<cev_identity> sorted(expected.size());
  cev_recent_sorted(table, sorted.data());
  REQUIRE(std::equal(sorted.begin(), sorted.end(), expected.begin(), is_same));
}

// A run of one bucket: every identity is on its page, and none is missed by the filter.
static void run(const std::vector<cev_identity> &given, uint8_t bucket, uint32_t pages) {
  Known known;
  for (const cev_identity &one : given) {
    if (one.high >> 56 == bucket) known[{one.high, one.low}] = one;
  }
  const std::vector<cev_identity> all = in_order(known);
  cev_run stored{};
  stored.first = uint64_t(bucket) << 56;
  stored.last = stored.first | 0x00ffffffffffffff;
  stored.pages[bucket] = pages;
  uint64_t *filter = stored.filters[bucket] = cev_filter_open(pages);
  for (size_t at = 0; at < all.size();) {
    const uint32_t page = cev_page_of(all[at].high, pages);
    const size_t length = cev_page_length(all.data() + at, all.size() - at, pages);
    REQUIRE(page < pages && length > 0 && length <= all.size() - at);
    REQUIRE(cev_page_start(bucket, page, pages) <= all[at].high);
    REQUIRE(page + 1 == pages || all[at + length - 1].high < cev_page_start(bucket, page + 1, pages));
    const std::vector<char> bytes = packed(all.data() + at, length);
    if (at % 2) {
      cev_filter_add(filter, 0, pages, all.data() + at, length);
    } else {
      cev_filter_add_stored(filter, 0, pages, bytes.data(), bytes.size());
    }
    for (const cev_identity &one : given) {
      cev_identity found;
      const bool is_here = cev_page_find(bytes.data(), bytes.size(), &one, &found);
      const auto there = known.find({one.high, one.low});
      REQUIRE(is_here == (there != known.end() && cev_page_of(one.high, pages) == page));
      REQUIRE(!is_here || is_same(found, there->second));
    }
    at += length;
  }
  for (int has_filter = 1; has_filter >= 0; --has_filter) {
    if (!has_filter) stored.filters[bucket] = nullptr;
    std::vector<uint32_t> maybe(given.size() + 1);
    const uint32_t count = cev_run_probe(&stored, given.data(), uint32_t(given.size()), maybe.data());
    REQUIRE(count <= given.size() && std::is_sorted(maybe.begin(), maybe.begin() + count));
    for (uint32_t i = 0; i < given.size(); ++i) {
      const bool is_found = std::binary_search(maybe.begin(), maybe.begin() + count, i);
      if (given[i].high >> 56 == bucket) REQUIRE(is_found);
      if (given[i].high >> 56 != bucket) REQUIRE(!is_found);
    }
  }
  cev_filter_close(filter);
}

static void merge(const std::vector<cev_identity> &given, size_t sources, uint16_t hour, int32_t window) {
  static cev_merge *merge = cev_merge_open();
  const uint64_t first = 0, last = 0xff7fffffffffffff;
  cev_merge_begin(merge, first, last, hour, window);
  Known expected;
  for (size_t source = 0; source < sources; ++source) {
    Known own;
    for (size_t i = source; i < given.size(); i += sources) own[{given[i].high, given[i].low}] = given[i];
    const std::vector<cev_identity> all = in_order(own);
    REQUIRE(cev_merge_source(merge));
    size_t taken = 0, in_range = 0;
    for (size_t at = 0; at < all.size(); at += 7) {
      const std::vector<char> bytes = packed(all.data() + at, std::min<size_t>(7, all.size() - at));
      taken += cev_merge_take(merge, bytes.data(), bytes.size());
    }
    for (const cev_identity &one : all) {
      if (one.high < first || one.high > last) continue;
      ++in_range;
      if (int16_t(uint16_t(hour - one.hour)) > window) continue;
      const auto there = expected.find({one.high, one.low});
      // Of equal ones the latest arrival.
      if (there == expected.end() || int16_t(uint16_t(one.hour - there->second.hour)) > 0) {
        expected[{one.high, one.low}] = one;
      }
    }
    REQUIRE(taken == in_range);
  }
  size_t count;
  const cev_identity *merged = cev_merge_end(merge, &count);
  const std::vector<cev_identity> all = in_order(expected);
  REQUIRE(merged && count == all.size() && std::equal(all.begin(), all.end(), merged, is_same));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input input{reinterpret_cast<const char *>(data), size};
  const size_t sources = fuzz_byte(&input) % 6 + 1;
  const uint8_t window = fuzz_byte(&input);
  std::vector<cev_identity> given;
  while (input.left >= 4 && given.size() < 500) given.push_back(identity(&input));
  recent(given);
  for (uint8_t bucket : {0, 1, 255}) run(given, bucket, uint32_t(sources * sources + window % 3));
  // The hours lie within half the range of 16 bits of each other, as those of a store do.
  for (cev_identity &one : given) one.hour = uint16_t(0xfff0 + one.hour % 12000);
  merge(given, sources, uint16_t(0xfff0 + 12000), int32_t(window) * 50);
  return 0;
}
