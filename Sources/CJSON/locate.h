#pragma once
#include <cstddef>
#include <string>

// Where a text stops being JSON, in words: `line 2, column 7: expected a value, got "}"`. Empty: nothing is wrong with it.
// CJSON.h has the parts.
std::string cjson_locate(const char *bytes, size_t length, size_t depth_max);
