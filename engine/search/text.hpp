/// `_text` and `_content`: words in the narrative or anywhere in the resource. There is no index for them: the candidates that the other
/// conditions leave are read, within the time of a search. Internal to the room. Source: FHIR R4, Search, "Text Search Parameters".
#pragma once

#include "search/search.hpp"

#include <chrono>

namespace huitong::search {

bool is_text_parameter(std::string_view name);

/// Words as a person types them: all words of a value, one of the values. Latin words are whole ("glu*" begins one), Han text is found
/// wherever it stands.
class TextWords {
public:
    explicit TextWords(const std::vector<std::string>& values);
    bool fit(std::string_view folded) const;

private:
    std::vector<std::vector<std::string>> any_of_;
};

/// Keeps the candidates whose text fits. Issues: search-timeout, and those of reading.
Result<store::VersionKeys> keep_by_text(store::ReadView& view, const store::VersionKeys& candidates, const QueryParameter& parameter,
                                        std::chrono::steady_clock::time_point deadline);

} // namespace huitong::search
