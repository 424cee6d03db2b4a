#include "base/key_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>

namespace huitong {
namespace {

using std::chrono::steady_clock;

constexpr auto kProgramTime = std::chrono::seconds(10);
constexpr std::size_t kOutputMax = 1 << 20;

struct Pipe {
    int read_end = -1, write_end = -1;
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) read_end = ends[0], write_end = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_write();
        if (read_end >= 0) ::close(read_end);
    }
    void close_write() {
        if (write_end >= 0) ::close(write_end);
        write_end = -1;
    }
};

/// 0: it could not be started.
pid_t start(const std::string& file, const Pipe& output) {
    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) return 0;
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.write_end, STDOUT_FILENO);
    std::string name = file, path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    std::array<char*, 2> arguments{name.data(), nullptr}, environment{path.data(), nullptr};
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, file.c_str(), &actions, nullptr, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? child : 0;
}

/// Until the program closes its output; nullopt: too much, or too late.
std::optional<std::string> read_all(int from, steady_clock::time_point until) {
    std::string out;
    std::array<char, 4'096> piece{};
    while (out.size() <= kOutputMax) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
        pollfd waiting{from, POLLIN, 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return std::nullopt;
        const auto count = ::read(from, piece.data(), piece.size());
        if (count == 0) return out;
        if (count < 0) return std::nullopt;
        out.append(piece.data(), static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

bool ends_well(pid_t child, steady_clock::time_point until) {
    constexpr useconds_t kLook = 2'000;
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(child, &status, WNOHANG)) == 0) {
        if (steady_clock::now() >= until) ::kill(child, SIGKILL);
        ::usleep(kLook);
    }
    // -1: whoever started us has SIGCHLD ignored, and nobody can say how the program ended.
    return ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

bool is_key_program(const std::string& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || (found.st_mode & S_IXUSR) == 0) return false;
    // Keys that were copied with a careless mode are keys still.
    std::string start(4, '\0');
    std::ifstream(file, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
    return start.starts_with("#!") || start == "\x7F"
                                               "ELF";
}

std::optional<std::string> run_key_program(const std::string& file) {
    Pipe output;
    const auto child = output.read_end < 0 ? 0 : start(file, output);
    if (child == 0) return std::nullopt;
    output.close_write();
    const auto until = steady_clock::now() + kProgramTime;
    auto text = read_all(output.read_end, until);
    if (!text) ::kill(child, SIGKILL);
    const bool is_good = ends_well(child, until);
    return is_good ? text : std::nullopt;
}

} // namespace huitong
