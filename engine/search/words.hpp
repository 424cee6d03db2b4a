/// Words as the text index holds them, of folded text (fold.hpp). Latin words are whole; other writing (Han above all, which has no blanks
/// between words) is cut into pairs of signs that overlap, and the last sign of a run stands alone, so that one sign finds all that begin
/// with it. Numbers, and what looks like a piece of a UUID, are in no index: nearly every resource has its own. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::search {

/// The index words of a folded text, sorted, each once.
std::vector<std::string> index_words(std::string_view folded);

/// What a text that holds a query's word must have in the index.
struct WordNeeds {
    struct Need {
        std::string word;
        bool open = false; ///< any word that begins so
    };
    std::vector<Need> all_of; ///< none: the index says nothing of that word
    bool is_exact = false;    ///< whatever has these has the word too; else the text is to be read
};

/// `word` is folded and has no blanks; a star at its end stands for any ending.
WordNeeds needs_of(std::string_view word);

} // namespace huitong::search
