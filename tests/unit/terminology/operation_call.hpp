/// Calls a terminology operation with JSON parameters and looks into the answer.
#pragma once

#include "terminology/operations/operations.hpp"
#include "unit/terminology/content.hpp"

namespace huitong::terminology::tests {

/// A library of the resources given as JSON.
inline std::unique_ptr<Library> library_of(const std::vector<std::string>& resources) {
    auto out = std::make_unique<Library>(std::shared_ptr<const fhir::Definitions>());
    for (const auto& text : resources) {
        const auto document = read(text);
        const auto root = document->root();
        if (root.type() == "CodeSystem") out->put(read_code_system(root));
        if (root.type() == "ValueSet") out->put(read_value_set(root));
        if (root.type() == "ConceptMap") out->put(read_concept_map(root));
    }
    return out;
}

/// An answer as a tree, with short ways into a Parameters resource.
struct Answered {
    int status = 0;
    fhir::DocumentPtr document;
    fhir::Element root() const { return document->root(); }
    fhir::Element parameter(std::string_view name) const {
        for (const auto one : root().children("parameter")) {
            if (one.text("name") == name) return one;
        }
        return {};
    }
    /// Value of that parameter; "-" when it is not there.
    std::string text(std::string_view name) const {
        const auto found = parameter(name);
        if (!found) return "-";
        for (const auto child : found.children()) {
            if (child.name().starts_with("value")) return std::string(child.value());
        }
        return "";
    }
    /// Kinds of the issues, in order: "not-in-vs invalid-code".
    std::string issues() const {
        const auto outcome = root().type() == "OperationOutcome" ? root()
                             : parameter("issues")               ? parameter("issues").child("resource")
                                                                 : fhir::Element();
        std::string out;
        if (!outcome) return out;
        for (const auto issue : outcome.children("issue")) {
            const auto kind = issue.text("details.coding.code");
            out += (out.empty() ? "" : " ") + std::string(kind.empty() ? issue.text("code") : kind);
        }
        return out;
    }
};

using Operation = OperationAnswer (*)(const Library&, const OperationInput&, const OperationSettings&, fhir::Element);

/// `parameters`: members of the list, `{"name":…},{…}`.
inline Answered call(Operation operation, const Library& library, const std::string& parameters, OperationSettings settings = {}) {
    const auto document = read(R"({"resourceType":"Parameters","parameter":[)" + parameters + "]}");
    OperationInput input;
    input.add(document->root());
    settings.now = "2026-01-01T00:00:00Z";
    auto answer = operation(library, input, settings, {});
    return {answer.status, read(answer.body)};
}

/// "a b(c)" of an expansion: codes in order, what is nested in brackets.
inline std::string codes_of(fhir::Element parent) {
    std::string out;
    for (const auto one : parent.children("contains")) {
        out += (out.empty() ? "" : " ") + std::string(one.text("code"));
        if (const auto inner = codes_of(one); !inner.empty()) out += "(" + inner + ")";
    }
    return out;
}

/// `"name":"url","valueUri":…`
inline std::string uri(const std::string& name, const std::string& value) {
    return R"({"name":")" + name + R"(","valueUri":")" + value + R"("})";
}
inline std::string boolean(const std::string& name, bool value) {
    return R"({"name":")" + name + R"(","valueBoolean":)" + (value ? "true" : "false") + "}";
}
inline std::string coding(const std::string& system, const std::string& code, const std::string& more = "") {
    return R"({"name":"coding","valueCoding":{"system":")" + system + R"(","code":")" + code + "\"" + more + "}}";
}

/// A value set over that compose.
inline std::string set(const std::string& url, const std::string& compose, const std::string& version = "1") {
    return R"({"resourceType":"ValueSet","url":")" + url + R"(","version":")" + version + R"(","status":"active","compose":)" + compose +
           "}";
}

} // namespace huitong::terminology::tests
