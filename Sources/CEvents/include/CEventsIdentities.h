#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The identities of events that were seen: the table of the recent ones, the filters of stored runs, and the merging of
// runs. Whatever goes over all keys of a batch or a run is here.

/// What is remembered of one event: its keyed hash (the bucket is its first byte), 16 bits of its content, and the hour of
/// its arrival modulo 2¹⁶. `low` is never 0.
typedef struct {
  uint64_t high, low;
  uint16_t content, hour;
} cev_identity;

enum {
  CEV_STORED_IDENTITY = 20,  ///< bytes of an identity in the store: the fields one after the other
  CEV_PAGE_IDENTITIES = 192, ///< identities of a page on the average
  CEV_PAGE_BLOCKS = 6,       ///< blocks of the filter that belong to a page: 16 bits an identity
  CEV_BLOCK_BYTES = 64,      ///< one cache line
  CEV_BUCKETS = 256,
};

/// A hash table of identities in memory.
typedef struct cev_recent cev_recent;
/// NULL when memory is short.
cev_recent *cev_recent_open(void);
void cev_recent_close(cev_recent *recent);
void cev_recent_clear(cev_recent *recent);
size_t cev_recent_count(const cev_recent *recent);
/// Adds the identity, or replaces the one with its hash. False when memory is short.
bool cev_recent_insert(cev_recent *recent, const cev_identity *identity);
/// As above for stored identities in bytes[0..<length].
bool cev_recent_load(cev_recent *recent, const void *bytes, size_t length);
/// NULL when it is not there.
const cev_identity *cev_recent_find(const cev_recent *recent, const cev_identity *identity);
/// Says that the identity is looked for soon.
void cev_recent_prefetch(const cev_recent *recent, const cev_identity *identity);
/// Copies all identities into out[0..<count], in their order.
void cev_recent_sorted(const cev_recent *recent, cev_identity *out);

// A run keeps a bucket's identities in `pages` pages, in the order of their hashes: the page is computed, not searched.
// Filter block b of a bucket belongs to page b ÷ CEV_PAGE_BLOCKS: an ordered run fills its filter in order, and the filter
// can be written, loaded and given up page by page.

/// The page of a hash among its bucket's.
uint32_t cev_page_of(uint64_t high, uint32_t pages);
/// The least `high` that falls on the page.
uint64_t cev_page_start(uint8_t bucket, uint32_t page, uint32_t pages);
/// How many of the ordered identities fall on the page of the first.
size_t cev_page_length(const cev_identity *identities, size_t count, uint32_t pages);
/// Packs identities as they are stored: CEV_STORED_IDENTITY bytes each.
void cev_pack(const cev_identity *identities, size_t count, void *out);
/// Looks for the identity in a stored page.
bool cev_page_find(const void *page, size_t length, const cev_identity *identity, cev_identity *found);

/// Zeroed blocks for the filter of `pages` pages. NULL when memory is short.
uint64_t *cev_filter_open(size_t pages);
void cev_filter_close(uint64_t *filter);
/// Enters identities of one bucket of `pages` pages; `filter` begins with the blocks of page `first`.
void cev_filter_add(uint64_t *filter, uint32_t first, uint32_t pages, const cev_identity *identities, size_t count);
/// As above for stored identities in bytes[0..<length].
void cev_filter_add_stored(uint64_t *filter, uint32_t first, uint32_t pages, const void *bytes, size_t length);

/// What looking into a run needs in memory.
typedef struct {
  uint64_t first, last;           ///< the hashes (`high`) that the run answers for; none when first > last
  uint32_t pages[CEV_BUCKETS];    ///< 0: the bucket is empty
  uint64_t *filters[CEV_BUCKETS]; ///< NULL: not in memory; then every hash may be in the run
} cev_run;

/// Fills `maybe` with the indices of the identities that may be in the run, ascending; returns how many there are.
uint32_t cev_run_probe(const cev_run *run, const cev_identity *identities, uint32_t count, uint32_t *maybe);

/// Merges stored identities of several sources.
typedef struct cev_merge cev_merge;
/// NULL when memory is short.
cev_merge *cev_merge_open(void);
void cev_merge_close(cev_merge *merge);
/// Begins anew with the hashes first...last. Identities that arrived more than `window` hours before `hour` are left out.
void cev_merge_begin(cev_merge *merge, uint64_t first, uint64_t last, uint16_t hour, int32_t window);
/// The next source begins.
bool cev_merge_source(cev_merge *merge);
/// Takes what is in range of a stored page of the source, page after page; returns how many that were, those that were
/// left out among them. SIZE_MAX when memory is short.
size_t cev_merge_take(cev_merge *merge, const void *bytes, size_t length);
/// What was taken, in order, of equal hashes the latest arrival. Valid until the merge begins anew. NULL when memory is
/// short.
const cev_identity *cev_merge_end(cev_merge *merge, size_t *count);

#ifdef __cplusplus
}
#endif
