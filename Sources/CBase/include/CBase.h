#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What Swift, C++ and Lua must read, write and call the same: dates, instants, decimals, misspelt words, bytes as text.
// Nothing here allocates, keeps a state, or knows the others. Held by the vectors of Tests/Fixtures.

// MARK: - The proleptic Gregorian calendar

typedef struct {
  int64_t year, month, day;
} cb_date;

/// Days since 1970-01-01. The month is 1 to 12; the day may lie outside of its month.
int64_t cb_days(int64_t year, int64_t month, int64_t day);
cb_date cb_date_of(int64_t days);
int64_t cb_days_in_month(int64_t year, int64_t month);

// MARK: - Instants: microseconds since 1970-01-01T00:00:00Z

enum { CB_INSTANT_TEXT = 40 };

/// Whether a moment, in seconds since 1970, lies in the years 1 to 9999: others have no text that could be read.
bool cb_instant_is_in_range(int64_t seconds);

/// Reads RFC 3339: `2026-10-01T00:00:02.5Z`, an offset instead of `Z`, a blank instead of `T`. Digits after the sixth
/// decimal are cut. A leap second counts as the second after. False for anything else, and outside the years 1 to 9999.
bool cb_instant_read(const char *text, size_t length, int64_t *microseconds);
/// Also reads `2026-10-01`, `2026-10-01 12:00` and `2026-10-01 12:00:30.5`, which are `is_local`: no zone is named.
bool cb_instant_read_local(const char *text, size_t length, int64_t *microseconds, bool *is_local);
/// `2026-10-01T00:00:02.500Z` with 3 `places`, `2026-10-01T00:00:02Z` with 0: what is finer is cut. Returns the length.
size_t cb_instant_write(int64_t microseconds, int places, char out[CB_INSTANT_TEXT]);

// MARK: - Decimals: at most 18 digits before and 9 after the point

enum { CB_DECIMAL_TEXT = 48 };

/// Whole units and 10^-9 units, of the same sign.
typedef struct {
  int64_t units;
  int32_t nanos;
} cb_decimal;

typedef enum { CB_DECIMAL_READ, CB_NO_DECIMAL, CB_DECIMAL_TOO_LARGE, CB_DECIMAL_TOO_FINE } cb_decimal_outcome;

/// Reads JSON's number syntax plus leading zeros, of any length; an exponent is good as long as the value fits.
cb_decimal_outcome cb_decimal_read(const char *digits, size_t length, cb_decimal *value);
/// The shortest text of a value in 10^-9 units: `12`, `-0.5`. It is the signed 128-bit number `high` × 2^64 + `low`.
/// Returns the length.
size_t cb_decimal_write(int64_t high, uint64_t low, char out[CB_DECIMAL_TEXT]);
/// Whether it is digits with at most a sign and a point, `-12.5`, of any length: no exponent, no blank.
bool cb_is_plain_decimal(const char *text, size_t length);

// MARK: - Words that were meant

enum { CB_WORD_MAX = 64, CB_WORD_BYTES = 4 * CB_WORD_MAX + 1 };

/// The search for the known word that a misspelt one most likely meant. A third of its letters may be wrong, of the
/// shortest words one; the case of ASCII letters does not count, and words of more than 64 letters are like none. Ties
/// go to the first in bytewise order, so that a message is the same in every run.
typedef struct {
  uint32_t word[CB_WORD_MAX];
  int length, allowed, distance;
  char best[CB_WORD_BYTES];  ///< NUL-terminated; empty: none yet
} cb_search;

/// `most` letters may be wrong, however long the word is.
void cb_search_begin(cb_search *search, const char *word, size_t length, int most);
/// True when this candidate is nearer than all before.
bool cb_search_try(cb_search *search, const char *candidate, size_t length);

/// Letters that must be added, taken away, replaced, or swapped with their neighbour to make one word the other, where
/// those are at most `most`; else more than `most`.
int cb_distance(const char *word, size_t length, const char *other, size_t other_length, int most);

// MARK: - Bytes as hexadecimal digits

/// Writes two digits a byte, in lower case.
void cb_hex_write(const void *bytes, size_t length, char *out);
/// Reads `length` bytes from twice as many digits of either case. False where one is no digit.
bool cb_hex_read(const char *digits, size_t length, void *bytes);

#ifdef __cplusplus
}
#endif
