#include "CBase.h"

#include <limits.h>
#include <string.h>

// The letters of a word: code points, ASCII in lower case. A byte that is no UTF-8 is a letter of its own. -1: more
// than 64.
static int letters(const char *bytes, size_t length, uint32_t out[CB_WORD_MAX]) {
  int count = 0;
  for (size_t i = 0; i < length; ++count) {
    if (count == CB_WORD_MAX) return -1;
    const unsigned char first = (unsigned char)bytes[i++];
    const int more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t letter = first >= 'A' && first <= 'Z' ? first + 32u : first;
    if (more > 0 && length - i >= (size_t)more) {
      uint32_t point = first & (0x3fu >> more);
      int taken = 0;
      for (; taken < more && ((unsigned char)bytes[i + (size_t)taken] & 0xc0) == 0x80; ++taken) {
        point = point << 6 | ((unsigned char)bytes[i + (size_t)taken] & 0x3f);
      }
      if (taken == more) {
        // Apart from bytes that stand alone.
        letter = point + 0x100;
        i += (size_t)more;
      }
    }
    out[count] = letter;
  }
  return count;
}

static int distance(const uint32_t *a, int n, const uint32_t *b, int m, int most) {
  if (n - m > most || m - n > most) return most + 1;
  int rows[3][CB_WORD_MAX + 1];
  for (int j = 0; j <= m; ++j) rows[0][j] = j;
  for (int i = 1; i <= n; ++i) {
    const int *before = rows[(i + 1) % 3], *last = rows[(i - 1) % 3];
    int *now = rows[i % 3], least = i;
    now[0] = i;
    for (int j = 1; j <= m; ++j) {
      int cost = last[j - 1] + (a[i - 1] != b[j - 1]);
      if (last[j] + 1 < cost) cost = last[j] + 1;
      if (now[j - 1] + 1 < cost) cost = now[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < cost) {
        cost = before[j - 2] + 1;
      }
      now[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > most) return most + 1;
  }
  return rows[n % 3][m];
}

int cb_distance(const char *word, size_t length, const char *other, size_t other_length, int most) {
  uint32_t a[CB_WORD_MAX], b[CB_WORD_MAX];
  const int n = letters(word, length, a), m = letters(other, other_length, b);
  return n < 0 || m < 0 ? INT_MAX : distance(a, n, b, m, most);
}

void cb_search_begin(cb_search *search, const char *word, size_t length, int most) {
  search->length = letters(word, length, search->word);
  const int third = search->length / 3 > 1 ? search->length / 3 : 1;
  search->allowed = third < most ? third : most;
  search->distance = INT_MAX;
  search->best[0] = 0;
}

bool cb_search_try(cb_search *search, const char *candidate, size_t length) {
  uint32_t other[CB_WORD_MAX];
  const int count = letters(candidate, length, other);
  if (search->length <= 0 || count <= 0 || length >= CB_WORD_BYTES) return false;
  const int found = distance(search->word, search->length, other, count, search->allowed);
  // A word of which no letter is right is not meant.
  if (found > search->allowed || found >= (search->length > count ? search->length : count)) return false;
  if (found > search->distance) return false;
  char text[CB_WORD_BYTES];
  memcpy(text, candidate, length);
  text[length] = 0;
  if (found == search->distance && strcmp(text, search->best) >= 0) return false;
  search->distance = found;
  memcpy(search->best, text, length + 1);
  return true;
}
