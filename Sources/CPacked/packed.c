#include "CPacked.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

// The largest window of a zstd frame: 128 MiB, as the command line tool takes without being asked for more.
enum { WINDOW_LOG_MAX = 27 };

struct cpk_stream {
  cpk_format format;
  z_stream gzip;
  ZSTD_DStream *zstd;
  uint64_t begun;  // streams
  bool is_whole;
  const char *reason;
};

cpk_stream *cpk_open(cpk_format format) {
  cpk_stream *stream = calloc(1, sizeof(cpk_stream));
  if (!stream) return NULL;
  stream->format = format;
  stream->is_whole = true;
  stream->reason = "";
  bool is_open;
  if (format == CPK_GZIP) {
    // 16: a gzip header and nothing else.
    is_open = inflateInit2(&stream->gzip, 15 + 16) == Z_OK;
  } else {
    stream->zstd = ZSTD_createDStream();
    is_open = stream->zstd &&
              !ZSTD_isError(ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
  }
  if (is_open) return stream;
  ZSTD_freeDStream(stream->zstd);
  free(stream);
  return NULL;
}

void cpk_close(cpk_stream *stream) {
  if (!stream) return;
  if (stream->format == CPK_GZIP) inflateEnd(&stream->gzip);
  ZSTD_freeDStream(stream->zstd);
  free(stream);
}

bool cpk_is_whole(const cpk_stream *stream) { return stream->is_whole; }

const char *cpk_reason(const cpk_stream *stream) { return stream->reason; }

// The first byte of a stream tells most of what is none, also where only one byte is left.
static bool may_begin(const cpk_stream *stream, uint8_t first) {
  return stream->format == CPK_GZIP ? first == 0x1f : first == 0x28 || (first >= 0x50 && first <= 0x5f);
}

static cpk_problem foreign(const cpk_stream *stream) { return stream->begun > 1 ? CPK_TRAILING : CPK_FOREIGN; }

static cpk_problem unpack_gzip(cpk_stream *stream, const void *bytes, size_t length, size_t *used, void *out, size_t room,
                               size_t *written) {
  z_stream *gzip = &stream->gzip;
  gzip->next_in = (Bytef *)bytes;
  gzip->avail_in = length < UINT_MAX ? (uInt)length : UINT_MAX;
  gzip->next_out = out;
  gzip->avail_out = room < UINT_MAX ? (uInt)room : UINT_MAX;
  const uInt in = gzip->avail_in, free = gzip->avail_out;
  const int status = inflate(gzip, Z_NO_FLUSH);
  *used = in - gzip->avail_in;
  *written = free - gzip->avail_out;
  switch (status) {
    case Z_OK: case Z_BUF_ERROR: return CPK_FINE;
    case Z_STREAM_END: stream->is_whole = true; return CPK_FINE;
    case Z_MEM_ERROR: return CPK_MEMORY;
    default:
      stream->reason = gzip->msg ? gzip->msg : "invalid data";
      return strcmp(stream->reason, "incorrect header check") == 0 ? foreign(stream) : CPK_DAMAGED;
  }
}

static cpk_problem unpack_zstd(cpk_stream *stream, const void *bytes, size_t length, size_t *used, void *out, size_t room,
                               size_t *written) {
  ZSTD_inBuffer in = {bytes, length, 0};
  ZSTD_outBuffer made = {out, room, 0};
  const size_t status = ZSTD_decompressStream(stream->zstd, &made, &in);
  *used = in.pos;
  *written = made.pos;
  if (!ZSTD_isError(status)) {
    stream->is_whole = status == 0;
    return CPK_FINE;
  }
  stream->reason = ZSTD_getErrorName(status);
  switch (ZSTD_getErrorCode(status)) {
    case ZSTD_error_memory_allocation: return CPK_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge: return CPK_WINDOW;
    case ZSTD_error_prefix_unknown: return foreign(stream);
    default: return CPK_DAMAGED;
  }
}

cpk_problem cpk_unpack(cpk_stream *stream, const void *bytes, size_t length, size_t *used, void *out, size_t room,
                       size_t *written) {
  *used = *written = 0;
  if (stream->is_whole) {
    // Without a byte more no stream begins.
    if (length == 0) return CPK_FINE;
    ++stream->begun;
    if (!may_begin(stream, *(const uint8_t *)bytes)) return foreign(stream);
    if (stream->format == CPK_GZIP && inflateReset(&stream->gzip) != Z_OK) return CPK_DAMAGED;
    stream->is_whole = false;
  }
  return stream->format == CPK_GZIP ? unpack_gzip(stream, bytes, length, used, out, room, written)
                                    : unpack_zstd(stream, bytes, length, used, out, room, written);
}
