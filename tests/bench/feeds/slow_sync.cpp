/// Loaded before a hub (LD_PRELOAD), makes each fdatasync and fsync a millisecond longer: a disk with a longer way.
#include <dlfcn.h>

#include <chrono>
#include <thread>

namespace {

using Sync = int (*)(int file);

int sync_later(const char* name, int file) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

} // namespace

extern "C" int fdatasync(int file) { return sync_later("fdatasync", file); }
extern "C" int fsync(int file) { return sync_later("fsync", file); }
