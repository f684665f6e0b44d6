// The Linux calls of CSpool and CProcess, in a folder of their own.
// Input: one byte a step, which says what is done to which of four names.
#define _GNU_SOURCE
#include <CProcess.h>
#include <CSpool.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "harness.h"

static const char *const names[] = {"a", "b", "a name that is longer", ".hidden"};

static void begin(void) {
  cspool_ignore_lease_breaks();
  cprocess_ignore(SIGUSR1);
  cprocess_set_stacks(1 << 20, 8 << 20);
  cprocess_raise_files(64);
  REQUIRE(cprocess_argument_count() > 0 && cprocess_argument(0));
  REQUIRE(cprocess_free_files(10) == 10 && cprocess_free_files(1000) <= 256);
  REQUIRE(cprocess_address_space() >= -1 && cspool_may_lease_all() >= 0);
  cspool_trim_memory();
}

static bool is_there(int folder, const char *name) { return faccessat(folder, name, F_OK, 0) == 0; }

static void step(int folder, uint8_t what) {
  const char *name = names[what & 3], *other = names[what >> 2 & 3];
  const bool exists = is_there(folder, name), other_exists = is_there(folder, other);
  switch (what >> 4) {
    case 0: case 1: case 2: case 3: {
      const int file = openat(folder, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
      REQUIRE(file >= 0);
      close(file);
      break;
    }
    case 4: case 5: case 6: case 7:
      // Of a name to itself, and onto one that there is: refused, and both are as they were.
      if (cspool_rename_exclusive(folder, name, folder, other) == 0) {
        REQUIRE(exists && !other_exists && !is_there(folder, name) && is_there(folder, other));
      } else {
        REQUIRE(!exists || other_exists);
        REQUIRE(exists ? errno == EEXIST : errno == ENOENT);
        REQUIRE(is_there(folder, name) == exists && is_there(folder, other) == other_exists);
      }
      break;
    case 8: case 9: unlinkat(folder, name, 0); break;
    case 10: case 11: case 12: {
      const int reader = openat(folder, name, O_RDONLY | O_CLOEXEC);
      if (reader < 0) break;
      REQUIRE(cspool_has_writer(reader) != 1);
      const int writer = openat(folder, name, O_WRONLY | O_CLOEXEC);
      REQUIRE(writer >= 0 && cspool_has_writer(reader) != 0);
      close(writer);
      REQUIRE(cspool_has_writer(reader) != 1);
      close(reader);
      break;
    }
    default: REQUIRE(cspool_is_remote(folder) >= 0 && cspool_has_writer(-1) == -1 && cspool_sync_filesystem(-1) == -1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool has_begun;
  if (!has_begun) begin();
  has_begun = true;
  char path[] = "/tmp/tidemill-fuzz-XXXXXX";
  REQUIRE(mkdtemp(path));
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(folder >= 0);
  for (size_t i = 0; i < size && i < 200; ++i) step(folder, data[i]);
  for (int i = 0; i < 4; ++i) unlinkat(folder, names[i], 0);
  close(folder);
  REQUIRE(rmdir(path) == 0);
  return 0;
}
