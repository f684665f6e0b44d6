#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Compressed files, unpacked piece by piece: memory is bounded by what one stream asks for, never by its ratio.

typedef enum { CPK_GZIP, CPK_ZSTD } cpk_format;

typedef enum {
  CPK_FINE,
  CPK_FOREIGN,   ///< the bytes are not of that format
  CPK_TRAILING,  ///< what follows a whole stream is none
  CPK_DAMAGED,   ///< `cpk_reason` has the library's word for it
  CPK_WINDOW,    ///< a stream asks for more memory than it may have
  CPK_MEMORY,    ///< the machine has none left
} cpk_problem;

/// A file's streams (members of gzip, frames of zstd), one after the other.
typedef struct cpk_stream cpk_stream;

/// NULL when memory is short.
cpk_stream *cpk_open(cpk_format format);
void cpk_close(cpk_stream *stream);

/// Unpacks bytes[0..<length] into out[0..<room]: *used of the one make *written of the other. When `out` is full there may
/// be more without further bytes. After a problem the stream is of no more use.
cpk_problem cpk_unpack(cpk_stream *stream, const void *bytes, size_t length, size_t *used, void *out, size_t room,
                       size_t *written);

/// Whether what was taken so far is whole streams: a file that ends elsewhere is cut off.
bool cpk_is_whole(const cpk_stream *stream);

/// What is damaged, in the library's words.
const char *cpk_reason(const cpk_stream *stream);

#ifdef __cplusplus
}
#endif
