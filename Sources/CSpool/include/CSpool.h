#pragma once

/// Renames `old_name` to `new_name` and never replaces: 0, or -1 with errno (EEXIST, ENOENT, EXDEV, …). Where the
/// filesystem has no exclusive rename, a link and an unlink do the same.
int cspool_rename_exclusive(int old_folder, const char *old_name, int new_folder, const char *new_name);

/// To be called once before `cspool_has_writer`: a writer that opens a file during its check breaks a lease, which raises
/// SIGIO here, whose default action would end the process.
void cspool_ignore_lease_breaks(void);

/// Whether anybody has the file open for writing: 1 yes, 0 no, -1 when that cannot be told here (another owner's file
/// without CAP_LEASE and CAP_SETUID, a filesystem without leases). The descriptor must be open for reading only.
int cspool_has_writer(int descriptor);

/// Whether this process may ask so of any owner's files.
int cspool_may_lease_all(void);

/// Whether the folder or file lies on a filesystem that other machines write to: nothing here sees them.
int cspool_is_remote(int descriptor);

/// Puts everything on the filesystem of `descriptor` on disk: one call for a thousand new files.
int cspool_sync_filesystem(int descriptor);

/// Gives free memory of the allocator back to the system.
void cspool_trim_memory(void);
