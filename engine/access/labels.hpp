/// Which codes make a record sensitive: a table (system, code or beginning of a code, label), applied in the commit of what it labels.
/// The labels stand beside the version, not in its body; a label in `meta.security` counts as well. Thread: any.
/// Source: HL7 Healthcare Privacy and Security Classification; design "What they may see". See terminology/access/labels.csv.
#pragma once

#include "base/outcome.hpp"
#include "store/rows.hpp"

#include <unordered_map>

namespace huitong::access {

class LabelRules {
public:
    /// Columns system, code, label. Issues: those of read_csv_table, labels-row (row number: a cell is missing), labels-mask (MASK: it
    /// stands in `meta.security` or nowhere).
    static Parsed<LabelRules> read(std::string_view csv);
    /// Adds the labels of all codes that the rows hold; none twice.
    void add_labels(const store::IndexRows& rows, std::vector<std::string>& labels) const;

private:
    struct Rule {
        std::string code; ///< in lower case
        bool is_beginning = false;
        std::string label;
    };
    std::unordered_map<std::string, std::vector<Rule>> by_system_;
};

} // namespace huitong::access
