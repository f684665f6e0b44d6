#define _GNU_SOURCE
#include "CSpool.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int cspool_rename_exclusive(int old_folder, const char *old_name, int new_folder, const char *new_name) {
    if (renameat2(old_folder, old_name, new_folder, new_name, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    // Two claimers may both make the link; only one removes the old name, and only that one has won.
    if (linkat(old_folder, old_name, new_folder, new_name, 0) != 0) return -1;
    if (unlinkat(old_folder, old_name, 0) == 0) return 0;
    int reason = errno;
    unlinkat(new_folder, new_name, 0);
    errno = reason;
    return -1;
}

void cspool_ignore_lease_breaks(void) {
    struct sigaction current;
    if (sigaction(SIGIO, NULL, &current) == 0 && current.sa_handler == SIG_DFL) signal(SIGIO, SIG_IGN);
}

int cspool_has_writer(int descriptor) {
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(descriptor, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN ? 1 : -1;
}

int cspool_sync_filesystem(int descriptor) { return syncfs(descriptor); }

void cspool_trim_memory(void) { malloc_trim(0); }
