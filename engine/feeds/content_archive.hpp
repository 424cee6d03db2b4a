/// Maps, terminology, structures and feed settings as they were: copies beside the data, by content, so that a trace runs exactly what ran
/// when a message was applied. A set of them has an id, which the status of every message names.
///
/// Layout: `objects/<sha-256>` each distinct file once; `sets/<id>.json` which files at which path, and the feeds; `past/<id>/` a set laid
/// out again, made when a trace asks for it. Nothing is ever changed or removed. Thread: one at a time. Source: docs/decisions/0001.
#pragma once

#include "feeds/adapter.hpp"

namespace huitong::feeds {

/// A configured folder; kind: "mappings", "terminology", "structures".
struct ContentFolder {
    std::string kind, path;
};

class ContentArchive {
public:
    explicit ContentArchive(std::string directory) : directory_(std::move(directory)) {}

    /// Copies what is not there yet and gives the id of the set: same content, same id. Issue: archive-unwritable.
    Result<std::string> keep(const std::vector<ContentFolder>& folders, const std::vector<FeedSettings>& feeds) const;

    struct Past {
        std::vector<ContentFolder> folders; ///< laid out, to be loaded like the configured ones
        std::vector<FeedSettings> feeds;    ///< name, organization, map, offset_minutes
    };
    /// Issues: archive-unknown, archive-damaged (a copy is not what its name says), archive-unwritable.
    Result<Past> open(const std::string& id) const;

private:
    std::string directory_;
};

} // namespace huitong::feeds
