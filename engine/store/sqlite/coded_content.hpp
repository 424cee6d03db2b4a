/// Codings in the content of a stored version, and patients: index rows tell few of them, because a search parameter takes in what is
/// searched by, and they are not found by version.
/// One version is kept, so that several questions about it read it once. Thread: one.
#pragma once

#include "fhir/tree.hpp"
#include "store/store.hpp"

namespace huitong::store {

class BodyCodec;
class Connection;

class CodedContent {
public:
    /// Both outlive it.
    CodedContent(Connection& connection, const BodyCodec& codec) : connection_(connection), codec_(codec) {}
    /// Of tokens with param kAnyCoding or kSubjectCoding. What cannot be read holds whatever closes it, and nothing that opens it.
    bool holds(VersionKey version, const RowToken& token);
    /// Ids of all Patients that a reference names.
    std::vector<std::string> patients(VersionKey version);

private:
    void read(VersionKey version);
    Connection& connection_;
    const BodyCodec& codec_;
    VersionKey version_ = 0; ///< whose content is kept
    fhir::DocumentPtr content_;
};

/// Whether the token asks for content instead of an index row.
bool asks_content(const RowToken& token);

} // namespace huitong::store
