#pragma once
#include <cstddef>
#include <simdjson.h>

#include <string>

/// Appends `bytes` as a JSON string.
void append_json_string(std::string &out, const char *bytes, size_t length);

/// Text for a message: control characters and invalid bytes escaped, cut after 80 bytes.
std::string shown(const char *bytes, size_t length);

/// What a value is, for a message: "a string".
const char *kind_of(simdjson::dom::element value);
