#pragma once

#include <stddef.h>

/// The arguments as main got them. Swift looks for them behind the environment, and finds none when a preloaded library
/// has moved that before main. Zero where the C library hands none to constructors.
int cprocess_argument_count(void);
const char *cprocess_argument(int index);

/// Gives every thread that is made from now on without a size of its own this much stack, whatever RLIMIT_STACK says;
/// and the main thread what the hard limit allows, up to `main_bytes`.
void cprocess_set_stacks(size_t thread_bytes, size_t main_bytes);

/// Ignores a signal whose action is still the default.
void cprocess_ignore(int signal_number);

/// Raises the soft limit of open files to `wanted`, or to the hard limit if that is less.
void cprocess_raise_files(size_t wanted);

/// How many more files can be opened, counted up to `most` by opening them.
int cprocess_free_files(int most);

/// How many MiB of address space the process may map; -1: no limit.
long cprocess_address_space(void);

/// How many columns of a terminal a character takes: 0 for combining ones, 2 for wide ones; 1 where nobody knows.
int cprocess_columns(unsigned int scalar);
