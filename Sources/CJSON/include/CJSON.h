#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One value of a parsed document. Nodes lie in document order: an array's items and an object's members follow it;
/// a member is a string node (its key) followed by its value.
typedef enum {
  CJSON_NULL, CJSON_FALSE, CJSON_TRUE,
  CJSON_INTEGER,  ///< fits int64; `integer`
  CJSON_NUMBER,   ///< any other number; `text` are its digits as delivered, `real` the nearest double
  CJSON_STRING,   ///< `text`, unescaped UTF-8, may contain NUL
  CJSON_ARRAY,    ///< `count` items follow
  CJSON_OBJECT,   ///< `count` members follow
} cjson_type;

typedef struct {
  uint8_t type;
  uint32_t count;   ///< items, members, or bytes of `text`
  uint32_t span;    ///< nodes of the whole value, itself included: `node + span` is the next sibling
  int64_t integer;
  double real;
  const char *text;
} cjson_node;

typedef struct cjson_parser cjson_parser;

/// At most `max_depth` levels of nesting. NULL when memory is short.
cjson_parser *cjson_open(size_t max_depth);
void cjson_close(cjson_parser *parser);

/// Parses one document. The bytes are copied; nodes and texts live until the next parse or close.
/// Returns NULL on success, else what is wrong, with line and column; lives until the next parse or close.
const char *cjson_parse(cjson_parser *parser, const char *bytes, size_t length, const cjson_node **nodes, size_t *count);

/// How many nodes a text has at most, without parsing it: values, and names of members.
size_t cjson_count(const char *bytes, size_t length);

/// A name that two members of one object have, of the nodes that were parsed; NULL: there is none.
const cjson_node *cjson_twin(const cjson_node *nodes, size_t count);

/// Where a text stops being JSON: line and column from 1, columns in characters, and what was expected there.
typedef struct {
  size_t line, column;
  char what[240];
} cjson_fault;

enum {
  CJSON_BOUNDED_NUMBERS = 1,  ///< numbers fit a float, or 64 bits where they are whole
  CJSON_HALF_CHARACTERS = 2,  ///< halves of surrogate pairs may stand alone
  CJSON_FINITE_NUMBERS = 4,   ///< numbers fit a float, whole or not
};

/// Looks for the first fault, slowly: for texts that a parser has refused. False: there is none.
bool cjson_find_fault(const char *bytes, size_t length, size_t depth_max, unsigned rules, cjson_fault *fault);

#ifdef __cplusplus
}
#endif
