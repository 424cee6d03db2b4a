/// The people that the built-in identity provider knows: a table of logins with scrypt hashes of their passwords. Small on purpose: an
/// institution with a directory of its own puts it in front. Thread: any.
///
/// people.csv: login, organization, practitioner, role, patient, password, valid_from, valid_to. `patient` is the Patient of a resident,
/// who sees that record alone; `password` is what `huitong person password` prints, empty for those who sign in at the institution's
/// identity provider alone; dates inclusive, empty = open. Source: RFC 7914 (scrypt).
#pragma once

#include "base/instant.hpp"
#include "base/outcome.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace huitong::access {

struct Person {
    std::string login, organization, practitioner, role;
    std::string patient;              ///< of a resident, "" = none
    std::string password;             ///< "scrypt$15$8$1$<salt>$<hash>", "" = none
    std::string valid_from, valid_to; ///< days, inclusive
};

/// Passwords are of 12 to 128 characters, and none that everybody tries first. Issues: person-password, person-password-common.
Result<std::string> hash_password(const std::string& password, const std::string& login = {});
/// 32 MB and about 0.1 s for each. False also for a text that is no such hash.
bool is_password(const std::string& password, const std::string& hash);

class People {
public:
    /// Issues: person-row (line: login missing, twice, hash or date unreadable), person-table (file).
    static Parsed<std::vector<Person>> read(const std::string& file);
    explicit People(std::vector<Person> people) : people_(std::move(people)) {}
    /// The person whose password it is, on that day; the answer takes as long for a login that there is not. One at a time, because each
    /// takes memory.
    std::optional<Person> find(const std::string& login, const std::string& password, const std::string& day) const;
    /// The person of a login, on that day, for whom somebody else vouches (openid.hpp).
    std::optional<Person> named(const std::string& login, const std::string& day) const;
    /// Whether the login is somebody's on that day.
    bool is_one(const std::string& login, const std::string& day) const;
    bool empty() const { return people_.empty(); }

private:
    std::vector<Person> people_;
    mutable std::mutex mutex_;
};

} // namespace huitong::access
