/// Sample files as the source trees that maps read: what the adapters' pure decoders give, without a feed.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"

#include <string>
#include <vector>

namespace huitong::app {

struct SourceTree {
    std::string name; ///< the file, with "#2" for the second message of it
    fhir::DocumentPtr document;
    std::string seed; ///< hash of the message's bytes: ids made from it are repeatable
};

/// By suffix: *.hl7 (one or many messages), *.csv *.tsv *.txt *.xlsx (a tree a row), *.json (a resource, a tree of a logical model, a row
/// as an object, or DICOM JSON), *.ndjson. `charset` is "auto" or a name, for v2 and tables. Issues: source-unreadable, and those of the
/// decoders.
Parsed<std::vector<SourceTree>> read_source_file(const std::string& file, const std::string& charset);

/// Files of a folder and below that `read_source_file` understands, sorted; a file gives itself.
std::vector<std::string> source_files(const std::string& path);

} // namespace huitong::app
