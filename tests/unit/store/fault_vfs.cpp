#include "unit/store/fault_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>

namespace huitong::tests::fault_vfs {
namespace {

struct State {
    sqlite3_vfs* real = nullptr;
    std::mutex mutex;
    long long bytes_left = -1;
    int write_failure = SQLITE_FULL;
    bool fail_syncs = false;
    bool watching = false;
    std::map<std::string, std::string> content, synced; ///< by path
    std::set<const void*> database_writers;
} state;

/// Ours, with the real file behind it.
struct File {
    sqlite3_file base;
    bool is_database, is_log;
    char path[512];
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

int close_file(sqlite3_file* file) { return of(file)->real()->pMethods->xClose(of(file)->real()); }
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return of(file)->real()->pMethods->xRead(of(file)->real(), to, size, at);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    const std::lock_guard lock(state.mutex);
    if (of(file)->is_database) state.database_writers.insert(file);
    if (state.bytes_left >= 0) {
        if (state.bytes_left < size) return state.write_failure;
        state.bytes_left -= size;
    }
    if (state.watching) {
        auto& content = state.content[of(file)->path];
        if (content.size() < static_cast<std::size_t>(at + size)) content.resize(static_cast<std::size_t>(at + size));
        std::memcpy(content.data() + at, from, static_cast<std::size_t>(size));
    }
    return of(file)->real()->pMethods->xWrite(of(file)->real(), from, size, at);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const std::lock_guard lock(state.mutex);
    if (state.watching) state.content[of(file)->path].resize(static_cast<std::size_t>(size));
    return of(file)->real()->pMethods->xTruncate(of(file)->real(), size);
}

int sync_file(sqlite3_file* file, int flags) {
    const std::lock_guard lock(state.mutex);
    if (state.fail_syncs && of(file)->is_log) return SQLITE_IOERR_FSYNC;
    if (state.watching) state.synced[of(file)->path] = state.content[of(file)->path];
    return of(file)->real()->pMethods->xSync(of(file)->real(), flags);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) { return of(file)->real()->pMethods->xFileSize(of(file)->real(), size); }
int lock_file(sqlite3_file* file, int level) { return of(file)->real()->pMethods->xLock(of(file)->real(), level); }
int unlock_file(sqlite3_file* file, int level) { return of(file)->real()->pMethods->xUnlock(of(file)->real(), level); }
int check_lock(sqlite3_file* file, int* out) { return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), out); }
int control(sqlite3_file* file, int op, void* argument) { return of(file)->real()->pMethods->xFileControl(of(file)->real(), op, argument); }
int sector_size(sqlite3_file* file) { return of(file)->real()->pMethods->xSectorSize(of(file)->real()); }
int characteristics(sqlite3_file* file) { return of(file)->real()->pMethods->xDeviceCharacteristics(of(file)->real()); }
int map_shared(sqlite3_file* file, int page, int size, int extend, volatile void** out) {
    return of(file)->real()->pMethods->xShmMap(of(file)->real(), page, size, extend, out);
}
int lock_shared(sqlite3_file* file, int offset, int n, int flags) {
    return of(file)->real()->pMethods->xShmLock(of(file)->real(), offset, n, flags);
}
void barrier(sqlite3_file* file) { of(file)->real()->pMethods->xShmBarrier(of(file)->real()); }
int unmap_shared(sqlite3_file* file, int remove) { return of(file)->real()->pMethods->xShmUnmap(of(file)->real(), remove); }

// Version 2: without memory-mapped reading, which would pass by `read_file`.
constexpr sqlite3_io_methods kMethods = {2,           close_file,  read_file,    write_file, truncate_file, sync_file,       size_of_file,
                                         lock_file,   unlock_file, check_lock,   control,    sector_size,   characteristics, map_shared,
                                         lock_shared, barrier,     unmap_shared, nullptr,    nullptr};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* own = of(file);
    own->base.pMethods = nullptr;
    const int code = state.real->xOpen(state.real, path, own->real(), flags, out_flags);
    if (!own->real()->pMethods) return code;
    own->base.pMethods = &kMethods;
    own->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    own->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    std::snprintf(own->path, sizeof own->path, "%s", path ? path : "");
    return code;
}

int remove_file(sqlite3_vfs*, const char* path, int sync_folder) {
    const std::lock_guard lock(state.mutex);
    state.content.erase(path);
    state.synced.erase(path);
    return state.real->xDelete(state.real, path, sync_folder);
}

} // namespace

void install() {
    static sqlite3_vfs own;
    if (state.real) return;
    state.real = sqlite3_vfs_find(nullptr);
    own = *state.real; // what is not overridden goes to the real one, whose data pointer comes along
    own.pNext = nullptr;
    own.zName = "fault";
    own.szOsFile = static_cast<int>(sizeof(File)) + state.real->szOsFile;
    own.xOpen = open_file;
    own.xDelete = remove_file;
    sqlite3_vfs_register(&own, 1);
}

void fail_writes_after(long long bytes, int code) {
    const std::lock_guard lock(state.mutex);
    state.bytes_left = bytes;
    state.write_failure = code;
}

void fail_syncs(bool fail) {
    const std::lock_guard lock(state.mutex);
    state.fail_syncs = fail;
}

void watch(bool on) {
    const std::lock_guard lock(state.mutex);
    state.watching = on;
    state.content.clear();
    state.synced.clear();
}

void power_cut(const std::filesystem::path& from, const std::filesystem::path& into) {
    const std::lock_guard lock(state.mutex);
    for (const auto& [path, content] : state.synced) {
        if (std::filesystem::path(path).parent_path() != from) continue;
        std::ofstream out(into / std::filesystem::path(path).filename(), std::ios::binary);
        out << content;
    }
}

std::size_t writers_of_database() {
    const std::lock_guard lock(state.mutex);
    return state.database_writers.size();
}

void forget() {
    const std::lock_guard lock(state.mutex);
    state.database_writers.clear();
}

} // namespace huitong::tests::fault_vfs
