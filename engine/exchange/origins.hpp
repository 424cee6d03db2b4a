/// Where a pulled resource came from, and whether a change of one hub may be applied here: the home of a resource is the hub that it came
/// from first, and only its home may change it. Facts: `exchange-origin`, key "Type/id".
#pragma once

#include "exchange/page.hpp"

namespace huitong::exchange {

/// What is kept beside a pulled resource.
struct Origin {
    std::string hub;             ///< name of the upstream
    std::uint32_t version = 0;   ///< at the hub
    store::LogTime position = 0; ///< in the hub's log
    std::string updated;         ///< meta.lastUpdated at the hub
    std::string digest;          ///< content as applied (content.hpp)
    std::uint32_t epoch = 0;     ///< how often pulling from the hub was begun anew; versions count within one
};

inline constexpr const char* kOriginTable = "exchange-origin";
std::string write_origin(const Origin& origin);
std::optional<Origin> read_origin(std::string_view text);

enum class Verdict : std::uint8_t {
    apply,
    skip,         ///< held already: replayed, or nothing to remove
    echo,         ///< our own content coming back over another hub
    other_source, ///< the id is held from elsewhere: refused
    changed_here, ///< pulled from this hub, then changed here: refused
};

/// The state of one resource while a page is applied: what is held, then what the page's earlier entries made of it.
struct Held {
    bool exists = false;                ///< any version, a removal too
    std::uint32_t expected_version = 0; ///< for Write::if_version: current version, 0 when absent or removed
    std::string digest;                 ///< current content, `kRemoved` for a removal
    std::optional<Origin> origin;
    bool written = false; ///< by an earlier entry of the page
};
Result<Held> find_held(store::Store& store, store::ReadView& view, const store::ResourceKey& key);

/// The hub that a change comes from, as judge sees it.
struct Source {
    std::string hub;
    std::uint32_t epoch = 0;
};
/// `digest` of the change's content. Looks at earlier versions here only when the hub is not the resource's home.
Result<Verdict> judge(store::ReadView& view, const Held& held, const Source& source, const Change& change, const std::string& digest);

} // namespace huitong::exchange
