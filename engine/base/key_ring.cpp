#include "base/key_ring.hpp"

#include "base/base64.hpp"
#include "base/key_program.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

namespace huitong {
namespace {

constexpr std::string_view kMark = "\x01HT";
constexpr std::size_t kWrapBytes = 5; ///< mark and number
constexpr mode_t kModeBits = 07777;
constexpr const char* kPointer = "/key-file";
constexpr std::string_view kProof = "reload"; ///< context of what one cipher seals and the other opens
constexpr const char* kHead = "# Keys of a Huitong data directory. Whoever has this file can read the data; without it nobody can.\n";

Outcome file_failed(const std::string& file) { return error(IssueCode::exception, "", "keys-file", {file}); }

/// The file that a path leads to, so that a link stays one.
std::string behind_links(const std::string& file) {
    std::error_code failed;
    const auto found = std::filesystem::canonical(file, failed);
    return failed ? file : found.string();
}

/// As the file that it replaces: whoever ran with the old one must be able to read it.
bool keep_owner(int fresh, const std::string& file) {
    struct stat old {};
    if (::stat(file.c_str(), &old) != 0) return errno == ENOENT;
    return ::fchown(fresh, old.st_uid, old.st_gid) == 0 && ::fchmod(fresh, old.st_mode & kModeBits) == 0;
}

/// Written beside, made durable, then put in place: after a power cut the file is the old or the new one.
bool replace_durably(const std::string& file, const std::string& text) {
    const auto fresh = file + ".new";
    ::unlink(fresh.c_str()); // of a run that was cut off
    const int out = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) return false;
    const bool written =
        ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && keep_owner(out, file) && ::fsync(out) == 0;
    ::close(out);
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) return false;
    const auto parent = std::filesystem::path(file).parent_path().string();
    const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    return synced;
}

/// Held while a key file is read, changed and replaced: two rotations at once would give one number to two keys. The lock lies on the file
/// itself, which each of them replaces, so it counts only while the path still leads there. A file that is not there is made, empty.
class FileLock {
public:
    explicit FileLock(const std::string& file) {
        while (true) {
            held_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
            if (held_ < 0) return;
            struct stat locked {};
            struct stat named {};
            const bool known = ::flock(held_, LOCK_EX) == 0 && ::fstat(held_, &locked) == 0 && ::stat(file.c_str(), &named) == 0;
            is_empty_ = locked.st_size == 0;
            if (known && locked.st_dev == named.st_dev && locked.st_ino == named.st_ino) return;
            ::close(held_);
            held_ = -1;
            if (!known) return;
        }
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (held_ >= 0) ::close(held_);
    }
    bool is_held() const { return held_ >= 0; }
    bool is_empty() const { return is_empty_; }

private:
    int held_ = -1;
    bool is_empty_ = false;
};

std::optional<std::string> read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

struct Line {
    KeyNumber number = 0;
    CipherKind kind = CipherKind::aes_256_gcm;
    std::string made_at, key;
};

std::optional<Line> read_line(const std::string& text) {
    std::istringstream words(text);
    std::string number, kind, key;
    Line out;
    words >> number >> kind >> out.made_at >> key;
    const auto end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, out.number);
    const auto known = cipher_of(kind);
    auto bytes = decode_base64(key);
    if (read.ptr != end || out.number == 0 || out.number > KeyRing::kKeyNumberMax || !known || !bytes || bytes->size() != Cipher::kKeyBytes)
        return std::nullopt;
    out.kind = *known;
    out.key.swap(*bytes); // g++ 12 warns of a move here, wrongly
    return out;
}

/// Keys in order; a number stands once and is larger than those before it.
Result<std::vector<Line>> read_keys(const std::string& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return file_failed(file);
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) return Outcome(error(IssueCode::security, "", "keys-mode", {file}));
    const auto text = is_key_program(file) ? run_key_program(file) : read_text(file);
    if (!text) return file_failed(file);
    std::vector<Line> out;
    std::istringstream lines(*text);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty() || line.front() == '#') continue;
        auto key = read_line(line);
        if (!key || (!out.empty() && key->number <= out.back().number))
            return Outcome(error(IssueCode::invalid, "", "keys-line", {file, std::to_string(number)}));
        out.push_back(std::move(*key));
    }
    if (out.empty()) return Outcome(error(IssueCode::invalid, "", "keys-none", {file}));
    return out;
}

} // namespace

Result<std::shared_ptr<KeyRing>> KeyRing::open(const std::string& file) {
    std::shared_ptr<KeyRing> ring = std::unique_ptr<KeyRing>(new KeyRing(file));
    if (auto issues = ring->reload(); issues.has_errors()) return issues;
    return ring;
}

