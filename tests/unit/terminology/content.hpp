/// Small terminologies as text: CSV files in a fresh folder, resources as JSON.
#pragma once

#include "fhir/json.hpp"
#include "terminology/terminology.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace huitong::terminology::tests {

inline fhir::DocumentPtr read(const std::string& text) {
    auto parsed = fhir::read_json(text);
    if (parsed.issues.has_errors()) throw std::runtime_error("test resource does not parse: " + parsed.issues.leading()->rule);
    return parsed.value;
}

/// A folder that is gone when the test ends.
class Folder {
public:
    Folder() {
        static std::atomic<int> count{0};
        path_ =
            std::filesystem::temp_directory_path() / ("huitong-terminology-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

/// No pack: only what a test adds is known.
inline std::unique_ptr<Terminology> terminology_of(const std::vector<std::string>& resources) {
    auto out = std::make_unique<Terminology>(nullptr);
    for (const auto& text : resources) {
        const auto document = read(text);
        if (const auto issues = out->add(document->root()); !issues.empty())
            throw std::runtime_error("not added: " + issues.leading()->rule);
    }
    return out;
}

/// "yes", "no" or "unknown".
inline std::string word(std::optional<bool> answer) { return !answer ? "unknown" : *answer ? "yes" : "no"; }

/// Rules with the lines they name: "code-map-no-code:9".
inline std::string lines(const Outcome& outcome) {
    std::string out;
    for (const auto& issue : outcome.issues()) {
        out += (out.empty() ? "" : " ") + issue.rule + (issue.position ? ":" + std::to_string(issue.position->line) : "");
    }
    return out;
}

/// A small hierarchy, complete: blood > (venous, arterial), urine; serum has two parents; "old" is inactive.
inline const char* const kSpecimens =
    R"({"resourceType":"CodeSystem","url":"urn:t:specimen","version":"2","name":"Specimen","status":"active","content":"complete",
  "valueSet":"urn:t:vs:all-specimens","property":[{"code":"tube","type":"string"},{"code":"colour","type":"code"}],
  "concept":[
    {"code":"fluid","display":"Fluid","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
      {"code":"blood","display":"Blood","property":[{"code":"tube","valueString":"red"},{"code":"tube","valueString":"purple"}],"concept":[
        {"code":"venous","display":"Venous blood","designation":[{"language":"zh-CN","value":"静脉血"}],"definition":"From a vein"},
        {"code":"arterial","display":"Arterial blood"}]},
      {"code":"urine","display":"Urine","property":[{"code":"colour","valueCode":"yellow"}]}]},
    {"code":"derived","display":"Derived"},
    {"code":"serum","display":"Serum","property":[{"code":"subsumedBy","valueCode":"blood"},{"code":"subsumedBy","valueCode":"derived"}]},
    {"code":"old","display":"Old name","property":[{"code":"inactive","valueBoolean":true}]}]})";

} // namespace huitong::terminology::tests
