/// Small maps over small trees, for the tests of the room.
#pragma once

#include "mapping/mapping.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <stdexcept>

namespace huitong::tests {

inline std::shared_ptr<const fhir::Definitions> shared_definitions() {
    return {&r4_definitions(), [](const auto*) {}};
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

inline mapping::Map parse_map(const std::string& text) {
    auto parsed = mapping::Map::parse(text, "test.map");
    if (parsed.issues.has_errors()) throw std::runtime_error("map does not parse: " + rule_of(parsed.issues) + "\n" + text);
    return std::move(parsed.value);
}

/// A row of JSON without resourceType is a tree of the model `Row`.
inline fhir::DocumentPtr read_tree(const std::string& json) {
    fhir::JsonOptions options;
    if (json.find("resourceType") == json.npos) options.root_name = "Row";
    auto parsed = fhir::read_json(json, options);
    if (parsed.issues.has_errors()) throw std::runtime_error("no JSON: " + json);
    return parsed.value;
}

/// A library of maps with what they translate by.
class Maps {
public:
    explicit Maps(std::shared_ptr<const terminology::Terminology> terminology = nullptr)
        : library(shared_definitions(), std::move(terminology)) {}

    Maps& add(const std::string& text) {
        auto map = parse_map(text);
        if (const auto issues = library.add(std::move(map)); issues.has_errors()) throw std::runtime_error(rule_of(issues));
        return *this;
    }
    mapping::RunResult run(const std::string& url, const fhir::DocumentPtr& source, const mapping::RunOptions& options = {}) const {
        return library.run(url, source->root(), options);
    }

    mapping::MapLibrary library;
};

/// The frame of most tests: rules of the first group, which writes `target`.
inline std::string framed(const std::string& rules, const std::string& target = "Patient", const std::string& more = {}) {
    return "map \"http://x/m\" = \"m\"\n group Main(source src, target tgt : " + target + ") { " + rules + " }\n" + more;
}

inline std::string json_of(const mapping::RunResult& result) {
    return result.output ? fhir::write_json(result.output->root()) : std::string();
}

} // namespace huitong::tests
