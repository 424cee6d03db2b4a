/// Reads of the text index.
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/text_rows.hpp"

#include <algorithm>

namespace huitong::store {

VersionKey SqliteReadView::text_end() {
    return reading([&] { return next_text_block(*connection_) * kTextBlock; });
}

VersionKeys SqliteReadView::words(const std::string& word, bool open) {
    return reading([&] {
        const auto end = after_prefix(word);
        // A later view has further blocks; they hold nothing that this one may see.
        const auto blocks = std::min(next_text_block(*connection_), last_ / kTextBlock + 1);
        VersionKeys keys;
        for (std::uint64_t block = 0; block < blocks; ++block) {
            auto rows = connection_->prepare(open ? "SELECT places FROM word WHERE block = ?1 AND word >= ?2 AND word < ?3"
                                                  : "SELECT places FROM word WHERE block = ?1 AND word = ?2");
            rows.bind(block, word);
            if (open) rows.bind_one(3, end);
            // An open word is many words of the same versions: each version is kept once.
            std::vector<bool> has(kTextBlock);
            while (rows.step()) {
                for (const auto place : unpack_places(rows.text(0))) has[place] = true;
            }
            for (std::size_t place = 0; place < has.size(); ++place) {
                if (has[place]) keys.push_back(block * kTextBlock + place);
            }
        }
        return finished(std::move(keys));
    });
}

} // namespace huitong::store
