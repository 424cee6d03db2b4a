#include "access/people.hpp"

#include "access/common_passwords.hpp"
#include "base/base64.hpp"
#include "base/csv.hpp"
#include "base/date_time.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace huitong::access {
namespace {

constexpr std::size_t kPasswordCharactersMin = 12, kPasswordBytesMax = 128;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr int kCostLog2 = 15, kBlock = 8, kLanes = 1;
constexpr std::uint64_t kMemoryMax = 64ULL << 20;

std::optional<std::string> scrypt(const std::string& password, const std::string& salt, int cost_log2) {
    std::string out(kHashBytes, '\0');
    const int done =
        EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                       1ULL << cost_log2, kBlock, kLanes, kMemoryMax, reinterpret_cast<unsigned char*>(out.data()), out.size());
    return done == 1 ? std::optional(std::move(out)) : std::nullopt;
}

struct Hash {
    int cost_log2 = 0;
    std::string salt, hash;
};

std::optional<Hash> read_hash(const std::string& text) {
    std::array<std::string, 6> parts;
    std::size_t count = 0;
    for (std::size_t from = 0; count < parts.size(); ++count) {
        const auto end = std::min(text.find('$', from), text.size());
        parts[count] = text.substr(from, end - from);
        if (end == text.size()) break;
        from = end + 1;
    }
    if (count != 5 || parts[0] != "scrypt" || parts[2] != std::to_string(kBlock) || parts[3] != std::to_string(kLanes)) return std::nullopt;
    Hash out;
    out.cost_log2 = std::atoi(parts[1].c_str());
    auto salt = decode_base64(parts[4]), hash = decode_base64(parts[5]);
    if (out.cost_log2 < 14 || out.cost_log2 > 16 || !salt || !hash || hash->size() != kHashBytes || salt->size() < kSaltBytes)
        return std::nullopt;
    out.salt = std::move(*salt);
    out.hash = std::move(*hash);
    return out;
}

std::string write_hash(const Hash& hash) {
    return "scrypt$" + std::to_string(hash.cost_log2) + '$' + std::to_string(kBlock) + '$' + std::to_string(kLanes) + '$' +
           encode_base64(hash.salt) + '$' + encode_base64(hash.hash);
}

std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_day(const std::string& text) {
    const auto read = read_date_time(text);
    return text.empty() || (read && read->precision == Precision::day);
}

bool is_valid(const Person& person, const std::string& day) {
    return (person.valid_from.empty() || person.valid_from <= day) && (person.valid_to.empty() || day <= person.valid_to);
}

} // namespace

Result<std::string> hash_password(const std::string& password, const std::string& login) {
    if (characters_of(password) < kPasswordCharactersMin || password.size() > kPasswordBytesMax)
        return Outcome(error(IssueCode::value, "", "person-password"));
    if (is_common_password(password, login)) return Outcome(error(IssueCode::value, "", "person-password-common"));
    Hash out{kCostLog2, std::string(kSaltBytes, '\0'), {}};
    RAND_bytes(reinterpret_cast<unsigned char*>(out.salt.data()), static_cast<int>(out.salt.size()));
    auto hash = scrypt(password, out.salt, out.cost_log2);
    if (!hash) return Outcome(fatal(IssueCode::exception, "", "person-password"));
    out.hash = std::move(*hash);
    return write_hash(out);
}

bool is_password(const std::string& password, const std::string& text) {
    const auto wanted = read_hash(text);
    if (!wanted || password.size() > kPasswordBytesMax) return false;
    const auto found = scrypt(password, wanted->salt, wanted->cost_log2);
    return found && CRYPTO_memcmp(found->data(), wanted->hash.data(), kHashBytes) == 0;
}

Parsed<std::vector<Person>> People::read(const std::string& file) {
    Parsed<std::vector<Person>> out;
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        out.issues.add(error(IssueCode::not_found, file, "person-table", {file}));
        return out;
    }
    auto table = read_csv_table(std::string(std::istreambuf_iterator<char>(in), {}));
    out.issues.add(std::move(table.issues));
    for (const auto* column : {"login", "organization", "practitioner", "role", "patient", "password", "valid_from", "valid_to"}) {
        if (table.value.column(column) == std::string::npos) out.issues.add(error(IssueCode::structure, file, "person-table", {column}));
    }
    if (out.issues.has_errors()) return out;
    for (const auto& row : table.value.rows) {
        const auto cell = [&](std::string_view column) { return std::string(table.value.cell(row, column)); };
        Person person{cell("login"),   cell("organization"), cell("practitioner"), cell("role"),
                      cell("patient"), cell("password"),     cell("valid_from"),   cell("valid_to")};
        const bool is_twice =
            std::any_of(out.value.begin(), out.value.end(), [&](const Person& other) { return other.login == person.login; });
        if (person.login.empty() || is_twice || (!person.password.empty() && !read_hash(person.password)) || !is_day(person.valid_from) ||
            !is_day(person.valid_to)) {
            auto issue = error(IssueCode::value, file, "person-row", {std::to_string(row.line)});
            issue.position = TextPosition{file, row.line, 1};
            out.issues.add(std::move(issue));
            continue;
        }
        out.value.push_back(std::move(person));
    }
    return out;
}

std::optional<Person> People::find(const std::string& login, const std::string& password, const std::string& day) const {
    // Of nobody's password: whoever tries logins is not told by the time which of them exist.
    static const auto nobody = write_hash({kCostLog2, std::string(kSaltBytes, 'x'), std::string(kHashBytes, '\0')});
    const auto found = std::find_if(people_.begin(), people_.end(), [&](const Person& person) { return person.login == login; });
    const std::lock_guard lock(mutex_);
    const bool has_password = found != people_.end() && !found->password.empty();
    const bool fits = is_password(password, has_password ? found->password : nobody) && has_password;
    if (!fits || !is_valid(*found, day)) return std::nullopt;
    return *found;
}

std::optional<Person> People::named(const std::string& login, const std::string& day) const {
    const auto found =
        std::find_if(people_.begin(), people_.end(), [&](const Person& person) { return person.login == login && is_valid(person, day); });
    return found == people_.end() ? std::nullopt : std::optional(*found);
}

bool People::is_one(const std::string& login, const std::string& day) const {
    return std::any_of(people_.begin(), people_.end(),
                       [&](const Person& person) { return person.login == login && is_valid(person, day); });
}

} // namespace huitong::access
