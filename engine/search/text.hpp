/// `_text` and `_content`: words in the narrative or anywhere in the resource. The text index (words.hpp) leaves few candidates; those that
/// it cannot judge, and what it does not hold yet, are read, within the time of a search. Internal to the room, but for what fills the
/// index. Source: FHIR R4, Search, "Text Search Parameters".
#pragma once

#include "search/search.hpp"

#include <chrono>
#include <map>

namespace huitong::search {

bool is_text_parameter(std::string_view name);
/// The audit trail is looked into by its own parameters: its text stays out of the index and is read.
bool is_in_text_index(std::string_view type);
/// What `_content` looks in, folded: every value but bytes in base 64.
std::string content_of(fhir::Element resource);

/// Words as a person types them: all words of a value, one of the values. Latin words are whole ("glu*" begins one), Han text is found
/// wherever it stands.
class TextWords {
public:
    explicit TextWords(const std::vector<std::string>& values);
    bool fit(std::string_view folded) const;
    const std::vector<std::vector<std::string>>& any_of() const { return any_of_; }

private:
    std::vector<std::vector<std::string>> any_of_;
};

/// What the text index of one view says, asked once for each word.
class TextIndex {
public:
    explicit TextIndex(store::ReadView& view) : view_(view) {}
    store::VersionKey end();
    const store::VersionKeys& versions(const std::string& word, bool open);

private:
    store::ReadView& view_;
    std::optional<store::VersionKey> end_;
    std::map<std::pair<std::string, bool>, store::VersionKeys> known_;
};

struct TextFound {
    store::VersionKeys keys;
    std::size_t read = 0; ///< candidates that the index did not decide
};
/// Keeps the candidates of one type whose text fits. Issues: search-timeout, and those of reading.
Result<TextFound> keep_by_text(store::ReadView& view, TextIndex& index, const std::string& type, const store::VersionKeys& candidates,
                               const QueryParameter& parameter, std::chrono::steady_clock::time_point deadline);

} // namespace huitong::search
