/// In and out parameters of operations. Source: FHIR R4, Parameters; FHIR R4, Operations (GET with query parameters, POST with a Parameters
/// resource).
#pragma once

#include "interaction/parts.hpp"

namespace huitong::interaction {

class OperationInput {
public:
    /// Issues: those of read_body.
    static Result<OperationInput> read(const Services& services, const Request& request);
    /// Primitive parameter by name, "" when absent.
    std::string text(std::string_view name) const;
    /// Resource or complex parameter (Coding, CodeableConcept, resource) by name.
    fhir::Element element(std::string_view name) const;
    /// "system", "code", "version" or `coding` or the first coding of `codeableConcept`.
    terminology::Coding coding() const;
    fhir::Element root() const { return document_ ? document_->root() : fhir::Element(); }

private:
    std::vector<std::pair<std::string, std::string>> query_;
    fhir::DocumentPtr document_;
};

/// Writes a Parameters resource piece by piece.
class OperationOutput {
public:
    OperationOutput& add(std::string_view name, std::string_view type, std::string_view value);
    OperationOutput& add_raw(std::string_view name, std::string_view type, std::string_view json); ///< a value that is JSON already
    OperationOutput& add_resource(std::string_view name, std::string_view json);
    OperationOutput& add_integer(std::string_view name, std::uint64_t value);
    OperationOutput& add_boolean(std::string_view name, bool value);
    OperationOutput& open(std::string_view name); ///< begins a parameter with parts
    OperationOutput& close();
    OperationOutput& add_coding(std::string_view name, const terminology::Coding& coding);
    std::string finish() { return out_ + "]}"; }

private:
    void begin(std::string_view name);
    std::string out_ = "{\"resourceType\":\"Parameters\",\"parameter\":[";
    bool first_ = true;
};

} // namespace huitong::interaction
