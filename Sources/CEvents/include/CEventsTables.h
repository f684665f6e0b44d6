#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Tables (CSV, RFC 4180) as lines of JSON: one record a row, and as many line ends as the row has, so that lines of the
// one are lines of the other.

typedef struct cev_table cev_table;

/// NULL when memory is short. A row of more than `record_length_max` bytes is rejected.
cev_table *cev_table_open(uint32_t record_length_max);
void cev_table_close(cev_table *table);

/// Takes the next bytes; what they make joins the output. False when memory is short, or the whole file is refused: then
/// `cev_table_problem` is not NULL.
bool cev_table_take(cev_table *table, const char *bytes, size_t length);
/// The file ends here.
bool cev_table_end(cev_table *table);

/// What was made since the last `cev_table_clear`.
const char *cev_table_output(const cev_table *table, size_t *length);
void cev_table_clear(cev_table *table);

/// Why the file is refused as a whole; NULL: it is not.
const char *cev_table_problem(const cev_table *table);
/// The line that is being read, counted from 1; of a problem its line.
uint64_t cev_table_line(const cev_table *table);

/// A line that begins so stands for a row that is rejected: its message follows, then CEV_ROW_TEXT, then the row.
enum { CEV_ROW_REJECTED = 0x1e, CEV_ROW_TEXT = 0x1f };

#ifdef __cplusplus
}
#endif
