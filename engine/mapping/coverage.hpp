/// Which elements of a source tree a run has looked at, and which it never did.
#pragma once

#include "fhir/tree.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace huitong::mapping {

class Coverage {
public:
    explicit Coverage(const fhir::Document& source) : source_(source), touched_(source.size()) {}

    void touch(fhir::Element element) {
        if (&element.document() == &source_) touched_[element.index()] = true;
    }
    /// True the first time.
    bool fire(const void* rule) { return fired_.insert(rule).second; }
    std::vector<bool>& touched() { return touched_; }
    const fhir::Document& source() const { return source_; }

    /// Paths without indexes, each once, in the order of the source. A field whose whole text was read counts with its components; of one
    /// that was read by component, the others do not.
    std::vector<std::string> unread_paths() const;

private:
    bool touched_below(fhir::Element element) const;
    void collect(fhir::Element element, const std::string& path, std::vector<std::string>& out) const;

    const fhir::Document& source_;
    std::vector<bool> touched_;
    std::unordered_set<const void*> fired_;
};

} // namespace huitong::mapping
