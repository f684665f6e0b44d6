#pragma once
#include <cstdint>
#include <string>

#include "CEvents.h"

/// Microseconds since 1970 of an RFC 3339 instant, as TidemillCore's Timestamp reads it. False for anything else.
bool parse_timestamp(const char *bytes, size_t length, int64_t *microseconds);

/// `2026-10-01T00:00:02.500Z`; 32 bytes are enough. Returns the length.
size_t format_timestamp(int64_t microseconds, char *out);

/// An exact amount out of JSON's number syntax: at most 18 digits before and 9 after the point, exponent allowed.
bool parse_amount(const char *bytes, size_t length, int64_t *units, int32_t *nanos);

/// Whether a string is a plain decimal, `-12.5`, of any length (no exponent, no blank): what SUM accepts of strings.
bool is_decimal(const char *bytes, size_t length);

/// Appends `bytes` as a JSON string.
void append_json_string(std::string &out, const char *bytes, size_t length);

/// Text for a message: control characters and invalid bytes escaped, cut after 80 bytes.
std::string shown(const char *bytes, size_t length);
