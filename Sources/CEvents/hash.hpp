#pragma once
#include <cstdint>
#include <cstring>

#include "CEvents.h"

/// SipHash-2-4 with 128 bits of output, over pieces: the same bytes hash the same however they are cut.
/// After Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with the later 128-bit finalisation.
class Hasher {
 public:
  explicit Hasher(const uint8_t key[16]) {
    uint64_t k0, k1;
    std::memcpy(&k0, key, 8);
    std::memcpy(&k1, key + 8, 8);
    v0 = 0x736f6d6570736575ULL ^ k0;
    v1 = 0x646f72616e646f6dULL ^ k1 ^ 0xee;
    v2 = 0x6c7967656e657261ULL ^ k0;
    v3 = 0x7465646279746573ULL ^ k1;
  }

  void add(const void *bytes, size_t length) {
    auto p = static_cast<const uint8_t *>(bytes);
    total += length;
    while (length > 0 && filled > 0) {
      push(*p++);
      --length;
    }
    for (; length >= 8; p += 8, length -= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      absorb(word);
    }
    for (; length > 0; --length) push(*p++);
  }

  /// Bytes with their length before them, so that ("ab","c") and ("a","bc") differ.
  void add_field(const char *bytes, uint32_t length) {
    add(&length, 4);
    add(bytes, length);
  }

  cev_hash finish() {
    uint64_t last = (uint64_t(total) << 56) | pending;
    absorb(last);
    v2 ^= 0xee;
    for (int i = 0; i < 4; ++i) round();
    cev_hash hash;
    hash.high = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    for (int i = 0; i < 4; ++i) round();
    hash.low = v0 ^ v1 ^ v2 ^ v3;
    return hash;
  }

 private:
  uint64_t v0, v1, v2, v3;
  uint64_t pending = 0;
  unsigned filled = 0;
  size_t total = 0;

  static uint64_t rotate(uint64_t x, int b) { return (x << b) | (x >> (64 - b)); }

  void round() {
    v0 += v1; v1 = rotate(v1, 13); v1 ^= v0; v0 = rotate(v0, 32);
    v2 += v3; v3 = rotate(v3, 16); v3 ^= v2;
    v0 += v3; v3 = rotate(v3, 21); v3 ^= v0;
    v2 += v1; v1 = rotate(v1, 17); v1 ^= v2; v2 = rotate(v2, 32);
  }

  void absorb(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  void push(uint8_t byte) {
    pending |= uint64_t(byte) << (8 * filled);
    if (++filled == 8) {
      absorb(pending);
      pending = 0;
      filled = 0;
    }
  }
};

/// A fast unkeyed hash for tables in memory (FNV over words, mixed at the end).
inline uint64_t quick_hash(const char *bytes, size_t length, uint64_t seed) {
  uint64_t hash = seed ^ (length * 0x9e3779b97f4a7c15ULL);
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
  }
  uint64_t word = 0;
  std::memcpy(&word, bytes, length);
  hash = (hash ^ word) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 29);
}

/// TidemillCore's Bucket: FNV-1a over the id, folded.
inline uint8_t bucket_of(cls_text customer) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (uint32_t i = 0; i < customer.length; ++i) {
    hash = (hash ^ static_cast<uint8_t>(customer.bytes[i])) * 0x00000100000001b3ULL;
  }
  return uint8_t((hash >> 32) ^ hash);
}
