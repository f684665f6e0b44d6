// simdjson is C++; its header is included by the C++ targets themselves. This module only carries the linker flag.
