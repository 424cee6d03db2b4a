#include "app/batch/batch.hpp"

#include "app/packages.hpp"

#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace huitong::app::batch {

void throw_exception_from_error(const Failure& failure, const boost::source_location& where) {
    throw std::logic_error("value() of a failed batch answer (" + failure.message + ") at " + where.file_name());
}

std::string Request::text(const char* member, std::string fallback) const {
    const auto found = json.FindMember(member);
    if (found == json.MemberEnd() || !found->value.IsString()) return fallback;
    return {found->value.GetString(), found->value.GetStringLength()};
}

std::vector<std::string> Request::texts(const char* member) const {
    std::vector<std::string> out;
    const auto found = json.FindMember(member);
    if (found == json.MemberEnd() || !found->value.IsArray()) return out;
    for (const auto& value : found->value.GetArray()) {
        if (value.IsString()) out.emplace_back(value.GetString(), value.GetStringLength());
    }
    return out;
}

bool Request::flag(const char* member) const {
    const auto found = json.FindMember(member);
    return found != json.MemberEnd() && found->value.IsBool() && found->value.GetBool();
}

namespace {

/// Walks JSON text without judging it (RapidJSON has done that): finds the end of the value at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    bool in_string = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') ++at;
            else if (c == '"') in_string = false;
            if (!in_string && depth == 0) return at + 1;
            continue;
        }
        if (c == '"') in_string = true;
        else if (c == '{' || c == '[') ++depth;
        else if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t')) return at;
    }
    return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) ++at;
    return at;
}

} // namespace

std::string Request::raw(const char* member) const {
    const std::string_view text = line;
    auto at = text.find('{') + 1;
    while (at < text.size()) {
        at = skip_space(text, at);
        if (at >= text.size() || text[at] != '"') return {};
        const auto key_end = end_of_value(text, at);
        const auto key = text.substr(at + 1, key_end - at - 2);
        at = skip_space(text, key_end);
        at = skip_space(text, at + 1); // ':'
        const auto end = end_of_value(text, at);
        if (key == member) return std::string(text.substr(at, end - at));
        at = skip_space(text, end);
        if (at < text.size() && text[at] == ',') ++at;
    }
    return {};
}

boost::system::result<std::string, Failure> Files::read(const std::string& path) const {
    std::ifstream in(path_of(path), std::ios::binary);
    if (!in) return Failure{"io", "cannot read " + path};
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

boost::system::result<fhir::DocumentPtr, Failure> Files::document(const std::string& path, bool model) const {
    auto text = read(path);
    if (!text) return text.error();
    fhir::JsonOptions options;
    options.plain = !model;
    if (!model) options.root_name = "resource";
    auto parsed =
        path.ends_with(".xml") ? fhir::read_fhir_xml(std::move(*text), *definitions_) : fhir::read_json(std::move(*text), options);
    if (parsed.issues.has_errors()) return failure_of("syntax", parsed.issues);
    return parsed.value;
}

boost::system::result<fhir::DocumentPtr, Failure> Files::document_of_json(std::string text) const {
    auto parsed = fhir::read_json(std::move(text));
    if (parsed.issues.has_errors()) return failure_of("syntax", parsed.issues);
    return parsed.value;
}

std::shared_ptr<fhir::Definitions> Files::fresh_definitions() const {
    auto loaded = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!loaded) return definitions_;
    (void)add_structures(**loaded, packages_);
    return *loaded;
}

Failure failure_of(std::string stage, const Outcome& outcome) {
    Failure failure{std::move(stage), "failed"};
    if (const auto* issue = outcome.leading()) {
        failure.message = (issue->where.empty() ? std::string() : issue->where + ": ") + text_of(*issue, Language::en);
        if (issue->position) {
            failure.line = issue->position->line;
            failure.column = issue->position->column;
        }
    }
    return failure;
}

bool is_r4(std::string_view version) { return version.empty() || version == "4.0" || version.starts_with("4.0."); }

} // namespace huitong::app::batch
