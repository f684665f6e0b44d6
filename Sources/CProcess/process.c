#define _GNU_SOURCE
#include "CProcess.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <wchar.h>

static int argument_count;
static char **arguments;

// Before main, and before anything of ours has opened a file. A standard stream that the caller closed would be the next
// file's descriptor, and what is printed would land in that file: a store, a delivery. A folder takes the place instead,
// which can neither be written nor read as a file.
__attribute__((constructor)) static void begin(int argc, char **argv) {
    argument_count = argc;
    arguments = argv;
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) == -1) (void)!open("/", O_RDONLY | O_DIRECTORY);
    }
}

int cprocess_argument_count(void) { return argument_count; }
const char *cprocess_argument(int index) { return arguments[index]; }

static void raise_soft(int resource, rlim_t wanted) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(resource, &limit);
}

void cprocess_set_stacks(size_t thread_bytes, size_t main_bytes) {
    raise_soft(RLIMIT_STACK, main_bytes);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    if (pthread_attr_setstacksize(&attributes, thread_bytes) == 0) pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

void cprocess_ignore(int signal_number) {
    struct sigaction current;
    if (sigaction(signal_number, NULL, &current) != 0 || current.sa_handler != SIG_DFL) return;
    signal(signal_number, SIG_IGN);
}

void cprocess_raise_files(size_t wanted) { raise_soft(RLIMIT_NOFILE, wanted); }

int cprocess_free_files(int most) {
    enum { AT_ONCE = 256 };
    int opened[AT_ONCE], count = 0;
    if (most > AT_ONCE) most = AT_ONCE;
    while (count < most) {
        int descriptor = fcntl(2, F_DUPFD_CLOEXEC, 0);
        if (descriptor < 0) break;
        opened[count++] = descriptor;
    }
    for (int i = 0; i < count; ++i) close(opened[i]);
    return count;
}

long cprocess_address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return -1;
    return (long)(limit.rlim_cur >> 20);
}

// The C library knows the widths by its locale. It is set for the thread that asks, and only while it asks: patterns and
// numbers of scripts may not depend on a locale.
int cprocess_columns(unsigned int scalar) {
  static _Thread_local locale_t known;
  if (known == (locale_t)0) known = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (known == (locale_t)0) return 1;
  locale_t before = uselocale(known);
  int columns = wcwidth((wchar_t)scalar);
  uselocale(before);
  return columns < 0 ? 1 : columns;
}
