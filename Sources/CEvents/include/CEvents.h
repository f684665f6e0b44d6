#pragma once
#include <CLuaSupport.h>
#include "CEventsIdentities.h"
#include "CEventsTables.h"

#ifdef __cplusplus
extern "C" {
#endif

// The hot path of ingest: the text of a delivery in, one flat batch of decoded, filtered, mapped records out.

typedef enum { CEV_EVENT, CEV_USAGE, CEV_WEBHOOK, CEV_OPERATION, CEV_UNKNOWN } cev_kind;

typedef enum {
  CEV_KEPT,      ///< an event to meter (see its parts), or a record of another kind to perform
  CEV_FILTERED,  ///< an event that filter `rule` dropped, `message` is its reason
  CEV_REJECTED,  ///< `code` and `message` say why; `rule` when a rule failed
} cev_verdict;

enum { CEV_NO_RULE = UINT32_MAX };

/// 128 bits of SipHash-2-4.
typedef struct {
  uint64_t high, low;
} cev_hash;

/// One record of a delivery.
typedef struct {
  uint64_t number;      ///< counts the delivery's records from 1; blank lines are none
  uint64_t line;        ///< counts the text's lines from 1
  const char *text;     ///< the record as delivered, in the caller's bytes
  uint32_t length;
  uint32_t segment;     ///< which source of the batch it belongs to
  uint8_t kind;         ///< cev_kind
  uint8_t verdict;      ///< cev_verdict
  bool has_key;         ///< whether the event brought an idempotencyKey
  uint32_t rule;        ///< index into the pipeline, or CEV_NO_RULE
  const char *code;     ///< static; NULL unless rejected
  cls_text message;
  // Events only, as delivered:
  cev_hash identity;    ///< keyed, over (customerId, resourceId, eventName, idempotencyKey); the bucket is its first byte
  uint16_t content;     ///< over timestamp and dimensions in any order: a repeat that differs is told by it
  cls_text customer_id, idempotency_key;
  int64_t timestamp;    ///< microseconds; the source's received_at where the event has none
  uint32_t part_first, part_count;
  // Events and usage reports:
  uint32_t unknown_first, unknown_count;  ///< names of fields that the kind does not have; an empty one: and others
} cev_record;

/// What is metered of an event: its mapped form, or one of the parts of a split event.
typedef struct {
  uint32_t record;
  uint8_t bucket;       ///< of the mapped customer, as TidemillCore's Bucket
  cls_text customer_id, resource_id, event_name;
  uint64_t customer_hash;  ///< unkeyed, of customer_id, for tables in memory
  uint64_t subject;     ///< unkeyed 64-bit hash of (customer_id, resource_id), for tables in memory
  int64_t timestamp;
  cls_text patch;       ///< JSON of what the mappings changed; length 0: nothing
  uint32_t value_first; ///< index of its first value; one value per metered field; a dropped part has none
  uint32_t dropped_by;  ///< the filter that dropped this part of a split event, or CEV_NO_RULE
  cls_text reason;      ///< the filter's reason
} cev_part;

typedef enum { CEV_ABSENT, CEV_FALSE, CEV_TRUE, CEV_NUMBER, CEV_STRING } cev_value_type;

/// The value of a metered field.
typedef struct {
  uint8_t type;         ///< cev_value_type
  bool has_amount;      ///< the number, or the plain decimal string, as an exact amount
  int64_t units;
  int32_t nanos;        ///< same sign as units
  cls_text text;        ///< string: its bytes; number: its digits
} cev_value;

/// Where a run of records comes from.
typedef struct {
  cls_text delivery;        ///< identity of records without a key: (delivery, record number)
  int64_t received_at;      ///< microseconds
  int64_t latest;           ///< the newest timestamp that is accepted
  uint8_t accepts;          ///< bit 1 << cev_kind
  cls_text ignored;         ///< names of unknown fields that are passed over, a zero byte behind each
  bool is_table;            ///< its lines were made of a table: some stand for rows that are rejected
} cev_source;

typedef enum { CEV_DIMENSION, CEV_CUSTOMER_ID, CEV_RESOURCE_ID, CEV_EVENT_NAME } cev_field_source;

/// A field that meters read.
typedef struct {
  uint8_t source;  ///< cev_field_source
  cls_text name;   ///< the dimension's key
  bool numeric;    ///< it is added up or compared: an event whose number there is no exact amount is rejected
} cev_field;

typedef struct cev_decoder cev_decoder;
typedef struct cev_batch cev_batch;

/// `key` keys the identity hashes: the store's secret, so that nobody can make two identities collide.
cev_decoder *cev_decoder_open(const uint8_t key[16]);
void cev_decoder_close(cev_decoder *decoder);
/// The fields that meters read.
bool cev_decoder_set_fields(cev_decoder *decoder, const cev_field *fields, uint32_t count);
/// The rules that events go through; NULL for none. The state is used by the decoding thread only.
void cev_decoder_set_rules(cev_decoder *decoder, cls_state *rules);

/// Rejects the record with this number (from 1 on; 0: none) unread, as "poison": it has ended the process before.
bool cev_decoder_set_aside(cev_decoder *decoder, uint64_t number, const char *message);

cev_batch *cev_batch_open(void);
void cev_batch_close(cev_batch *batch);
void cev_batch_reset(cev_batch *batch);

/// Decodes the lines in bytes[0..<length] (64 more bytes are readable) until `records_max` records are in the batch.
/// Advances *record and *line. Returns the bytes consumed: up to the last complete line, or all when `is_final`.
/// SIZE_MAX when memory is short.
size_t cev_decode_lines(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                        const char *bytes, size_t length, bool is_final, uint32_t record_length_max,
                        uint32_t records_max, uint64_t *record, uint64_t *line);

/// Decodes one record, whatever white space it holds (64 more bytes are readable). False when memory is short.
bool cev_decode_record(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                       const char *bytes, size_t length, uint32_t record_length_max, uint64_t record, uint64_t line);

/// Checks a whole `.json` document: one object, or an array of records. Returns NULL when it is well-formed, else what is
/// wrong, with line and column (0: nobody knows); `cev_out_of_memory` when memory is short. Records over
/// `record_length_max` are only stepped over.
const char *cev_check_document(cev_decoder *decoder, const char *bytes, size_t length, uint32_t record_length_max,
                               uint64_t *line, uint64_t *column);
extern const char *const cev_out_of_memory;

/// Whether the decoder adds no more to the batch: as many records, as many parts of split events, or as many records
/// that are performed one by one.
bool cev_batch_is_full(const cev_batch *batch, uint32_t records_max);

/// Decodes the records of a checked document, starting at byte *offset (0 at first), until `records_max` records are in
/// the batch. Returns false when memory is short. At the end *offset is `length`.
bool cev_decode_document(cev_decoder *decoder, cev_batch *batch, const cev_source *source, uint32_t segment,
                         const char *bytes, size_t length, uint32_t record_length_max, uint32_t records_max,
                         size_t *offset, uint64_t *record, uint64_t *line);

/// Decodes one stored event without rules: the text as delivered and the patches of its mapped forms (JSON; none: the
/// event itself). Appends one record and its parts. Used to meter stored events again.
bool cev_decode_stored(cev_decoder *decoder, cev_batch *batch, const char *text, uint32_t length,
                       const cls_text *patches, uint32_t patch_count, int64_t received_at);

const cev_record *cev_batch_records(const cev_batch *batch, uint32_t *count);
const cev_part *cev_batch_parts(const cev_batch *batch, uint32_t *count);
const cev_value *cev_batch_values(const cev_batch *batch);
const cls_text *cev_batch_unknown(const cev_batch *batch);
/// Bytes that the batch holds in memory.
size_t cev_batch_size(const cev_batch *batch);

/// The top-level fields of events or usage reports, NULL behind the last: the others are unknown.
const char *const *cev_fields(cev_kind kind);

/// SipHash-2-4 with 128 bits of output.
cev_hash cev_hash_bytes(const uint8_t key[16], const void *bytes, size_t length);

#ifdef __cplusplus
}
#endif
