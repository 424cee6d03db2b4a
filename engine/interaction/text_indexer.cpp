#include "interaction/text_indexer.hpp"

#include "fhir/json.hpp"
#include "search/text.hpp"
#include "search/words.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace huitong::interaction {
namespace {

constexpr std::size_t kReadAtOnce = 256;

/// nullopt: its versions are not all there yet.
Result<std::optional<store::TextBlock>> read_block(store::ReadView& view) {
    const auto first = view.text_end(), end = first + store::kTextBlock;
    if (view.newest_key() + 1 < end) return std::nullopt;
    std::unordered_map<std::string, std::vector<std::uint16_t>> places;
    for (auto begin = first; begin < end; begin += kReadAtOnce) {
        store::VersionKeys keys(kReadAtOnce);
        std::iota(keys.begin(), keys.end(), begin);
        auto versions = view.versions(keys);
        if (!versions) return versions.error();
        for (auto& version : *versions) {
            if (version.deleted || !search::is_in_text_index(version.key.type)) continue;
            const auto place = static_cast<std::uint16_t>(version.version_key - first);
            const auto document = fhir::read_json(std::move(version.body)).value;
            for (auto& word : search::index_words(search::content_of(document->root()))) places[std::move(word)].push_back(place);
        }
    }
    store::TextBlock out;
    out.number = first / store::kTextBlock;
    out.words.reserve(places.size());
    for (auto& [word, of_word] : places) out.words.push_back({word, std::move(of_word)});
    return std::optional(std::move(out));
}

} // namespace

Result<bool> TextIndexer::step() {
    store::Commit commit;
    try {
        auto block = read_block(*store_.view());
        if (!block) return block.error();
        if (!*block) return false;
        commit.text = std::move(*block);
    } catch (const store::ReadFailure&) {
        return Outcome(fatal(IssueCode::exception, "", "store-failed", {"read"}));
    }
    const auto written = store_.commit_and_wait(std::move(commit));
    if (!written) return written.error();
    return true;
}

} // namespace huitong::interaction
