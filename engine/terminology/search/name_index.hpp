/// Names of one code system, searchable as people type: Chinese or English pieces, codes, pinyin initials ("gxy"), full pinyin, and near
/// matches by the two-character pieces that names share. Thread: any; immutable after building.
#pragma once

#include "terminology/content.hpp"

#include <mutex>

namespace huitong::terminology {

/// How a concept was found, best first.
enum class Found : std::uint8_t { code, name, code_prefix, name_prefix, initials, name_part, initials_prefix, pinyin, initials_part, near };
std::string_view found_text(Found how);

struct Hit {
    ConceptIndex at = kNoConcept;
    Found how = Found::near;
    double likeness = 1;   ///< of near matches: 0…1
    std::string_view name; ///< the name that was found: the display or a designation
};

class NameIndex {
public:
    explicit NameIndex(std::shared_ptr<const CodeSystem> system);
    const CodeSystem& system() const { return *system_; }

    /// The best `count`, each concept once. Inactive concepts come last among equals.
    std::vector<Hit> search(std::string_view typed, std::size_t count) const;

private:
    struct Entry {
        ConceptIndex at;
        std::string_view name;
        std::string folded;
    };
    struct Query;
    std::optional<Hit> match(std::size_t entry, const Query& query) const;
    std::optional<Hit> match_letters(std::size_t entry, const Query& query) const;
    /// Made when the first query asks for them: names in Chinese never need them.
    const std::vector<std::string>& initials() const;

    std::shared_ptr<const CodeSystem> system_;
    std::vector<Entry> entries_;
    mutable std::once_flag spelled_;
    mutable std::vector<std::string> initials_; ///< by entry
};

/// A name as it is compared: small letters, half-width forms, Roman numerals as digits, without blanks and brackets.
std::string folded_name(std::string_view name);
/// Share of two-character pieces that two folded names have in common (Dice), 0…1.
double likeness(std::string_view a, std::string_view b);

} // namespace huitong::terminology
