/// Which codes make a record sensitive: a table (system, code or beginning of a code, label), applied in the commit of what it labels.
/// The labels stand beside the version, not in its body; a label in `meta.security` counts as well. Thread: any.
/// Source: HL7 Healthcare Privacy and Security Classification; design "What they may see". See terminology/access/labels.csv.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"
#include "store/store.hpp"

#include <unordered_map>

namespace huitong::access {

/// v3-Confidentiality "very restricted": what a sender marks so is kept as the sensitive labels are. Source: HL7 v3, Confidentiality.
inline constexpr std::string_view kVeryRestricted = "V";
/// Whether a document says so of itself: Composition.confidentiality, DocumentReference.securityLabel.
bool is_very_restricted(fhir::Element resource);
/// What was written together with a very restricted document into the same record came out of it, and is kept like it. Returns the
/// places of those that it labelled: their bodies do not say so yet.
std::vector<std::size_t> pass_on_restriction(std::vector<store::Write>& writes);

/// `code` may be "(unmapped)": whatever a source sends in its own code system without a standard code beside it.
class LabelRules {
public:
    /// Columns system, code, label. Issues: those of read_csv_table, labels-row (row number: a cell is missing), labels-mask (MASK: it
    /// stands in `meta.security` or nowhere).
    static Parsed<LabelRules> read(std::string_view csv);
    /// Adds the labels of all codes that the rows hold; none twice.
    void add_labels(const store::IndexRows& rows, std::vector<std::string>& labels) const;
    struct PassedOn {
        std::size_t write;
        std::vector<std::string> labels;
    };
    /// A report or document tells what its results do: one that is written together with a labelled result that it lists gets the labels
    /// that the table gave. Returns what it labelled: bodies do not say so yet.
    std::vector<PassedOn> pass_on(std::vector<store::Write>& writes) const;

private:
    bool gives(std::string_view label) const;
    struct Rule {
        std::string code; ///< in lower case
        bool is_beginning = false, is_of_unmapped = false;
        std::string label;
    };
    std::unordered_map<std::string, std::vector<Rule>> by_system_;
};

} // namespace huitong::access