Result<std::shared_ptr<KeyRing>> KeyRing::of_directory(const std::string& directory) {
    const auto pointer = directory + kPointer;
    struct stat found {};
    // Only what is not there says "not sealed": of what cannot be read nobody knows.
    if (::stat(pointer.c_str(), &found) != 0) {
        if (errno == ENOENT) return std::shared_ptr<KeyRing>();
        return file_failed(pointer);
    }
    auto file = read_text(pointer);
    if (!file) return file_failed(pointer);
    while (!file->empty() && (file->back() == '\n' || file->back() == '\r')) file->pop_back();
    return open(*file);
}

Outcome KeyRing::bind(const std::string& directory, const std::string& file) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed || !replace_durably(directory + kPointer, file + "\n"))
        return error(IssueCode::exception, "", "keys-directory", {directory});
    return {};
}

Result<KeyNumber> KeyRing::add_key(const std::string& named, CipherKind kind, Instant now) {
    const auto file = behind_links(named);
    if (is_key_program(file)) return Outcome(error(IssueCode::not_supported, "", "keys-program", {file}));
    const FileLock lock(file);
    if (!lock.is_held()) return file_failed(file);
    std::string text = kHead;
    KeyNumber number = 1;
    if (!lock.is_empty()) {
        const auto keys = read_keys(file);
        if (!keys) return keys.error();
        number = keys->back().number + 1;
        text = read_text(file).value_or("");
        if (!text.empty() && text.back() != '\n') text += '\n';
    }
    if (number > kKeyNumberMax) return file_failed(file);
    text +=
        std::to_string(number) + ' ' + std::string(cipher_name(kind)) + ' ' + instant_text(now) + ' ' + encode_base64(random_key()) + '\n';
    if (!replace_durably(file, text)) return file_failed(file);
    return number;
}

Outcome KeyRing::reload() {
    auto lines = read_keys(file_);
    if (!lines) return lines.error();
    std::map<KeyNumber, Key> keys;
    for (auto& line : *lines) keys[line.number] = {std::make_shared<const Cipher>(line.kind, std::move(line.key)), line.made_at};
    const std::unique_lock lock(mutex_);
    for (const auto& [number, key] : keys_) {
        const auto found = keys.find(number);
        if (found == keys.end()) return error(IssueCode::security, "", "keys-missing", {std::to_string(number)});
        const auto proof = key.cipher->seal({}, kProof);
        if (!found->second.cipher->open(proof, kProof)) return error(IssueCode::security, "", "keys-wrong", {std::to_string(number)});
    }
    keys_ = std::move(keys);
    return {};
}

std::pair<KeyNumber, std::shared_ptr<const Cipher>> KeyRing::newest() const {
    const std::shared_lock lock(mutex_);
    const auto last = std::prev(keys_.end());
    return {last->first, last->second.cipher};
}

std::shared_ptr<const Cipher> KeyRing::cipher(KeyNumber number) const {
    const std::shared_lock lock(mutex_);
    const auto found = keys_.find(number);
    return found == keys_.end() ? nullptr : found->second.cipher;
}

KeyNumber KeyRing::current() const { return newest().first; }

bool KeyRing::has(KeyNumber number) const { return cipher(number) != nullptr; }

std::vector<KeyRing::Listed> KeyRing::list() const {
    const std::shared_lock lock(mutex_);
    std::vector<Listed> out;
    for (const auto& [number, key] : keys_) out.push_back({number, key.cipher->kind(), key.made_at});
    return out;
}

KeyRing::Sealed KeyRing::seal(std::string_view plain, std::string_view context) const {
    const auto [number, cipher] = newest();
    return {number, cipher->seal(plain, context)};
}

std::optional<std::string> KeyRing::unseal(KeyNumber number, std::string_view bytes, std::string_view context) const {
    const auto used = cipher(number);
    return used ? used->open(bytes, context) : std::nullopt;
}

std::string KeyRing::wrap(std::string_view plain, std::string_view context) const {
    const auto sealed = seal(plain, context);
    std::string out(kMark);
    out += static_cast<char>(sealed.number >> 8);
    out += static_cast<char>(sealed.number & 0xFF);
    return out + sealed.bytes;
}

std::optional<KeyNumber> KeyRing::key_of(std::string_view bytes) {
    if (bytes.size() < kWrapBytes || !bytes.starts_with(kMark)) return std::nullopt;
    return (static_cast<unsigned char>(bytes[3]) << 8U) | static_cast<unsigned char>(bytes[4]);
}

std::optional<std::string> KeyRing::unwrap(std::string_view wrapped, std::string_view context) const {
    const auto number = key_of(wrapped);
    return number ? unseal(*number, wrapped.substr(kWrapBytes), context) : std::nullopt;
}

std::optional<std::string> open_wrapped(const KeyRing* keys, std::string_view bytes, std::string_view context) {
    if (!KeyRing::key_of(bytes)) return std::string(bytes);
    return keys ? keys->unwrap(bytes, context) : std::nullopt;
}

} // namespace huitong
