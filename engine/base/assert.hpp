/// HT_ASSERT: a condition that only a bug of ours can break. On in release: the process ends, the durable inbox replays.
#pragma once

namespace huitong {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define HT_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::huitong::assertion_failed(#condition, __FILE__, __LINE__))
