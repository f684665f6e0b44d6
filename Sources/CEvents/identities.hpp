#pragma once
#include <cstring>

#include "CEvents.h"

inline bool is_before(const cev_identity &left, const cev_identity &right) {
  return left.high != right.high ? left.high < right.high : left.low < right.low;
}

inline cev_identity unpack(const char *bytes) {
  cev_identity identity;
  std::memcpy(&identity.high, bytes, 8);
  std::memcpy(&identity.low, bytes + 8, 8);
  std::memcpy(&identity.content, bytes + 16, 2);
  std::memcpy(&identity.hour, bytes + 18, 2);
  return identity;
}

/// floor(x × n ÷ 2⁶⁴): the place of a hash among n equal parts, in the order of the hashes.
inline uint64_t place_of(uint64_t x, uint64_t n) {
  return uint64_t((static_cast<unsigned __int128>(x) * n) >> 64);
}
