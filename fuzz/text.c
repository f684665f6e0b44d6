// Instants, decimals, words and hexadecimal digits, as Swift, C++ and Lua read and write them (CBase).
// Input: a text; words after a comma are known ones.
#include <CBase.h>

#include "harness.h"

static void instants(const char *text, size_t length) {
  int64_t value = 0, local = 0, again = 0;
  bool is_local = false;
  const bool is_instant = cb_instant_read(text, length, &value);
  if (cb_instant_read_local(text, length, &local, &is_local)) {
    REQUIRE(is_instant == !is_local);
    REQUIRE(is_local || value == local);
    char out[CB_INSTANT_TEXT];
    size_t written = cb_instant_write(local, 3, out);
    REQUIRE(written == 24 && cb_instant_read(out, written, &again));
    REQUIRE(again <= local && local - again < 1000);
    written = cb_instant_write(local, 0, out);
    REQUIRE(written == 20 && cb_instant_read(out, written, &again) && local - again < 1000000);
  } else {
    REQUIRE(!is_instant);
  }
}

// Any 64 bits are written, and what the calendar takes apart it puts together again.
static void moments(const char *bytes, size_t length) {
  int64_t value = 0;
  char out[CB_INSTANT_TEXT];
  memcpy(&value, bytes, length < 8 ? length : 8);
  REQUIRE(cb_instant_write(value, 3, out) < CB_INSTANT_TEXT);
  const int64_t days = value >> 16;
  const cb_date date = cb_date_of(days);
  REQUIRE(date.day >= 1 && date.day <= cb_days_in_month(date.year, date.month));
  REQUIRE(cb_days(date.year, date.month, date.day) == days);
}

static void decimals(const char *text, size_t length) {
  cb_decimal value, again;
  char copy[64], out[CB_DECIMAL_TEXT];
  const cb_decimal_outcome outcome = cb_decimal_read(text, length, &value);
  if (cb_is_plain_decimal(text, length)) {
    REQUIRE(outcome != CB_NO_DECIMAL);
    // Zeros behind a plain decimal's point change nothing; a minus sign changes the sign alone.
    if (memchr(text, '.', length) && length < 60) {
      memcpy(copy, text, length);
      memcpy(copy + length, "000", 3);
      REQUIRE(cb_decimal_read(copy, length + 3, &again) == outcome);
      REQUIRE(outcome != CB_DECIMAL_READ || (again.units == value.units && again.nanos == value.nanos));
    }
  }
  if (outcome != CB_DECIMAL_READ) return;
  REQUIRE(value.units > -1000000000000000000 && value.units < 1000000000000000000);
  REQUIRE(value.nanos > -1000000000 && value.nanos < 1000000000);
  REQUIRE(value.units == 0 || value.nanos == 0 || (value.units < 0) == (value.nanos < 0));
  const __int128 exact = (__int128)value.units * 1000000000 + value.nanos;
  const size_t written = cb_decimal_write((int64_t)(exact >> 64), (uint64_t)exact, out);
  REQUIRE(written < CB_DECIMAL_TEXT && cb_is_plain_decimal(out, written));
  REQUIRE(cb_decimal_read(out, written, &again) == CB_DECIMAL_READ);
  REQUIRE(again.units == value.units && again.nanos == value.nanos);
  if (length < sizeof copy) {
    // The C library reads the same number, as far as a float goes.
    memcpy(copy, text, length);
    copy[length] = 0;
    const double there = strtod(copy, NULL), here = (double)value.units + (double)value.nanos / 1e9;
    const double most = (there < 0 ? -there : there) * 1e-14;
    REQUIRE(here - there <= most && there - here <= most);
  }
}

static void words(fuzz_input input) {
  const cls_text word = fuzz_until(&input, ",");
  cb_search search;
  cb_search_begin(&search, word.bytes, word.length, input.left % 5 == 0 ? 2 : CB_WORD_MAX);
  for (int tries = 0; input.left > 0 && tries < 20; ++tries) {
    const cls_text known = fuzz_until(&input, ",");
    const int there = cb_distance(word.bytes, word.length, known.bytes, known.length, CB_WORD_MAX);
    REQUIRE(there == cb_distance(known.bytes, known.length, word.bytes, word.length, CB_WORD_MAX));
    const int near = cb_distance(word.bytes, word.length, known.bytes, known.length, 2);
    REQUIRE(there <= 2 ? near == there : near > 2);
    if (cb_search_try(&search, known.bytes, known.length)) REQUIRE(search.distance == there && there <= search.allowed);
  }
  fuzz_read_string(search.best);
}

static void digits(const char *bytes, size_t length) {
  char *text = malloc(2 * length + 1), *back = malloc(length + 1);
  cb_hex_write(bytes, length, text);
  REQUIRE(cb_hex_read(text, length, back) && memcmp(bytes, back, length) == 0);
  cb_hex_read(bytes, length / 2, back);
  free(text);
  free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // A copy of its own: a byte too far is noticed.
  char *bytes = malloc(size + !size);
  memcpy(bytes, data, size);
  instants(bytes, size);
  moments(bytes, size);
  decimals(bytes, size);
  words((fuzz_input){bytes, size});
  if (size < 4096) digits(bytes, size);
  free(bytes);
  return 0;
}
