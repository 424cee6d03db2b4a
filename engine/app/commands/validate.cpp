/// `huitong validate FILE|DIR…`: resources against the definitions, profiles and packages given; nothing is stored.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "validation/strict.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> paths, profiles, packages;
    std::string format = "text", model;
    bool lenient = false, best_practice = false;
};

struct Engines {
    explicit Engines(Knowledge known_)
        : known(std::move(known_)), validator(known.definitions, known.terminology), strict(known.definitions, known.terminology) {}
    Knowledge known;
    validation::Validator validator;
    validation::StrictValidator strict;
};

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    std::error_code failure;
    for (const auto& path : paths) {
        if (!fs::is_directory(path, failure)) {
            out.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
            const auto suffix = at->path().extension();
            if (at->is_regular_file() && (suffix == ".json" || suffix == ".xml")) found.push_back(at->path().string());
        }
        std::sort(found.begin(), found.end());
        out.insert(out.end(), found.begin(), found.end());
    }
    return out;
}

/// Line and column of where an issue's element begins in the text.
void place(Issue& issue, const std::string& file, std::string_view text) {
    const auto before = text.substr(0, std::min<std::size_t>(issue.source.begin, text.size()));
    auto position = issue.position.value_or(TextPosition{});
    position.file = file;
    if (position.line == 0 && issue.source.end > 0) {
        const auto start = before.rfind('\n');
        position.line = 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
        const auto before_in_line = before.substr(start == before.npos ? 0 : start + 1);
        position.column = 1 + static_cast<std::uint32_t>(std::count_if(before_in_line.begin(), before_in_line.end(), [](char byte) {
                              return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
                          }));
    }
    issue.position = std::move(position);
}

Outcome check(const Engines& engines, const Options& options, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return error(IssueCode::not_found, file, "source-unreadable", {file});
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    fhir::JsonOptions form;
    if (!options.model.empty()) form.root_name = engines.known.definitions->find_structure(options.model)->root().path;
    auto parsed =
        file.ends_with(".xml") ? fhir::read_fhir_xml(std::move(text), *engines.known.definitions) : fhir::read_json(std::move(text), form);
    auto out = std::move(parsed.issues);
    if (!out.has_errors() && !form.root_name.empty()) parsed.value->set_type(0, parsed.value->intern(form.root_name));
    if (!out.has_errors()) {
        validation::Options settings;
        settings.profiles = options.profiles;
        settings.best_practice = options.best_practice;
        for (const auto& profile : options.profiles) {
            if (!engines.known.definitions->find_structure(profile)) settings.unknown_profile = Severity::error;
        }
        const auto root = parsed.value->root();
        out.add(options.lenient ? engines.validator.check(root, settings) : engines.strict.check(root, settings));
    }
    for (auto& issue : out.issues()) place(issue, file, parsed.value ? parsed.value->text() : std::string_view());
    return out;
}

int run(const Options& options) {
    auto known = read_knowledge(options.packages);
    write_findings_text(known.issues, std::cerr);
    if (known.issues.has_errors()) return kConfiguration;
    const Engines engines(std::move(known.value));
    if (!options.model.empty() && !engines.known.definitions->find_structure(options.model)) {
        write_findings_text(error(IssueCode::not_found, "", "validation-profile-unknown", {options.model}), std::cerr);
        return kConfiguration;
    }
    const auto files = files_of(options.paths);
    Outcome findings;
    std::size_t valid = 0;
    for (const auto& file : files) {
        auto found = check(engines, options, file);
        valid += found.has_errors() ? 0 : 1;
        findings.add(std::move(found));
    }
    write_findings(findings, options.format, files, std::cout);
    if (options.format == "text") std::cout << files.size() << " files, " << valid << " valid\n";
    return valid == files.size() ? kOk : kFindings;
}

} // namespace

std::function<int()> make_validate(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("paths", options->paths, "resources (*.json, *.xml) and folders of them").required();
    command.add_option("--profile", options->profiles, "canonical URL to hold them against, besides meta.profile");
    command.add_option("--model", options->model, "canonical URL of the logical model that the files (*.json) are instances of");
    command.add_option("--package", options->packages, "FHIR package (tgz or folder) with profiles and terminology");
    command.add_option("--format", options->format, "text, json, sarif or junit").one_of({"text", "json", "sarif", "junit"});
    command.add_flag("--lenient", options->lenient, "as feeds and writes are checked: unknown extensions and loose entries are no errors");
    command.add_flag("--best-practice", options->best_practice, "also rules of severity warning, such as dom-6");
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
